// Package spec is what a user asks for: which layer to make of which project,
// and where it goes. The configuration and the command line fill it in, every
// later package reads it, and plan files store it. It decides nothing.
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

// Layer describes one layer at one destination. Runtime, Name and, for what
// leaves the machine, To are required; the zero value of every other field
// means the default given here.
type Layer struct {
	Project      string `json:"project,omitzero"` // the project's folder; "" is the current one
	Lock         string `json:"lock,omitzero"`    // the lock file; "" is the only one in Project
	Name         string `json:"name,omitzero"`    // the layer's name: 1 to 140 of a-z A-Z 0-9 - _
	Runtime      string `json:"runtime,omitzero"` // "python3.9" to "python3.15"
	Architecture string `json:"arch,omitzero"`    // "x86_64" or "arm64"; "" is x86_64

	resolve.Selection
	Build
	Destination
	Version
}

// Build says how the layer's zip is made.
type Build struct {
	Prefer  []string `json:"prefer,omitzero"`  // whose copy of a file to take where distributions differ: "opencv-python", "opencv-python:cv2/**"
	Scripts bool     `json:"scripts,omitzero"` // add bin/, which Lambda has on PATH, with the distributions' scripts and entry points

	// Bytecode adds the __pycache__ folders, compiled by a CPython of the runtime's minor
	// version that is installed on this machine: [AllSources], or the modules whose imports
	// are compiled, and nothing else. BytecodePython is the exact version that the CPython
	// must have, such as "3.13.7"; "" is any micro version.
	Bytecode       []string `json:"bytecode,omitzero"`
	BytecodePython string   `json:"bytecode-python,omitzero"`

	Locked        bool `json:"locked,omitzero"`         // an outdated lock file is an error, not a warning
	Check         bool `json:"check,omitzero"`          // check the layer before its zip is written
	AllowUnhashed bool `json:"allow-unhashed,omitzero"` // accept pinned requirements without a hash
	// AllowBuild are the distributions that may be built from source if no wheel
	// fits the target; ":all:" allows any. Building a distribution runs its code.
	AllowBuild []string `json:"allow-build,omitzero"`

	IndexURL  string   `json:"index-url,omitzero"`  // simple API of the package index; "" is discovered
	Indexes   []Index  `json:"index,omitzero"`      // searched before IndexURL for what the lock file binds to no index
	FindLinks []string `json:"find-links,omitzero"` // further folders or pages of wheels

	Cache string `json:"cache,omitzero"` // shared by machines, read before any index: "s3://bucket/prefix"; "" is none

	Builder      string        `json:"builder,omitzero"`       // "native", or the tool that installs: "pip", "poetry", "uv"; "" is native
	BuilderPath  string        `json:"builder-path,omitzero"`  // the tool's program; "" is found on PATH
	Container    string        `json:"container,omitzero"`     // engine that the tool runs in: "docker", "podman", "finch", "nerdctl", "auto"; "" is this machine
	Image        string        `json:"image,omitzero"`         // for Container; "" is AWS's build image of the target
	BuildTimeout time.Duration `json:"build-timeout,omitzero"` // for the tool; 0 is no limit

	Output string `json:"output,omitzero"` // the zip; "" is build/lambda/<name>-<runtime>-<architecture>.zip in Project
}

// Index is a package index with a name, as in uv's configuration.
type Index = index.Index

// AllSources in Build.Bytecode stands for all modules.
const AllSources = "true"

// Destination says where the layer goes. [Layer.Fill] replaces placeholders in
// To, SSMParameter and KMSKey.
type Destination struct {
	To      string `json:"to,omitzero"`       // "s3://bucket/prefix", or a folder that stands in for S3 and Lambda
	Region  string `json:"region,omitzero"`   // of AWS; "" is AWS_REGION or the profile's
	Profile string `json:"profile,omitzero"`  // of the AWS configuration files; "" is AWS_PROFILE's
	RoleARN string `json:"role-arn,omitzero"` // role to assume; "" is none
	KMSKey  string `json:"kms-key,omitzero"`  // KMS key (id, ARN or alias) that encrypts the objects on S3; "" is the bucket's default
	SSE     string `json:"sse,omitzero"`      // encryption to request from S3: "AES256" or "aws:kms"; "" is aws:kms with a KMSKey, else the bucket's default
	ACL     string `json:"acl,omitzero"`      // "bucket-owner-full-control", for a bucket of another account; "" is none
	// SSMParameter is the Systems Manager parameter that gets the ARN of the newest
	// version; "" is none.
	SSMParameter string   `json:"ssm-parameter,omitzero"`
	Outputs      []string `json:"outputs,omitzero"` // files that get the ARNs: .json, .env, .tfvars
	// Attach names the functions to move to new versions: names, patterns such as
	// "web-*", "tag:NAME=VALUE".
	Attach []string `json:"attach,omitzero"`
}

