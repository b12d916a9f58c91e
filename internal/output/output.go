// Package output defines what lamella prints with --json: one [Document] on stdout, whether
// the command succeeded or failed. It always has "schema", "layers", and "error". The
// element of a layer in "layers" contains what a command reports about the layer: one of the
// types here, or a type of the library. `lamella schema` prints the JSON Schema of every
// result, which is generated from these types, as is docs/json.md.
//
// Fields may be added without a new [Version]. If a field is renamed or removed, or changes
// its meaning, Version is incremented.
package output

import (
	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/versions"
)

// Version is the version of all results, in the field "schema".
const Version = 1

// Built is the result of `lamella build` and `lamella package`.
type Built struct {
	Contents
	Path   string `json:"path"`   // path of the zip
	SHA256 string `json:"sha256"` // SHA-256 of the zip in hexadecimal
}

// Contents is the content of a layer.
type Contents struct {
	Inputs   string            `json:"inputs,omitempty"`  // digest of all inputs; absent for `lamella package`
	Size     int64             `json:"size"`              // size of the zip in bytes; 0 if no zip was written
	Unzipped int64             `json:"unzipped"`          // size of all files in the zip, in bytes
	Limit    int64             `json:"limit"`             // Lambda's limit for the unzipped size, in bytes
	Entries  int               `json:"entries"`           // number of files in the zip
	Packages []publish.Package `json:"distributions"`     // distributions in the layer, sorted by name
	Bytecode project.Bytecode  `json:"bytecode,omitzero"` // bytecode in the layer; absent if there is none
	LeftOut  []project.LeftOut `json:"left_out"`          // what each value of exclude and each slim rule left out
	Advice   []project.Advice  `json:"advice,omitempty"`  // ways to make the layer smaller
	AlsoFits []string          `json:"also_fits"`         // other targets that can run the same bytes
}

// Uploaded is the result of `lamella upload`.
type Uploaded struct {
	URI    string `json:"uri"`    // URI of the zip (s3://bucket/key), or its path
	SHA256 string `json:"sha256"` // SHA-256 of the zip in hexadecimal
	Size   int64  `json:"size"`   // size of the zip in bytes
	Sent   bool   `json:"sent"`   // whether the zip was uploaded; false if it already existed
}

// Planned is the result of `lamella plan`.
type Planned struct {
	Destination string          `json:"destination"` // the destination, with placeholders replaced
	Outcome     publish.Outcome `json:"outcome"`     // what deploy would do
	Publishes   bool            `json:"publishes"`   // whether deploy would publish a new version
	Reason      string          `json:"reason"`      // a sentence that explains the outcome
	Warnings    []string        `json:"warnings"`    // what the new version may break
	Notes       []string        `json:"notes"`       // additional information
	// Share lists the principals that the new version, or the latest if none is
	// published, would be shared with.
	Share     []store.Principal `json:"share"`
	Parameter string            `json:"parameter"` // SSM parameter that would be written; "" if none
	Latest    *LatestVersion    `json:"latest"`    // latest version; null if the layer has no version
	Changes   []publish.Change  `json:"changes"`   // changes since the latest version, sorted by name
	Content   *Contents         `json:"content"`   // content of the layer; null if deploy does not have to build it
	Upload    *publish.Transfer `json:"upload"`    // how much of the zip would be uploaded to S3; null if nothing would
	Unhashed  []Unhashed        `json:"unhashed"`  // distributions without a hash in the lock file
	Gaps      []Gap             `json:"gaps"`      // distributions that cannot be installed
}

// Gap is a distribution that cannot be installed.
type Gap struct {
	Name       string   `json:"name"`        // name of the distribution
	Version    string   `json:"version"`     // version of the distribution
	RequiredBy []string `json:"required_by"` // other distributions that require it, sorted by name
	Reason     string   `json:"reason"`      // why the distribution cannot be installed
}

// Unhashed is a distribution without a hash in the lock file, with its current hash.
type Unhashed struct {
	Name    string `json:"name"`    // name of the distribution
	Version string `json:"version"` // version of the distribution
	Where   string `json:"where"`   // where to add the hash, such as "requirements.txt:12"
	File    string `json:"file"`    // file name of the wheel
	Hash    string `json:"hash"`    // hash of the wheel: "sha256:<hex>"
	Add     string `json:"add"`     // text to add, such as "--hash=sha256:<hex>" for a requirement
}

// LatestVersion is the latest published version of a layer.
type LatestVersion struct {
	Version int64  `json:"version"` // version number
	ARN     string `json:"arn"`     // ARN of the version
}

// History is the result of `lamella history`.
type History struct {
	Versions []publish.HistoryItem `json:"versions"` // versions of the layer, newest first
	Users    *[]deploy.User        `json:"users"`    // function versions that use the layer; null if unknown
}

