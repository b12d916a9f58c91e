// Package spec defines the user's request: which layer to build from which project, and its
// destination. The configuration and the command line fill it in, the other packages read
// it, and plan files store it. It contains no logic beyond defaults and placeholders.
package spec

import (
	"cmp"
	"encoding/json"
	"os"
	"strings"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/target"
)

// Layer describes one layer at one destination. Runtime and Name are required, and so is To
// for everything that publishes. The zero value of every other field is its default, given
// in its comment.
type Layer struct {
	Project      string `json:"project,omitzero"` // the project's folder; default: the current folder
	Lock         string `json:"lock,omitzero"`    // the lock file; default: the only one in Project
	Name         string `json:"name,omitzero"`    // the layer's name: 1 to 140 characters of a-z A-Z 0-9 - _
	Runtime      string `json:"runtime,omitzero"` // "python3.9" to "python3.15"
	Architecture string `json:"arch,omitzero"`    // "x86_64" or "arm64"; default: x86_64

	resolve.Selection
	Build
	Destination
	Version
}

// Build configures how the layer's zip is built.
type Build struct {
	Prefer  []string `json:"prefer,omitzero"`  // distributions whose copy of a conflicting file to use: "opencv-python", "opencv-python:cv2/**"
	Scripts bool     `json:"scripts,omitzero"` // add the distributions' scripts and entry points in bin/, which is on Lambda's PATH
	Strip   bool     `json:"strip,omitzero"`   // remove debug sections and symbol tables from libraries and programs

	// Bytecode adds __pycache__ folders, compiled by a CPython of the runtime's minor version
	// on this machine. It is [AllSources], or the modules whose imports to compile.
	// BytecodePython is the exact version to compile with, such as "3.13.7"; default: any
	// micro version.
	Bytecode       []string `json:"bytecode,omitzero"`
	BytecodePython string   `json:"bytecode-python,omitzero"`

	Locked        bool `json:"locked,omitzero"`         // treat an outdated lock file as an error instead of a warning
	Check         bool `json:"check,omitzero"`          // check the layer before writing its zip
	AllowUnhashed bool `json:"allow-unhashed,omitzero"` // accept pinned requirements without a hash
	// AllowBuild lists the distributions that may be built from source if they have no wheel
	// for the target; ":all:" allows any. Building a distribution runs its code.
	AllowBuild []string `json:"allow-build,omitzero"`

	IndexURL  string   `json:"index-url,omitzero"`  // simple API of the package index; default: discovered
	Indexes   []Index  `json:"index,omitzero"`      // searched before IndexURL for packages without an index in the lock file
	FindLinks []string `json:"find-links,omitzero"` // additional folders or pages of wheels

	Cache string `json:"cache,omitzero"` // shared cache to read before any index: "s3://bucket/prefix"; default: none

	Builder      string        `json:"builder,omitzero"`       // "native", or the tool to install with: "pip", "poetry", "uv"; default: native
	BuilderPath  string        `json:"builder-path,omitzero"`  // the tool's executable; default: from PATH
	Container    string        `json:"container,omitzero"`     // engine to run the tool with: "docker", "podman", "finch", "nerdctl", "auto"; default: run on this machine
	Image        string        `json:"image,omitzero"`         // for Container; default: AWS's build image for the target
	BuildTimeout time.Duration `json:"build-timeout,omitzero"` // for the tool; default: no limit

	Output string `json:"output,omitzero"` // path of the zip; default: build/lambda/<name>-<runtime>-<architecture>.zip in Project
}

// Index is a named package index, as in uv's configuration.
type Index = index.Index

// AllSources in Build.Bytecode means all modules.
const AllSources = "true"

// Destination is where the layer is published. [Layer.Fill] replaces placeholders in To,
// SSMParameter, and KMSKey.
type Destination struct {
	To      string `json:"to,omitzero"`       // "s3://bucket/prefix", or a folder to use instead of S3 and Lambda
	Region  string `json:"region,omitzero"`   // AWS region; default: AWS_REGION, or the profile's region
	Profile string `json:"profile,omitzero"`  // profile in the AWS configuration files; default: AWS_PROFILE
	RoleARN string `json:"role-arn,omitzero"` // role to assume; default: none
	KMSKey  string `json:"kms-key,omitzero"`  // ID, ARN, or alias of the KMS key to encrypt the objects on S3 with; default: the bucket's
	SSE     string `json:"sse,omitzero"`      // encryption to request from S3: "AES256" or "aws:kms"; default: aws:kms with a KMSKey, else the bucket's
	ACL     string `json:"acl,omitzero"`      // "bucket-owner-full-control", for a bucket of another account; default: none
	// SSMParameter is the Systems Manager parameter to store the latest version's ARN in;
	// default: none.
	SSMParameter string   `json:"ssm-parameter,omitzero"`
	Outputs      []string `json:"outputs,omitzero"` // files to write the ARNs to: .json, .env, .tfvars
	// Attach lists the functions to move to new versions: names, patterns such as "web-*",
	// or "tag:NAME=VALUE".
	Attach []string `json:"attach,omitzero"`
}

