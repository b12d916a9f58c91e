// Package lamella turns a Python project's lock file into an AWS Lambda layer:
// at the speed of a file copy, identical to the byte on every machine, and
// published only when it changed.
//
// A [Layer] says what to make of which project and where it goes. The steps are
// functions over it, each usable alone and in sequence:
//
//	Build     lock file → resolution → wheels → layer zip
//	Package   any folder → layer zip, by the same rules
//	Upload    the zip to the layer's home, addressed by its content
//	Publish   a new layer version of what was uploaded, if anything changed
//	Deploy    all of these; nothing is built when nothing changed
//
// [Plan] says what Deploy would do and why, [History] what was published.
//
// What is published already, package [versions] works on: [Show], [Diff],
// [Rollback], [Verify], [PlanShare] and [PlanPrune].
//
// # Where things come from
//
// The target (runtime and architecture) decides every choice: markers, wheel
// tags, glibc. The host decides nothing, so the same lock file gives the same
// bytes on Linux, macOS and Windows. No Python, pip or Docker is run, unless
// Builder or AllowBuild asks for it.
//
// # Silence
//
// The functions return values and errors and never print. What happens on the
// way goes to [Env.Events]. Errors are [fault.Error] values with a kind, details
// and hints.
package lamella

import (
	"os"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/index"
	"github.com/lamella-build/lamella/publish"
)

// Layer says which layer to make from which project, and where it goes. Only
// Runtime, Name and, for what leaves the machine, Home or To are needed; zero
// values of the rest mean the defaults given here.
type Layer struct {
	Project      string `json:"project,omitzero"` // the project's folder; "" is the current one
	Lock         string `json:"lock,omitzero"`    // the lock file; "" is the only one in Project
	Name         string `json:"name,omitzero"`    // the layer's name: 1 to 140 of a-z A-Z 0-9 - _
	Runtime      string `json:"runtime,omitzero"` // "python3.9" … "python3.15"
	Architecture string `json:"arch,omitzero"`    // "x86_64" or "arm64"; "" is x86_64

	Extras          []string `json:"extra,omitzero"`             // extras of the project to include
	AllExtras       bool     `json:"all-extras,omitzero"`        // include all of them
	Groups          []string `json:"group,omitzero"`             // dependency groups to include; a layer has none but those that the lock takes as given
	NoDefaultGroups bool     `json:"no-default-groups,omitzero"` // leave out these, too
	OnlyGroups      []string `json:"only-group,omitzero"`        // these groups alone, without what the project itself depends on
	Package         string   `json:"package,omitzero"`           // the workspace member to build for; "" is the lock's own project, else all members
	Exclude         []string `json:"exclude,omitzero"`           // distributions ("boto3") or path patterns ("**/tests/**") to leave out
	Prefer          []string `json:"prefer,omitzero"`            // whose copy of a file to take where distributions differ: "opencv-python", "opencv-python:cv2/**"
	Scripts         bool     `json:"scripts,omitzero"`           // add bin/, which Lambda has on PATH, with the distributions' scripts and entry points

	Locked        bool `json:"locked,omitzero"`         // a lock that no longer fits its pyproject.toml is an error, not a warning
	AllowUnhashed bool `json:"allow-unhashed,omitzero"` // accept pinned requirements for which the lock states no hash
	// AllowBuild are the distributions that may be built from source where no
	// wheel of them fits; ":all:" is every one. Building runs code of theirs.
	AllowBuild []string `json:"allow-build,omitzero"`

	IndexURL  string        `json:"index-url,omitzero"`  // simple API of the package index; "" is discovered
	Indexes   []index.Index `json:"index,omitzero"`      // asked before IndexURL, for what the lock binds to no index
	FindLinks []string      `json:"find-links,omitzero"` // folders or pages of wheels to look in as well

	Builder      string        `json:"builder,omitzero"`       // "native", or the tool that installs: "pip", "poetry", "uv"; "" is native
	BuilderPath  string        `json:"builder-path,omitzero"`  // the tool's program; "" is found on PATH
	Container    string        `json:"container,omitzero"`     // engine that the tool runs in: "docker", "podman", "finch", "nerdctl", "auto"; "" is this machine
	Image        string        `json:"image,omitzero"`         // for Container; "" is AWS's build image of the target
	BuildTimeout time.Duration `json:"build-timeout,omitzero"` // of the tool; 0 is none

	Output string `json:"output,omitzero"` // the zip; "" is build/lambda/<name>-<runtime>-<architecture>.zip in Project

	Outputs []string `json:"outputs,omitzero"` // files for WriteOutputs: .json, .env, .tfvars

	Home string `json:"home,omitzero"` // "s3://bucket/prefix"; "{layer}" in it stands for Name
	To   string `json:"to,omitzero"`   // a folder that stands in for S3 and Lambda; "" is AWS

	Region  string `json:"region,omitzero"`   // of AWS; "" is AWS_REGION or the profile's. "{region}" in Home stands for it
	Profile string `json:"profile,omitzero"`  // of the AWS configuration files; "" is AWS_PROFILE's
	RoleARN string `json:"role-arn,omitzero"` // role to assume; "" is none
	KMSKey  string `json:"kms-key,omitzero"`  // KMS key (id, ARN or alias) that encrypts what is stored on S3; "" leaves that to the bucket
	SSE     string `json:"sse,omitzero"`      // encryption asked of S3: "AES256" or "aws:kms"; "" is aws:kms with a KMSKey, else the bucket's
	ACL     string `json:"acl,omitzero"`      // "bucket-owner-full-control", for a bucket of another account; "" is none

	Description             string   `json:"description,omitzero"`             // of the layer version, at most 256 characters; "" names the content
	License                 string   `json:"license,omitzero"`                 // at most 512 characters
	CompatibleRuntimes      []string `json:"compatible-runtime,omitzero"`      // declared to Lambda; nil is Runtime
	CompatibleArchitectures []string `json:"compatible-architecture,omitzero"` // declared to Lambda; nil is Architecture

	Share []string `json:"share,omitzero"` // who else may use each new version: accounts, organizations ("o-…"), "*"
	// SSMParameter is the name of a parameter of Systems Manager that gets the ARN
	// of the newest version; "{name}" in it stands for Name. "" is none.
	SSMParameter string `json:"ssm-parameter,omitzero"`
	Storage      string `json:"storage,omitzero"` // "copy" or "reference", where Lambda only refers to the zip; "" is copy

	Detect publish.Detect `json:"detect,omitzero"` // how "unchanged" is found; "" is publish.DetectContent
	Force  bool           `json:"force,omitzero"`  // publish even if nothing changed
}

// Env is what the steps need from the world around them. The zero value works.
//
// Getenv is asked for all that decides what a layer is and where it comes from: the
// variables in a lock file, the indexes with their credentials, proxies and
// certificates, the cache, the region. The process's own environment is used all
// the same by the AWS SDK (credentials, profile, endpoints), by the programs that
// lamella starts (pip, Poetry, uv, git, docker, the keyring), and for the folders of
// this machine (TMPDIR, XDG_RUNTIME_DIR, the user's cache and configuration).
type Env struct {
	CacheDir string              // "" is cache.DefaultDir()
	Getenv   func(string) string // nil is os.Getenv
	Events   event.Sink          // nil is silent
	Version  string              // of the tool, written into records; "" is "devel"
}

func (e Env) getenv(key string) string {
	if e.Getenv != nil {
		return e.Getenv(key)
	}
	return os.Getenv(key)
}

// tool is how records name what wrote them.
func (e Env) tool() string {
	if e.Version == "" {
		return "lamella devel"
	}
	return "lamella " + e.Version
}
