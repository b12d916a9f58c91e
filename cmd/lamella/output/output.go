// Package output is what lamella prints with --json: one object on stdout, of
// the type named for the command, or [Failure]. Every object states [Schema] in
// its field "schema". Fields may be added without a new schema version; a field
// that is renamed, removed or changes its meaning raises it.
package output

import "github.com/lamella-build/lamella/publish"

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
	Bytes   int64  `json:"bytes"` // unzipped
}

// Uploaded is the result of `lamella upload`.
type Uploaded struct {
	Schema int    `json:"schema"`
	URI    string `json:"uri"`    // s3://bucket/key, or a path
	SHA256 string `json:"sha256"` // hexadecimal
	Size   int64  `json:"size"`   // bytes
	Sent   bool   `json:"sent"`   // false: it was there already
}

// Published is the result of `lamella publish` and `lamella deploy`.
type Published struct {
	Schema int `json:"schema"`
	publish.Result
}

// Planned is the result of `lamella plan`.
type Planned struct {
	Schema      int              `json:"schema"`
	Name        string           `json:"layer"`
	Target      string           `json:"target"`
	Destination string           `json:"destination"`
	Outcome     publish.Outcome  `json:"outcome"`
	Publishes   bool             `json:"publishes"` // a new version would be made
	Reason      string           `json:"reason"`
	Notes       []string         `json:"notes"`
	Latest      *Version         `json:"latest"` // null if there is none
	Changes     []publish.Change `json:"changes"`
	Content     *Layer           `json:"content"` // null if nothing had to be built to know
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

// Initialised is the result of `lamella init`.
type Initialised struct {
	Schema int    `json:"schema"`
	Path   string `json:"path"` // the file that was written
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
