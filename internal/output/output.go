// Package output is what lamella prints with --json: one [Document] on stdout,
// whether the command succeeded or failed. It always has "schema", "layers" and
// "error"; what a command reports of a layer is one of the types here, or a library
// type, in the layer's element of "layers". `lamella schema` prints the JSON schema
// of every result, which is generated from these types, as is docs/json.md.
//
// Fields may be added without a new [Version]; a field that is renamed, removed or
// changes its meaning raises it.
package output

import (
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/versions"
)

// Version is the version of all results, the field "schema".
const Version = 1

// Built is the result of `lamella build` and `lamella package`.
type Built struct {
	Contents
	Path   string `json:"path"`   // of the zip
	SHA256 string `json:"sha256"` // of the zip, hexadecimal
}

// Contents is what a layer contains.
type Contents struct {
	Inputs   string            `json:"inputs,omitempty"`  // digest of all inputs; absent for `lamella package`
	Size     int64             `json:"size"`              // bytes of the zip; 0 if none was written
	Unzipped int64             `json:"unzipped"`          // bytes of all files in it
	Limit    int64             `json:"limit"`             // Lambda's limit for the unzipped size, in bytes
	Entries  int               `json:"entries"`           // number of files in it
	Packages []publish.Package `json:"packages"`          // sorted by name
	Bytecode project.Bytecode  `json:"bytecode,omitzero"` // absent if the layer has none
	LeftOut  []project.LeftOut `json:"left_out"`          // what each exclude left out
	Advice   []project.Advice  `json:"advice,omitempty"`  // ways to make the layer smaller
	AlsoFits []string          `json:"also_fits"`         // other targets on which the same bytes run
}

// Uploaded is the result of `lamella upload`.
type Uploaded struct {
	URI    string `json:"uri"`    // s3://bucket/key, or a path
	SHA256 string `json:"sha256"` // hexadecimal
	Size   int64  `json:"size"`   // bytes
	Sent   bool   `json:"sent"`   // false if it already existed
}

// Planned is the result of `lamella plan`.
type Planned struct {
	Destination string          `json:"destination"` // the destination, with placeholders replaced
	Outcome     publish.Outcome `json:"outcome"`     // what deploy would do
	Publishes   bool            `json:"publishes"`   // a new version would be published
	Reason      string          `json:"reason"`      // why
	Notes       []string        `json:"notes"`       // additional information
	// Share lists the principals that the new version, or the latest if none is
	// published, would be shared with.
	Share     []store.Principal `json:"share"`
	Parameter string            `json:"parameter"` // SSM parameter that would be written; "" if none
	Latest    *LatestVersion    `json:"latest"`    // null if the layer has no version
	Changes   []publish.Change  `json:"changes"`   // since the latest version, sorted by name
	Content   *Contents         `json:"content"`   // null if no build was needed to decide
	Upload    *publish.Transfer `json:"upload"`    // null if nothing would be uploaded to S3
	Unhashed  []Unhashed        `json:"unhashed"`  // distributions without a hash in the lock file
	Gaps      []Gap             `json:"gaps"`      // distributions that cannot be installed
}

// Gap is a distribution that cannot be installed.
type Gap struct {
	Name       string   `json:"name"`
	Version    string   `json:"version"`
	RequiredBy []string `json:"required_by"` // other distributions, sorted
	Reason     string   `json:"reason"`
}

// Unhashed is a distribution without a hash in the lock file, with the hash that
// its source states now.
type Unhashed struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Where   string `json:"where"` // where to add the hash: "requirements.txt:12"
	File    string `json:"file"`  // the wheel
	Hash    string `json:"hash"`  // "sha256:<hex>"
	Add     string `json:"add"`   // text to add: "--hash=sha256:<hex>" for a requirement
}

// LatestVersion is the latest published version of a layer.
type LatestVersion struct {
	Version int64  `json:"version"`
	ARN     string `json:"arn"`
}

// History is the result of `lamella history`.
type History struct {
	Versions []publish.HistoryItem `json:"versions"` // newest first
	Users    *[]deploy.User        `json:"users"`    // functions that use a version; null if unknown
}

// Shared is the result of `lamella share`.
type Shared struct {
	Done     bool                    `json:"done"`     // false if the changes need --sync
	Versions []versions.ShareVersion `json:"versions"` // newest first
}

