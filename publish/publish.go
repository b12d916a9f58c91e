// Package publish decides whether a layer needs a new version, and publishes it.
//
// It works in two stages. [Decide] compares what is wanted with what the destination holds,
// beginning with the cheapest comparison, and returns a [Plan], which says what would happen
// and why. [Plan.Execute] carries out the plan. Both can be repeated: after a crash at any
// point, deciding and executing again leads to the same state.
//
// The state is stored beside the layer's zip; docs/s3-layout.md describes it. [Upload],
// [FindUploaded], and [FindStaged] are single steps of publishing, and [History] reads the
// state back.
package publish

import (
	"context"
	"io"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/layer/layerzip"
	"github.com/lamella-build/lamella/store"
)

// Detect selects how to determine whether a layer has changed.
type Detect string

const (
	// DetectContent compares the lock file, then what it resolves to, and then the bytes of
	// the zip. It is the default.
	DetectContent Detect = "content"
	// DetectManifest compares only the text of the lock file, as the Python package
	// aws_lambda_artifact_builder does.
	DetectManifest Detect = "manifest"
	// detectBytes compares only the bytes of the zips. Again selects it.
	detectBytes Detect = "bytes"
)

// Manifest is the lock file that a layer is made from. The layout on S3 calls it the
// manifest.
type Manifest struct {
	Name string // without a folder, such as "uv.lock" or "requirements.txt"
	Data []byte
}

// Want describes the layer to be published.
type Want struct {
	Layer    string // name of the layer
	Manifest Manifest
	Identity Identity
	Detect   Detect
	Force    bool // publish even if nothing changed

	Description   string
	License       string
	Runtimes      []string // declared as compatible
	Architectures []string
	Share         []store.Principal // who else may use the version
	// Reference makes Lambda refer to the zip in the bucket instead of copying it.
	Reference bool

	// Expect is what an earlier plan expected; nil for none. Decide returns an error that
	// wraps ErrMoved if the new plan differs from it.
	Expect *Expectation

	// Resolve returns the distributions that the lock file resolves to. It is called at most
	// once, and only if the lock file differs from the published one. If Resolve is nil, the
	// zips are compared instead.
	Resolve func(context.Context) (Resolved, error)
	// Build builds the zip, or finds one that was built before. It is called at most once,
	// and only if no cheaper comparison suffices.
	Build func(context.Context) (Artifact, error)

	// BuildSending is called instead of Build for the first version of a layer, if the
	// destination can receive the zip while it is being built. A caller that sets
	// BuildSending must execute the plan, which deletes the parts that are not needed. It
	// must be nil if the plan might not be executed.
	BuildSending func(context.Context, *Incoming) (Artifact, error)

	// SameFiles reports whether the zip in body has the same files as the one that Build
	// returned. Their bytes may still differ, because other programs compress differently.
	// It is called if the latest version's record has the same number of files and the same
	// unzipped size. If it is nil, only the bytes of the zips are compared.
	SameFiles func(ctx context.Context, body io.Reader) (bool, error)

	copyOf int64     // for a rollback, the version to publish again; otherwise, 0
	known  *Artifact // the zip of that version; otherwise, nil

	incoming *Incoming // for BuildSending; nil if that is not used
}

// Resolved is what a lock file resolves to for one target.
type Resolved struct {
	Inputs   digest.Digest // digest of everything that determines the layer's content
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
	Path     string // on disk; "" if it is not on disk
	Key      string // at the destination; "" if it has not been uploaded
	SHA256   string // hexadecimal; "" for a staged zip with an unknown digest
	Size     int64  // bytes
	Unzipped int64  // total size of the files in bytes; 0 if unknown
	Entries  int    // number of files; 0 if unknown
	Inputs   digest.Digest
	Packages []Package // sorted by name; nil if unknown
	// BytecodePython is the exact version of CPython that compiled the bytecode in the zip,
	// such as "3.13.7"; "" if the zip contains no bytecode.
	BytecodePython string
	// Layout says where the entries of a zip that is only computed would be; nil if unknown.
	Layout []layerzip.Placed
}

// Outcome says what a plan does.
type Outcome string

const (
	// First publishes version 1 of a layer that does not exist.
	First Outcome = "first"
	// Changed publishes a new version because the content changed.
	Changed Outcome = "changed"
	// Forced publishes a new version because Want.Force is set.
	Forced Outcome = "forced"
	// Unchanged publishes nothing: the lock file and the options match the published ones.
	Unchanged Outcome = "unchanged"
	// LockChanged publishes nothing: the lock file changed, but the layer did not.
	LockChanged Outcome = "lock-changed"
	// RolledBack publishes the content of an older version again.
	RolledBack Outcome = "rolled-back"
	// Repaired publishes nothing: the latest version has this content, but its state does
	// not show that yet. The state is repaired.
	Repaired Outcome = "repaired"
	// Blocked publishes nothing: some distributions in the lock file cannot be
	// installed. Only plans for display have this outcome; Decide never returns it.
	Blocked Outcome = "blocked"
)

// Publishes reports whether a new version is published.
func (o Outcome) Publishes() bool {
	return o == First || o == Changed || o == Forced || o == RolledBack
}

// Plan describes what Execute would do, at the destination for which the plan was made, and
// why.
type Plan struct {
	Outcome  Outcome
	Reason   string              // why, in words such as "httpx 0.27.0 → 0.28.1"
	Warnings []string            // what the new version may break, in whole sentences
	Notes    []string            // what else the user should know, in whole sentences
	Latest   *store.LayerVersion // the newest version; nil if there is none
	Record   *Record             // the record of Latest; nil if there is none
	// Changes are the distributions added, removed, and changed since Latest, sorted by
	// name. They are set only if Resolve was called and Latest has a record.
	Changes  []Change
	Artifact *Artifact // what would be published; nil if nothing had to be built
	// Writes are the objects that repair the state if no version is published.
	Writes []Write
	// Share are the principals that the new version will be shared with or, if no version is
	// published, those that the latest version is not yet shared with.
	Share []store.Principal
	// Parameter is the parameter to write; "" if there is none or it is up to date.
	Parameter string
	// Held is the hold that prevents Execute from publishing; nil if there is none.
	Held *Hold

	destination *Destination // nil in a Plan that was not made by Decide

	want     Want
	resolved Resolved
	seen     int64 // the newest version if Latest is an older one with the same content
}

// Write is an object that a plan writes.
type Write struct {
	Key         string
	ContentType string
	Data        []byte
	IfMatch     string // ETag of the object to replace; "" if there must be no object
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
