// Package output is what lamella prints with --json: one object on stdout, of
// the type named for the command, or [Failure]. Every object states [Schema] in
// its field "schema". Fields may be added without a new schema version; a field
// that is renamed, removed or changes its meaning raises it.
package output

import (
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/versions"
)

// Schema is the version of all types in this package.
const Schema = 1

// Built is the result of `lamella build` and `lamella package`.
type Built struct {
	Schema int `json:"schema"`
	Layer
	Path   string `json:"path"`   // the zip
	SHA256 string `json:"sha256"` // of the zip, hexadecimal
}

// Layer is what is in a layer.
type Layer struct {
	Target   string            `json:"target,omitempty"` // "python3.13/x86_64"; not for `lamella package`
	Inputs   string            `json:"inputs,omitempty"` // digest of everything that decides the content
	Size     int64             `json:"size"`             // bytes of the zip; 0 if it was not composed
	Unzipped int64             `json:"unzipped"`         // bytes of all files in it
	Limit    int64             `json:"limit"`            // most bytes that Lambda permits unzipped
	Entries  int               `json:"entries"`          // files in it
	Packages []publish.Package `json:"packages"`         // sorted by name
	LeftOut  []LeftOut         `json:"left_out"`         // what each exclude kept out
	AlsoFits []string          `json:"also_fits"`        // targets where the same bytes would run as well
}

// LeftOut is what one exclude kept out of the layer.
type LeftOut struct {
	Exclude string `json:"exclude"` // as given
	Files   int    `json:"files"`
	Bytes   int64  `json:"bytes"`           // unzipped; 0 for a distribution that is not in the cache
	Wheel   int64  `json:"wheel,omitempty"` // bytes of a distribution's wheel; absent if not known
}

// Uploaded is the result of `lamella upload`.
type Uploaded struct {
	Schema int    `json:"schema"`
	URI    string `json:"uri"`    // s3://bucket/key, or a path
	SHA256 string `json:"sha256"` // hexadecimal
	Size   int64  `json:"size"`   // bytes
	Sent   bool   `json:"sent"`   // false: it was there already
}

// Published is the result of `lamella publish`, and of `lamella deploy` and
// `lamella apply` of one layer.
type Published struct {
	Schema int `json:"schema"`
	publish.Result
}

// Deployed is the result of `lamella deploy` and `lamella apply` of several layers,
// or of one in several places.
type Deployed struct {
	Schema int             `json:"schema"`
	Layers []DeployedLayer `json:"layers"` // in the order of the configuration
}

// DeployedLayer is what became of one of them.
type DeployedLayer struct {
	Name   string          `json:"layer"`
	Target string          `json:"target"` // "python3.13/x86_64"
	Place  string          `json:"place"`  // profile, role and region, as far as they are configured
	Result *publish.Result `json:"result"` // null if it failed
	Error  *Error          `json:"error"`  // null if it did not
}

// PlannedAll is the result of `lamella plan` for several layers, or for one in
// several places.
type PlannedAll struct {
	Schema int            `json:"schema"`
	Layers []PlannedLayer `json:"layers"`
}

// PlannedLayer is the plan for one of them.
type PlannedLayer struct {
	Name  string   `json:"layer"`
	Place string   `json:"place"`
	Plan  *Planned `json:"plan"`  // what is known, null if nothing is
	Error *Error   `json:"error"` // null if it did not
}

// Planned is the result of `lamella plan`.
type Planned struct {
	Schema      int             `json:"schema"`
	Name        string          `json:"layer"`
	Target      string          `json:"target"`
	Destination string          `json:"destination"`
	Place       string          `json:"place"` // profile, role and region, as far as they are configured
	Outcome     publish.Outcome `json:"outcome"`
	Publishes   bool            `json:"publishes"` // a new version would be made
	Reason      string          `json:"reason"`
	Notes       []string        `json:"notes"`
	// Share is who the version is to be shared with: a new one, or the latest, if
	// that is not shared with them yet.
	Share     []store.Principal `json:"share"`
	Parameter string            `json:"parameter"` // that is to be written; "" if none is
	Latest    *Version          `json:"latest"`    // null if there is none
	Changes   []publish.Change  `json:"changes"`
	Content   *Layer            `json:"content"` // null if nothing had to be built to know
	Unhashed  []Unhashed        `json:"unhashed"`
	Gaps      []Gap             `json:"gaps"`            // what cannot be installed
	Error     *Error            `json:"error,omitempty"` // if something cannot be installed
}

// Gap is a distribution that cannot be installed.
type Gap struct {
	Name       string   `json:"name"`
	Version    string   `json:"version"`
	RequiredBy []string `json:"required_by"`
	Reason     string   `json:"reason"`
}

// Unhashed is a distribution for which the lock states no hash, with the one that
// its source has now.
type Unhashed struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Where   string `json:"where"` // "requirements.txt:12", where to add the hash
	File    string `json:"file"`
	Hash    string `json:"hash"` // "sha256:<hex>"
	Add     string `json:"add"`  // what to add there: "--hash=sha256:<hex>" to a requirement
}