// Version configures the properties of new versions, and when to publish one.
type Version struct {
	Description             string   `json:"description,omitzero"`             // description of the version, at most 256 characters; default: describes the content
	License                 string   `json:"license,omitzero"`                 // at most 512 characters
	CompatibleRuntimes      []string `json:"compatible-runtime,omitzero"`      // default: Runtime
	CompatibleArchitectures []string `json:"compatible-architecture,omitzero"` // default: Architecture

	Share   []string `json:"share,omitzero"`   // principals that may use new versions: accounts, organizations ("o-…"), "*"
	Storage string   `json:"storage,omitzero"` // StorageCopy or StorageReference; default: StorageCopy

	Detect publish.Detect `json:"detect,omitzero"` // what counts as a change; default: publish.DetectContent
	Force  bool           `json:"force,omitzero"`  // publish even if nothing changed
}

// How Lambda stores the content of a version.
const (
	StorageCopy      = "copy"      // Lambda copies the zip
	StorageReference = "reference" // Lambda reads the zip from S3, where it must remain as long as the version exists
)

// DefaultArchitecture is Lambda's default architecture.
const DefaultArchitecture = "x86_64"

// Arch returns Architecture or its default.
func (l *Layer) Arch() string { return cmp.Or(l.Architecture, DefaultArchitecture) }

// Target returns the layer's target as text: "python3.13/x86_64".
func (l *Layer) Target() string { return l.Runtime + "/" + l.Arch() }

// ParseTarget returns the layer's target. The error is a fault.Error of Kind Usage.
func (l *Layer) ParseTarget() (target.Target, error) { return target.Parse(l.Runtime, l.Arch()) }

// Folder returns Project or its default.
func (l *Layer) Folder() string { return cmp.Or(l.Project, ".") }

// IsLocal reports whether the destination is a local folder.
func (l *Layer) IsLocal() bool { return l.To != "" && !strings.HasPrefix(l.To, "s3://") }

// Principals returns Share as principals of the store.
func (l *Layer) Principals() []store.Principal {
	var with []store.Principal
	for _, p := range l.Share {
		with = append(with, store.Principal(p))
	}
	return with
}

// Place returns the configured profile, role, and region, such as "eu-central-1".
func (l Layer) Place() string {
	var parts []string
	for _, s := range []string{l.Profile, l.RoleARN, l.Region} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// String returns the layer's name and place: "web in eu-central-1".
func (l Layer) String() string {
	if place := l.Place(); place != "" {
		return l.Name + " in " + place
	}
	return l.Name
}

// ContentKey identifies the content of a layer: all settings except its name, the path of
// its zip, its destination, and the properties of its versions.
func (l Layer) ContentKey() string {
	l.Name, l.Destination, l.Version, l.Output = "", Destination{}, Version{}, ""
	text, err := json.Marshal(l)
	if err != nil {
		panic(err) // strings, booleans, and lists of them always marshal
	}
	return string(text)
}

// Env is the environment of an operation. The zero value is ready to use.
//
// Getenv provides the variables that determine the content of a layer and its sources:
// variables in lock files, package indexes and their credentials, proxies, certificates, the
// cache, the region, and the PATH to find the Python that compiles bytecode. The environment
// of the process applies to the AWS SDK (credentials, profile, endpoints), to programs that
// lamella starts (pip, Poetry, uv, git, docker, keyring), and to folders of this machine
// (TMPDIR, XDG_RUNTIME_DIR, the user's cache and configuration).
type Env struct {
	CacheDir string              // default: cache.DefaultDir()
	Getenv   func(string) string // default: os.Getenv
	Events   event.Sink          // default: events are discarded
	Version  string              // version of the calling program, written into records; default: "devel"
	Shared   *shared.Pool        // open shared caches; default: each operation opens its own
	Offline  bool                // do not contact package indexes; use only the cache and local folders
	Shards   int                 // number of processes that share the request rate of each AWS account; default: 1
}

// Lookup returns an environment variable, or "" if it is unset.
func (e Env) Lookup(key string) string {
	if e.Getenv != nil {
		return e.Getenv(key)
	}
	return os.Getenv(key)
}

// Tool returns the name and version that records contain: "lamella 1.2.3".
func (e Env) Tool() string { return "lamella " + cmp.Or(e.Version, "devel") }

// RegionOf returns the region of the layer or the environment, or "" if it comes from a
// profile.
func (e Env) RegionOf(l Layer) string {
	return cmp.Or(l.Region, e.Lookup("AWS_REGION"), e.Lookup("AWS_DEFAULT_REGION"))
}