// Shared is the result of `lamella share`.
type Shared struct {
	Done     bool                    `json:"done"`     // whether the changes were made; false without --sync
	Versions []versions.ShareVersion `json:"versions"` // versions of the layer, newest first
}

// Pruned is the result of `lamella prune`.
type Pruned struct {
	Done bool `json:"done"` // whether the versions were deleted; false without --yes
	versions.PrunePlan
}

// Resolved is the result of `lamella resolve`.
type Resolved struct {
	Distributions []Distribution `json:"distributions"` // distributions in the layer, sorted by name
	Excluded      []string       `json:"excluded"`      // distributions that an exclude left out, as "name version"
}

// Distribution is one wheel of a layer.
type Distribution struct {
	Name       string   `json:"name"`           // normalized name of the distribution
	Version    string   `json:"version"`        // version of the distribution
	File       string   `json:"file"`           // file name of the wheel, or of the source that it is built from
	Hash       string   `json:"hash"`           // hash of the file: "sha256:<hex>"
	Unhashed   bool     `json:"unhashed"`       // whether the lock file has no hash for the file; if so, hash is the file's current hash
	Where      string   `json:"where"`          // position in the lock file, such as "uv.lock:12"
	URL        string   `json:"url,omitempty"`  // URL of the file, without credentials; absent if the lock file has none
	Size       int64    `json:"size,omitempty"` // size of the wheel in bytes; absent if unknown
	Direct     bool     `json:"direct"`         // whether the project itself requires it; also true if the lock file does not record what requires it
	RequiredBy []string `json:"required_by"`    // other distributions that require it, sorted by name
}

// Why is the result of `lamella why`.
type Why struct {
	Name     string       `json:"name"`          // normalized name of the distribution
	Packages []WhyPackage `json:"distributions"` // distributions with this name in the lock file, usually one
}

// WhyPackage is a package in the lock file, and why it is or is not in the layer.
type WhyPackage struct {
	Version    string        `json:"version"`           // version of the package
	Where      string        `json:"where"`             // position in the lock file, such as "uv.lock:12"
	Selected   bool          `json:"selected"`          // whether the package is selected for the target
	Excluded   bool          `json:"excluded"`          // whether an exclude left it out of the layer
	RequiredBy []WhyRequirer `json:"required_by"`       // what requires the package, active requirements first
	Files      []WhyFile     `json:"files"`             // files of the package, the selected file first
	Refused    string        `json:"refused,omitempty"` // why no file can be installed
}

// WhyRequirer is one requirement for a distribution.
type WhyRequirer struct {
	State string         `json:"state"` // "holds" if the requirement is active; otherwise, why it is not: "marker-fails", "not-reached", "not-asked", or "other-version"
	Path  []resolve.Step `json:"path"`  // path from the project to the distribution
}

// WhyFile is one file of a package.
type WhyFile struct {
	File   string `json:"file"`             // name of the file
	Chosen bool   `json:"chosen"`           // whether the file was selected
	Fits   bool   `json:"fits"`             // whether the file is compatible with the target
	Reason string `json:"reason,omitempty"` // why the file was not selected
	Size   int64  `json:"size,omitempty"`   // size in bytes; absent if unknown
}

// Initialised is the result of `lamella init`.
type Initialised struct {
	Path string `json:"path"` // path of the file with the configuration
}

// Vendored is the result of `lamella vendor`.
type Vendored struct {
	Dir   string   `json:"dir"`   // path of the folder
	Files []string `json:"files"` // names of all files that the layers need
	Added int      `json:"added"` // number of files that were added to the folder
}

// CacheDir is the result of `lamella cache dir`.
type CacheDir struct {
	Dir string `json:"dir"` // path of the cache folder, which may not exist
}

// Cache is the result of `lamella cache size`, `clean`, `verify`, `push` and `pull`.
type Cache struct {
	Dir     string   `json:"dir,omitempty"`     // path of the cache folder; "" if only the shared cache was used
	Shared  string   `json:"shared,omitempty"`  // URI of the shared cache (s3://bucket/prefix); "" if it was not used
	Files   int      `json:"files"`             // number of files in the cache, or of files that were removed, checked, or copied
	Bytes   int64    `json:"bytes"`             // size of these files in bytes
	Damaged []string `json:"damaged,omitempty"` // damaged files that were removed
}

// CacheUse is a layer that was built from a damaged file. If it was published since,
// the published version may be damaged, too.
type CacheUse struct {
	Project string `json:"project"` // folder of a project whose layer was built from a damaged wheel
}

// ToolVersion is the result of `lamella version`.
type ToolVersion struct {
	Version  string `json:"version"`            // version of lamella, such as "v1.2.3" or "devel"
	Revision string `json:"revision,omitempty"` // commit that the binary was built from
	Modified bool   `json:"modified,omitempty"` // whether the source had local changes
	Go       string `json:"go"`                 // version of Go that the binary was built with
	Platform string `json:"platform"`           // operating system and architecture, such as "linux/amd64"
}