// Version is a published layer version.
type Version struct {
	Version int64  `json:"version"`
	ARN     string `json:"arn"`
}

// History is the result of `lamella history`.
type History struct {
	Schema   int                   `json:"schema"`
	Name     string                `json:"layer"`
	Versions []publish.HistoryItem `json:"versions"` // newest first
}

// Shown is the result of `lamella show`.
type Shown struct {
	Schema int    `json:"schema"`
	Name   string `json:"layer"`
	versions.Shown
}

// Difference is the result of `lamella diff`.
type Difference struct {
	Schema int    `json:"schema"`
	Name   string `json:"layer"`
	versions.Difference
}

// Verified is the result of `lamella verify`. A version that is not what it
// should be is a [Failure].
type Verified struct {
	Schema int    `json:"schema"`
	Name   string `json:"layer"`
	versions.Verified
}

// Shared is the result of `lamella share`.
type Shared struct {
	Schema   int                     `json:"schema"`
	Name     string                  `json:"layer"`
	Done     bool                    `json:"done"` // false: it is what --sync would do
	Versions []versions.ShareVersion `json:"versions"`
}

// Pruned is the result of `lamella prune`.
type Pruned struct {
	Schema int    `json:"schema"`
	Name   string `json:"layer"`
	Done   bool   `json:"done"` // false: it is what --yes would do
	versions.PrunePlan
}

// Resolved is the result of `lamella resolve`.
type Resolved struct {
	Schema        int            `json:"schema"`
	Target        string         `json:"target"`
	Distributions []Distribution `json:"distributions"` // sorted by name
	Excluded      []string       `json:"excluded"`      // that excludes leave out, "name version"
}

// Distribution is one wheel of a layer.
type Distribution struct {
	Name       string   `json:"name"`
	Version    string   `json:"version"`
	File       string   `json:"file"`
	Hash       string   `json:"hash"`           // "sha256:<hex>"
	Unhashed   bool     `json:"unhashed"`       // the lock states no hash: this one is its source's
	Where      string   `json:"where"`          // "uv.lock:12", the place in the lock that states it
	URL        string   `json:"url,omitempty"`  // without credentials; absent if only an index knows it
	Size       int64    `json:"size,omitempty"` // bytes of the wheel; absent if not known
	Direct     bool     `json:"direct"`         // the project itself depends on it, or a list says no more
	RequiredBy []string `json:"required_by"`    // the other distributions that do, sorted
}

// Why is the result of `lamella why`.
type Why struct {
	Schema   int          `json:"schema"`
	Name     string       `json:"name"`
	Target   string       `json:"target"`
	Packages []WhyPackage `json:"packages"` // the lock's packages of that name
}

// WhyPackage is a package of a lock, and why it is in the layer or not.
type WhyPackage struct {
	Version  string    `json:"version"`
	Where    string    `json:"where"` // "uv.lock:12"
	Selected bool      `json:"selected"`
	Excluded bool      `json:"excluded"`          // it would be selected, but an exclude leaves it out
	Asks     []WhyAsk  `json:"asks"`              // who asks for it, those that count first
	Files    []WhyFile `json:"files"`             // the chosen one first
	Refused  string    `json:"refused,omitempty"` // why no file can be taken
}

// WhyAsk is one demand for a distribution.
type WhyAsk struct {
	State string    `json:"state"` // "holds", "marker-fails", "not-reached", "not-asked", "other-version"
	Path  []WhyStep `json:"path"`  // from the project to the distribution
}

// WhyStep is one distribution on the way to another.
type WhyStep struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Project bool   `json:"project,omitempty"` // the project or the list that was locked
	Marker  string `json:"marker,omitempty"`  // under which the one before asks for it
	Extra   string `json:"extra,omitempty"`   // of it, that asks for the next one
	Group   string `json:"group,omitempty"`   // of the project, that asks for the next one
}

// WhyFile is one file of a package.
type WhyFile struct {
	File   string `json:"file"`
	Chosen bool   `json:"chosen"`
	Fits   bool   `json:"fits"`             // the target
	Reason string `json:"reason,omitempty"` // why it was not chosen
	Size   int64  `json:"size,omitempty"`   // bytes; absent if not known
}

// Tree is the result of `lamella tree`.
type Tree struct {
	Schema        int        `json:"schema"`
	Target        string     `json:"target"`
	Distributions int        `json:"distributions"` // in the layer
	Wheels        int64      `json:"wheels"`        // bytes of all wheels whose size is known
	Unzipped      int64      `json:"unzipped"`      // bytes of those in the cache
	Unmeasured    int        `json:"unmeasured"`    // distributions that are not there
	Roots         []TreeNode `json:"roots"`
	Error         *Error     `json:"error,omitempty"` // if something cannot be installed
}

