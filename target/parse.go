package target

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lamella-build/lamella/fault"
)

// Parse returns the target with the given Lambda names for the runtime and the
// architecture. For an unknown name, it returns a fault.Error of kind Usage whose Details
// list the known names and whose Hints suggest the nearest one.
func Parse(runtimeName, architectureName string) (Target, error) {
	runtimes, architectures := data().Runtimes, data().Architectures
	r := slices.IndexFunc(runtimes, func(r runtime) bool { return r.Name == runtimeName })
	if r < 0 {
		return Target{}, unknownRuntime(runtimeName)
	}
	a := slices.IndexFunc(architectures, func(a architecture) bool { return a.Name == architectureName })
	if a < 0 {
		return Target{}, unknownArchitecture(architectureName)
	}
	return newTarget(runtimes[r], architectures[a]), nil
}

func unknownRuntime(name string) error {
	message := fmt.Sprintf("%q is not a Lambda Python runtime", name)
	if name == "" {
		message = "the runtime is empty"
	}
	nearest := nearestRuntime(name)
	if nearest == "" {
		nearest = latestRuntime()
	}
	return unknown(name, message, Runtimes(), "--runtime "+nearest)
}

// pythonVersion finds the version in the usual spellings: "3.12", "py312", "cp312",
// "python312", "python3.12.4", "Python-3.12".
var pythonVersion = regexp.MustCompile(`(?i)(?:^|p[a-z]*)[ ._-]?([23])\.?(\d{1,3})?`)

// nearestRuntime returns the runtime with the version in name. Otherwise, it returns the
// supported runtime whose version is nearest, or "" if name contains no version of Python 3.
func nearestRuntime(name string) string {
	match := pythonVersion.FindStringSubmatch(name)
	if match == nil || match[2] == "" || match[1] == "2" {
		return ""
	}
	minor, _ := strconv.Atoi(match[2])
	runtimes := slices.Clone(data().Runtimes)
	if i := slices.IndexFunc(runtimes, func(r runtime) bool { return r.Minor == minor }); i >= 0 {
		return runtimes[i].Name
	}
	if supported := Recommended(time.Now()); len(supported) > 0 {
		runtimes = slices.DeleteFunc(runtimes, func(r runtime) bool { return !slices.Contains(supported, r.Name) })
	}
	best := slices.MinFunc(runtimes, func(a, b runtime) int {
		return distance(a.Minor, minor) - distance(b.Minor, minor)
	})
	return best.Name
}

func distance(a, b int) int { return max(a-b, b-a) }

// latestRuntime returns the latest supported runtime.
func latestRuntime() string {
	if supported := Recommended(time.Now()); len(supported) > 0 {
		return supported[len(supported)-1]
	}
	runtimes := data().Runtimes
	return runtimes[len(runtimes)-1].Name
}

func unknownArchitecture(name string) error {
	message := fmt.Sprintf("%q is not a Lambda architecture", name)
	if name == "" {
		message = "the architecture is empty"
	}
	var hints []string
	switch s := strings.ToLower(name); {
	case strings.Contains(s, "arm"), strings.Contains(s, "aarch"), strings.Contains(s, "graviton"):
		hints = []string{"--arch arm64"}
	case strings.Contains(s, "64"), strings.Contains(s, "86"), strings.Contains(s, "intel"):
		hints = []string{"--arch x86_64"}
	default:
		hints = []string{"choose one of: " + strings.Join(Architectures(), ", ")}
	}
	return unknown(name, message, Architectures(), hints...)
}

func unknown(name, message string, known []string, hints ...string) error {
	return &fault.Error{
		Kind:    fault.Usage,
		Message: message,
		Subject: name,
		Details: []string{"known: " + strings.Join(known, ", ")},
		Hints:   hints,
	}
}
