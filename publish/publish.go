// Package publish decides whether a layer needs a new version, and publishes it.
//
// It works in two stages. [Decide] compares what is wanted with what the destination
// holds, cheapest comparison first, and returns a [Plan], which says what would happen
// and why. [Plan.Execute] carries it out. Both may be repeated: after a crash at any
// point, deciding and executing again ends in the same state.
//
// The state is stored beside the layer's zip; docs/s3-layout.md describes it. [Upload],
// [FindUploaded] and [FindStaged] are single steps of publishing, and [History] reads
// the state back.
package publish

import (
	"context"
	"io"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/layer/layerzip"
	"github.com/lamella-build/lamella/store"
)

// Detect is how to detect whether a layer changed.
type Detect string

const (
	// DetectContent compares the lock file, then what it resolves to, then the
	// zip's bytes. It is the default.
	DetectContent Detect = "content"
	// DetectManifest compares the lock file's text only, as the Python package
	// aws_lambda_artifact_builder does.
	DetectManifest Detect = "manifest"
	// detectBytes compares the zips' bytes only. Again sets it.
	detectBytes Detect = "bytes"
)

// Manifest is the lock file that a layer is made from. The S3 layout calls it the manifest.
type Manifest struct {
	Name string // "uv.lock", "requirements.txt": no folder
	Data []byte
}

// Want is the layer as it should be published.
type Want struct {
	Layer    string // its name
	Manifest Manifest
	Identity Identity
	Detect   Detect
	Force    bool // publish even if nothing changed

	Description   string
	License       string
	Runtimes      []string // declared compatible
	Architectures []string
	Share         []store.Principal // who else may use the version
	// Reference makes Lambda refer to the zip in the bucket instead of copying it.
	Reference bool

	// Expect is an earlier plan. Decide returns an error that wraps ErrMoved if the
	// new plan differs from it. Nil for none.
	Expect *Expectation

	// Resolve returns the distributions that the lock file resolves to. It is called
	// at most once, and only if the lock file is not the published one. If it is
	// nil, zips are compared instead.
	Resolve func(context.Context) (Resolved, error)
	// Build builds the zip or finds one built before. It is called at most once, and
	// only if no cheaper comparison suffices.
	Build func(context.Context) (Artifact, error)

	// BuildSending is called instead of Build for the first version of a layer, if the
	// destination can receive the zip while it is being built. Whoever sets it must execute
	// the plan, which deletes what is not needed of it. Nil if the plan may not be executed.
	BuildSending func(context.Context, *Incoming) (Artifact, error)

	// SameFiles reports whether the zip in body has the same files as the one that Build
	// returns, if their bytes may differ all the same: other programs compress otherwise.
	// It is called if a version that was built from a lock file has as many files and
	// bytes. Nil if the zips' bytes decide.
	SameFiles func(ctx context.Context, body io.Reader) (bool, error)

	copyOf int64     // for a rollback, the version to publish again; otherwise 0
	known  *Artifact // the zip of that version; otherwise nil

	incoming *Incoming // for BuildSending; nil without it
}

// Resolved is what a lock file resolves to for one target.
type Resolved struct {
	Inputs   digest.Digest // of everything that decides the layer's content
	Packages []Package     // sorted by name
}

// Package is one distribution in a layer.
type Package struct {
	Name    string        `json:"name"`           // name of the distribution
	Version string        `json:"version"`        // version of the distribution
	File    string        `json:"file,omitempty"` // file name of the wheel
	Hash    digest.Digest `json:"hash,omitempty"` // hash of the wheel
	Size    int64         `json:"size,omitempty"` // unzipped size in the layer, in bytes; 0 if unknown
}