// TreeNode is one distribution in the tree.
type TreeNode struct {
	Name     string     `json:"name"`
	Version  string     `json:"version,omitempty"`
	Extras   []string   `json:"extras,omitempty"`   // that are asked for here
	Project  bool       `json:"project,omitempty"`  // the project itself, which is not in the layer
	Excluded bool       `json:"excluded,omitempty"` // an exclude leaves it out
	Missing  string     `json:"missing,omitempty"`  // why it cannot be installed
	Size     int64      `json:"size,omitempty"`     // bytes of the wheel; absent if not known
	Unzipped int64      `json:"unzipped,omitempty"` // bytes in the layer; absent if the wheel is not in the cache
	Repeated bool       `json:"repeated,omitempty"` // what it requires stands where it comes first
	Requires []TreeNode `json:"requires"`
}

// Initialised is the result of `lamella init`.
type Initialised struct {
	Schema int    `json:"schema"`
	Path   string `json:"path"` // the file that was written
}

// Vendored is the result of `lamella vendor`.
type Vendored struct {
	Schema int      `json:"schema"`
	Dir    string   `json:"dir"`
	Files  []string `json:"files"` // the names of all files that the layers need
	Added  int      `json:"added"` // how many of them were not in the folder before
}

// CacheDir is the result of `lamella cache dir`.
type CacheDir struct {
	Schema int    `json:"schema"`
	Dir    string `json:"dir"` // whether it is there or not
}

// Cache is the result of `lamella cache size`, clean and verify.
type Cache struct {
	Schema  int      `json:"schema"`
	Dir     string   `json:"dir"`
	Files   int      `json:"files"`             // that it holds, that were removed, or that were checked
	Bytes   int64    `json:"bytes"`             // of these
	Damaged []string `json:"damaged,omitempty"` // files that verify removed
	// Layers were built from one of these. What was published of them since may be
	// damaged, too.
	Layers []CacheLayer `json:"layers,omitempty"`
}

// CacheLayer is a layer that was built from wheels of the cache.
type CacheLayer struct {
	Name    string `json:"name"`
	Project string `json:"project"` // its folder
	Target  string `json:"target"`  // "python3.13/x86_64"
}

// Doctor is the result of `lamella doctor`. A problem is absent where there is none.
type Doctor struct {
	Schema  int             `json:"schema"`
	Target  string          `json:"target"` // "python3.13/x86_64"
	Lock    DoctorLock      `json:"lock"`
	Indexes []DoctorIndex   `json:"indexes"`
	Problem *Error          `json:"indexes_problem,omitempty"` // why the indexes are not known
	AWS     DoctorAWS       `json:"aws"`
	Tools   []DoctorProgram `json:"tools"`
	Pythons []DoctorProgram `json:"pythons"`
	Engines []DoctorProgram `json:"engines"`
	Ways    []DoctorWay     `json:"builders"`
}

// DoctorLock is the project's lock file.
type DoctorLock struct {
	Path    string `json:"path,omitempty"`
	Problem *Error `json:"problem,omitempty"`
}

// DoctorIndex is an index.
type DoctorIndex struct {
	Name        string `json:"name,omitempty"`
	URL         string `json:"url,omitempty"`         // without user and password
	Asked       bool   `json:"asked"`                 // for what the lock file binds to no index
	Credentials string `json:"credentials,omitempty"` // where they come from; never what they are
	Problem     *Error `json:"problem,omitempty"`
}

// DoctorAWS is what requests to AWS would be signed with.
type DoctorAWS struct {
	Region      string `json:"region,omitempty"`
	Credentials string `json:"credentials,omitempty"` // where the SDK has them from
	Problem     *Error `json:"problem,omitempty"`
}

// DoctorProgram is a program on this machine.
type DoctorProgram struct {
	Name    string `json:"name"`
	Path    string `json:"path,omitempty"`
	Version string `json:"version,omitempty"`
	Problem *Error `json:"problem,omitempty"`
}

// DoctorWay is a builder at a place, and why it would not work there.
type DoctorWay struct {
	Builder string `json:"builder"`
	Where   string `json:"where"` // "here", "in a container"
	Problem *Error `json:"problem,omitempty"`
}

// ToolVersion is the result of `lamella version`.
type ToolVersion struct {
	Schema   int    `json:"schema"`
	Version  string `json:"version"`            // "v1.2.3", "devel"
	Revision string `json:"revision,omitempty"` // commit it was built from
	Modified bool   `json:"modified,omitempty"` // with local changes
	Go       string `json:"go"`                 // version of Go it was built with
	Platform string `json:"platform"`           // "linux/amd64"
}

// Failure is what is printed when a command fails.
type Failure struct {
	Schema int   `json:"schema"`
	Error  Error `json:"error"`
}

// Error is why a command failed.
type Error struct {
	Kind       string   `json:"kind"` // "usage", "lock", "index", "layer", "destination", "machine", "interrupted", "other"
	ExitStatus int      `json:"exit_status"`
	Operation  string   `json:"operation,omitempty"`
	Subject    string   `json:"subject,omitempty"`
	Message    string   `json:"message"` // whole, with operation and subject
	Details    []string `json:"details,omitempty"`
	Hints      []string `json:"hints,omitempty"`
}