// Version says what is declared to Lambda and when a version is published.
type Version struct {
	Description             string   `json:"description,omitzero"`             // of the layer version, at most 256 characters; "" names the content
	License                 string   `json:"license,omitzero"`                 // at most 512 characters
	CompatibleRuntimes      []string `json:"compatible-runtime,omitzero"`      // nil is Runtime
	CompatibleArchitectures []string `json:"compatible-architecture,omitzero"` // nil is Architecture

	Share   []string `json:"share,omitzero"`   // who else may use each new version: accounts, organizations ("o-…"), "*"
	Storage string   `json:"storage,omitzero"` // StorageCopy or StorageReference; "" is StorageCopy

	Detect publish.Detect `json:"detect,omitzero"` // what counts as a change; "" is publish.DetectContent
	Force  bool           `json:"force,omitzero"`  // publish even if nothing changed
}

// How Lambda keeps the content of a version.
const (
	StorageCopy      = "copy"      // Lambda copies the zip
	StorageReference = "reference" // Lambda refers to the zip on S3, which has to stay there as long as the version
)

// DefaultArchitecture is Lambda's own default.
const DefaultArchitecture = "x86_64"

// Arch returns Architecture or its default.
func (l *Layer) Arch() string { return cmp.Or(l.Architecture, DefaultArchitecture) }

// Target names what the layer is built for: "python3.13/x86_64".
func (l *Layer) Target() string { return l.Runtime + "/" + l.Arch() }

// ParseTarget returns the layer's target. The error is a fault.Error of Kind Usage.
func (l *Layer) ParseTarget() (target.Target, error) { return target.Parse(l.Runtime, l.Arch()) }

// Folder returns Project or its default.
func (l *Layer) Folder() string { return cmp.Or(l.Project, ".") }

// IsLocal reports a layer that goes to a folder, or nowhere, instead of AWS.
func (l *Layer) IsLocal() bool { return l.To != "" && !strings.HasPrefix(l.To, "s3://") }

// Principals returns Share in the terms of the store.
func (l *Layer) Principals() []store.Principal {
	var with []store.Principal
	for _, p := range l.Share {
		with = append(with, store.Principal(p))
	}
	return with
}

// Place says where the layer goes, as far as it is configured: "eu-central-1",
// preceded by profile and role if there are any.
func (l Layer) Place() string {
	var parts []string
	for _, s := range []string{l.Profile, l.RoleARN, l.Region} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// String tells the layer from others: "web in eu-central-1".
func (l Layer) String() string {
	if place := l.Place(); place != "" {
		return l.Name + " in " + place
	}
	return l.Name
}

// ContentKey identifies what a layer consists of: everything except its name, where it
// goes and what is declared to Lambda.
func (l Layer) ContentKey() string {
	l.Name, l.Destination, l.Version, l.Output = "", Destination{}, Version{}, ""
	text, err := json.Marshal(l)
	if err != nil {
		panic(err) // strings, switches and lists of them always marshal
	}
	return string(text)
}

// Env is what the steps need from the world around them. The zero value works.
//
// Getenv provides the variables that decide what a layer is and where it comes from:
// those in a lock file, the indexes with their credentials, proxies and certificates,
// the cache, the region. The AWS SDK (credentials, profile, endpoints), the programs
// that lamella starts (pip, Poetry, uv, git, docker, the keyring) and the search for
// folders of this machine (TMPDIR, XDG_RUNTIME_DIR, the user's cache and configuration)
// use the environment of the process.
type Env struct {
	CacheDir string              // "" is cache.DefaultDir()
	Getenv   func(string) string // nil is os.Getenv
	Events   event.Sink          // nil is silent
	Version  string              // of the tool, written into records; "" is "devel"
	Shared   *shared.Pool        // caches shared by machines; nil opens each anew
	Offline  bool                // send no request to a package index: only the cache and local folders have wheels
	Shards   int                 // processes that share the request rate of each AWS account; 0 is this one alone
}

// Lookup returns an environment variable, "" if it is not set.
func (e Env) Lookup(key string) string {
	if e.Getenv != nil {
		return e.Getenv(key)
	}
	return os.Getenv(key)
}

// Tool is how records name what wrote them: "lamella 1.2.3".
func (e Env) Tool() string { return "lamella " + cmp.Or(e.Version, "devel") }

// RegionOf returns the region of a layer or of the environment, "" if only a
// profile knows it.
func (e Env) RegionOf(l Layer) string {
	return cmp.Or(l.Region, e.Lookup("AWS_REGION"), e.Lookup("AWS_DEFAULT_REGION"))
}