// Artifact is a layer's zip: on disk, at the destination, or only computed.
type Artifact struct {
	Path     string // on disk; "" if it is not
	Key      string // at the destination; "" if it still has to be uploaded
	SHA256   string // hexadecimal; "" for a staged zip of unknown digest
	Size     int64  // bytes
	Unzipped int64  // bytes of all files in it; 0 if unknown
	Entries  int    // files in it; 0 if unknown
	Inputs   digest.Digest
	Packages []Package // sorted by name; nil if unknown
	// BytecodePython is the exact version of the CPython that compiled the bytecode in it,
	// such as "3.13.7"; "" if it has none.
	BytecodePython string
	// Layout is where the entries of a zip that is only computed would be; nil if unknown.
	Layout []layerzip.Placed
}

// Outcome is what a plan does.
type Outcome string

const (
	// First publishes version 1 of a layer that does not exist.
	First Outcome = "first"
	// Changed publishes a new version because the content changed.
	Changed Outcome = "changed"
	// Forced publishes a new version because Want.Force is set.
	Forced Outcome = "forced"
	// Unchanged publishes nothing: the lock file and the options are the published ones.
	Unchanged Outcome = "unchanged"
	// LockChanged publishes nothing: the lock file changed, the layer did not.
	LockChanged Outcome = "lock-changed"
	// RolledBack publishes the content of an older version again.
	RolledBack Outcome = "rolled-back"
	// Repaired publishes nothing: the latest version has this content, but its state
	// does not say so yet. The state is repaired.
	Repaired Outcome = "repaired"
	// Blocked publishes nothing: some distributions in the lock file cannot be
	// installed. Only plans for display have this outcome; Decide never returns it.
	Blocked Outcome = "blocked"
)

// Publishes reports whether a new version is published.
func (o Outcome) Publishes() bool {
	return o == First || o == Changed || o == Forced || o == RolledBack
}

// Plan is what Execute would do at the destination that the plan was made for, and why.
type Plan struct {
	Outcome  Outcome
	Reason   string              // why, in words such as "httpx 0.27.0 → 0.28.1"
	Warnings []string            // what the new version may break, whole sentences
	Notes    []string            // what else the user should know, whole sentences
	Latest   *store.LayerVersion // the newest version; nil if there is none
	Record   *Record             // the record of Latest; nil if there is none
	// Changes are the distributions added, removed and changed since Latest, sorted
	// by name, if Resolve was called and Latest has a record.
	Changes  []Change
	Artifact *Artifact // what would be published; nil if nothing had to be built
	// Writes are the objects that repair the state if no version is published.
	Writes []Write
	// Share are the principals that the new version will be shared with or, if none
	// is published, those that the latest is not shared with yet.
	Share []store.Principal
	// Parameter is the parameter to write; "" if there is none or it is up to date.
	Parameter string
	// Held is what keeps Execute from publishing; nil if nothing does.
	Held *Hold

	destination *Destination // nil in a Plan that Decide did not make

	want     Want
	resolved Resolved
	seen     int64 // the newest version if Latest is an older one with the same content
}

// Write is an object that a plan writes.
type Write struct {
	Key         string
	ContentType string
	Data        []byte
	IfMatch     string // ETag of the object it replaces; "" if it must not exist
}

// Result is what Execute did.
type Result struct {
	Layer     string   `json:"layer"`              // name of the layer
	ARN       string   `json:"arn"`                // ARN of the version that has the content
	Version   int64    `json:"version"`            // number of the version that has the content
	Published bool     `json:"published"`          // whether a version was published; false if it already existed
	Outcome   Outcome  `json:"outcome"`            // what was done, and why
	Reason    string   `json:"reason"`             // a sentence that explains the outcome
	Warnings  []string `json:"warnings,omitempty"` // what the new version may break
	Notes     []string `json:"notes,omitempty"`    // additional information
	Changes   []Change `json:"changes,omitempty"`  // changes since the previous version, sorted by name
	// Upload is how much of the zip was uploaded; nil if nothing was published.
	Upload *Transfer `json:"upload,omitempty"`
}