// Pruned is the result of `lamella prune`.
type Pruned struct {
	Done bool `json:"done"` // false if the deletion needs --yes
	versions.PrunePlan
}

// Resolved is the result of `lamella resolve`.
type Resolved struct {
	Distributions []Distribution `json:"distributions"` // sorted by name
	Excluded      []string       `json:"excluded"`      // left out by excludes, "name version"
}

// Distribution is one wheel of a layer.
type Distribution struct {
	Name       string   `json:"name"`
	Version    string   `json:"version"`
	File       string   `json:"file"`           // the wheel, or the source that it is built from
	Hash       string   `json:"hash"`           // "sha256:<hex>"
	Unhashed   bool     `json:"unhashed"`       // the lock file has no hash; this is the current one
	Where      string   `json:"where"`          // position in the lock file: "uv.lock:12"
	URL        string   `json:"url,omitempty"`  // without credentials; absent if only an index has it
	Size       int64    `json:"size,omitempty"` // bytes of the wheel; absent if unknown
	Direct     bool     `json:"direct"`         // the project itself requires it, or the lock file does not record what does
	RequiredBy []string `json:"required_by"`    // other distributions, sorted
}

// Why is the result of `lamella why`.
type Why struct {
	Name     string       `json:"name"`     // normalized
	Packages []WhyPackage `json:"packages"` // the packages of that name in the lock file; usually one
}

// WhyPackage is a package of a lock file, and why it is in the layer or not.
type WhyPackage struct {
	Version    string        `json:"version"`
	Where      string        `json:"where"` // "uv.lock:12"
	Selected   bool          `json:"selected"`
	Excluded   bool          `json:"excluded"`          // an exclude left it out of the layer
	RequiredBy []WhyRequirer `json:"required_by"`       // active requirements first
	Files      []WhyFile     `json:"files"`             // the selected file first
	Refused    string        `json:"refused,omitempty"` // why no file can be installed
}

// WhyRequirer is one requirement of a distribution.
type WhyRequirer struct {
	State string         `json:"state"` // "holds", "marker-fails", "not-reached", "not-asked" or "other-version"
	Path  []resolve.Step `json:"path"`  // from the project to the distribution
}

// WhyFile is one file of a package.
type WhyFile struct {
	File   string `json:"file"`
	Chosen bool   `json:"chosen"`
	Fits   bool   `json:"fits"`             // compatible with the target
	Reason string `json:"reason,omitempty"` // why the file was not selected
	Size   int64  `json:"size,omitempty"`   // bytes; absent if unknown
}

// Initialised is the result of `lamella init`.
type Initialised struct {
	Path string `json:"path"` // the written file
}

// Vendored is the result of `lamella vendor`.
type Vendored struct {
	Dir   string   `json:"dir"`
	Files []string `json:"files"` // the names of all files that the layers need
	Added int      `json:"added"` // number of files that were added
}

// CacheDir is the result of `lamella cache dir`.
type CacheDir struct {
	Dir string `json:"dir"` // the folder, which may not exist
}

// Cache is the result of `lamella cache size`, `clean`, `verify`, `push` and `pull`.
type Cache struct {
	Dir     string   `json:"dir,omitempty"`     // the folder, unless only the shared cache was used
	Shared  string   `json:"shared,omitempty"`  // the shared cache, "s3://bucket/prefix", if it was used
	Files   int      `json:"files"`             // number of files in the cache, or of files removed, checked, or copied
	Bytes   int64    `json:"bytes"`             // their size
	Damaged []string `json:"damaged,omitempty"` // damaged files that were removed
}

// CacheUse is a layer that was built from a damaged file. If it was published since,
// the published version may be damaged, too.
type CacheUse struct {
	Project string `json:"project"` // the project's folder
}

// ToolVersion is the result of `lamella version`.
type ToolVersion struct {
	Version  string `json:"version"`            // "v1.2.3", "devel"
	Revision string `json:"revision,omitempty"` // commit that the program was built from
	Modified bool   `json:"modified,omitempty"` // the source had local changes
	Go       string `json:"go"`                 // Go version that the program was built with
	Platform string `json:"platform"`           // "linux/amd64"
}
