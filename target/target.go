// Package target describes Lambda's Python runtimes: the wheel tags that they accept, the
// environment for markers, where Python looks for modules, and how long AWS supports a
// runtime. The facts, with their sources and dates, are in runtimes.json.
//
//	t, err := target.Parse("python3.13", "arm64")
//	t.Ranking().Best(wheel)
//	requirement.Marker.Evaluate(t.Environment())
package target

import (
	"strconv"

	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// MaxUnzippedSize is the maximum unzipped size, in bytes, of a function's code and all its
// layers together (AWS Lambda Developer Guide, "Lambda quotas").
const MaxUnzippedSize = 262_144_000

// LayerPrefix is the folder in a layer's zip that contains its Python modules. Lambda
// unpacks a layer to /opt, and /opt/python is on sys.path.
const LayerPrefix = "python/"

// Target is one Lambda runtime on one architecture. Targets are comparable with ==.
type Target struct {
	Runtime      string // Lambda's name, such as "python3.13"
	Architecture string // Lambda's name, "x86_64" or "arm64"
	Minor        int    // 13 in Python 3.13
	FullVersion  string // the Python version assumed for markers, such as "3.13.2"
	GlibcMinor   int    // 34 in glibc 2.34
	Machine      string // platform_machine: "x86_64" or "aarch64"
	OS           string // such as "Amazon Linux 2023"
}

// String returns the runtime and architecture, such as "python3.13/x86_64".
func (t Target) String() string { return t.Runtime + "/" + t.Architecture }

// Environment returns the environment for evaluating markers for t, with extras undefined.
// platform_release and platform_version are empty: they describe the host's kernel, which a
// layer must not depend on.
func (t Target) Environment() pep508.Environment {
	return pep508.Environment{
		OSName:                       "posix",
		SysPlatform:                  "linux",
		PlatformMachine:              t.Machine,
		PlatformPythonImplementation: "CPython",
		PlatformSystem:               "Linux",
		PythonVersion:                "3." + strconv.Itoa(t.Minor),
		PythonFullVersion:            t.FullVersion,
		ImplementationName:           "cpython",
		ImplementationVersion:        t.FullVersion,
	}
}

// Tags returns the wheel tags that t accepts, best first.
func (t Target) Tags() []pep425.Tag {
	return pep425.CPythonTags(t.Minor, pep425.ManylinuxPlatforms(t.Machine, t.GlibcMinor))
}

// Ranking returns a ranking of wheels for t. Creating it is expensive, so reuse it.
func (t Target) Ranking() *pep425.Ranking {
	return pep425.NewRanking(t.Minor, t.Machine, t.GlibcMinor)
}

// SitePackages returns the folder in a layer's zip that precedes LayerPrefix on sys.path,
// such as "python/lib/python3.13/site-packages/". Only this runtime uses it.
func (t Target) SitePackages() string {
	return LayerPrefix + "lib/" + t.Runtime + "/site-packages/"
}

// SDKPath returns the folder that contains the runtime's own boto3.
func (t Target) SDKPath() string { return t.runtime().SDK }

// SysPath returns the folders that a function imports from, in order: its own code, the
// layers, the runtime. A layer's packages hide the runtime's, and a function's packages
// hide a layer's. If a function sets PYTHONPATH, the order is different.
func (t Target) SysPath() []string {
	paths := []string{"/var/task", "/opt/python/lib/" + t.Runtime + "/site-packages", "/opt/python"}
	if sdk := t.SDKPath(); sdk != "/var/runtime" {
		paths = append(paths, sdk)
	}
	lib := "/var/lang/lib"
	return append(paths, "/var/runtime", lib+"/python3"+strconv.Itoa(t.Minor)+".zip",
		lib+"/"+t.Runtime, lib+"/"+t.Runtime+"/lib-dynload", lib+"/"+t.Runtime+"/site-packages")
}
