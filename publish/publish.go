// Package publish decides whether a layer needs a new version, and makes it.
//
// It works in two stages. [Decide] compares what is wanted with what the
// destination holds, cheapest first, and returns a [Plan]: a value that says
// what would happen and why. [Execute] carries a plan out. Between the two
// nothing is remembered but the plan, and everything in it may be repeated:
// after a crash anywhere, deciding and executing again ends in the same state.
//
// The state lives beside the layer's zip in its home; docs/s3-layout.md
// describes it. [Upload], [FindUploaded] and [FindStaged] are the single steps
// for those who do not want them all at once, [History] reads the state back.
package publish

import (
	"cmp"
	"context"
	"time"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/publish/delta"
	"github.com/lamella-build/lamella/store"
)

// Destination is where a layer goes.
type Destination struct {
	Objects store.Objects
	Layers  store.Layers
	Events  event.Sink // Op "upload" and "publish"
	Tool    string     // written into records: "lamella 1.2.3"
	Relay   *Relay     // shared with the account's other destinations; nil if there are none
	// Parameter is the name of the parameter that holds the ARN of the newest
	// version; "" is none. Layers has to be a store.Parameters for it.
	Parameter string

	// For tests; the zero values are what is usual.
	sleep  func(context.Context, time.Duration) error
	lease  leaseTimes
	limits delta.Limits

	base string // the key of the zip that is most likely to resemble what is sent; "" if not known
}

// Detect says how "unchanged" is found out.
type Detect string

const (
	// DetectContent compares the manifest, then what it resolves to, then the
	// zip's bytes. The zero value means the same.
	DetectContent Detect = "content"
	// DetectManifest compares the manifest's text and nothing else, as the
	// Python package aws_lambda_artifact_builder does.
	DetectManifest Detect = "manifest"
	// detectBytes compares the zips' bytes and nothing else, as Again does.
	detectBytes Detect = "bytes"
)

// Manifest is the lock file that a layer is made from.
type Manifest struct {
	Name string // "uv.lock", "requirements.txt": no folder
	Data []byte
}

// Want is the layer that shall be there.
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
	// Reference has Lambda refer to the zip in its bucket instead of keeping a copy.
	Reference bool

	// Expect is what an earlier plan came to. Where this one differs, it is
	// refused with ErrMoved. Nil expects nothing.
	Expect *Expectation

	// Resolve says which distributions the manifest comes down to. It is called
	// at most once, and only when the manifest is not the published one. Nil
	// means that it is not known; then contents are compared.
	Resolve func(context.Context) (Resolved, error)
	// Build makes the zip or finds one made before. It is called at most once,
	// and only when nothing cheaper answers the question.
	Build func(context.Context) (Artifact, error)

	again int64     // the version whose content this is again; 0 for a project's
	known *Artifact // of that version, wherever it lies; nil for a project's
}

// Resolved is what a manifest comes down to for one target.
type Resolved struct {
	Inputs   digest.Digest // of everything that decides what is in the layer
	Packages []Package     // sorted by name
}

// Package is one distribution in a layer.
type Package struct {
	Name    string        `json:"name"`
	Version string        `json:"version"`
	File    string        `json:"file,omitempty"` // the wheel
	Hash    digest.Digest `json:"hash,omitempty"` // of the wheel
	Size    int64         `json:"size,omitempty"` // bytes it takes in the layer, unzipped; 0 if not known
}

// Artifact is a layer's zip: on disk, at the destination, or only computed.
type Artifact struct {
	Path     string // on disk; "" if it is not
	Key      string // at the destination; "" if it is yet to be uploaded to its own key
	SHA256   string // hexadecimal; "" for a staged zip whose digest is not known
	Size     int64  // bytes
	Unzipped int64  // bytes of all files in it; 0 if not known
	Entries  int    // files in it; 0 if not known
	Inputs   digest.Digest
	Packages []Package // sorted by name; nil if not known
}

// emptyZip is the size of a zip without entries: that of its end record.
const emptyZip = 22

// check refuses a zip without a file in it, whoever made it and when.
func (a *Artifact) check() error {
	if a.Size != emptyZip {
		return nil
	}
	return &fault.Error{Kind: fault.Layer, Op: "publish", Subject: cmp.Or(a.Path, a.Key, "zip with the sha256 "+a.SHA256),
		Err:   layer.ErrEmpty,
		Hints: []string{"lamella tree   # shows what the lock file asks for; an exclude, or a group or extra that is not named, may leave out all of it"}}
}

// Outcome says what a plan does.
type Outcome string

const (
	// First publishes version 1 of a layer that does not exist.
	First Outcome = "first"
	// Changed publishes a new version, because its content is new.
	Changed Outcome = "changed"
	// Forced publishes a new version, because Want.Force says so.
	Forced Outcome = "forced"
	// Unchanged publishes nothing: the manifest and the options are the published ones.
	Unchanged Outcome = "unchanged"
	// LockChanged publishes nothing: the lock changed, the layer did not.
	LockChanged Outcome = "lock-changed"
	// RolledBack publishes the content of an older version again.
	RolledBack Outcome = "rolled-back"
	// Healed publishes nothing: the latest version has this content, but the
	// state beside it does not say so yet. It is mended.
	Healed Outcome = "healed"
	// Blocked publishes nothing: distributions of the lock cannot be installed. Only
	// a plan that is shown has this outcome.
	Blocked Outcome = "blocked"
)

// Publishes reports whether a new version is made.
func (o Outcome) Publishes() bool {
	return o == First || o == Changed || o == Forced || o == RolledBack
}

// Plan is what its Execute would do, and why, at the destination that it was made
// for. It changes nothing by itself.
type Plan struct {
	Outcome Outcome
	Reason  string              // a whole sentence
	Notes   []string            // what else the user should know, whole sentences
	Latest  *store.LayerVersion // the newest version there is; nil if there is none
	Record  *Record             // what is recorded of Latest; nil if nothing is
	// Changes are the distributions added, removed and changed since Latest,
	// sorted by name. They are known when Resolve was called and Latest is recorded.
	Changes  []Change
	Artifact *Artifact // what would be published; nil if nothing had to be built
	// Writes are the objects that mend the state when no version is published.
	Writes []Write
	// Share is who the version is shared with: the new one, or, if none is
	// published, the latest, which is not shared with them yet.
	Share []store.Principal
	// Parameter has to be written: it does not name the version; "" if it does.
	Parameter string
	// Held is what keeps Execute from publishing; nil if nothing does.
	Held *Hold

	destination *Destination // nil in a Plan that Decide did not make

	want     Want
	resolved Resolved
	seen     int64 // the newest version, where Latest is an older one with the same content
}

// Write is an object of the state that a plan writes.
type Write struct {
	Key         string
	ContentType string
	Data        []byte
	IfMatch     string // ETag of the object it replaces; "" if there is none
}

// Result is what Execute did.
type Result struct {
	Layer     string   `json:"layer"`
	ARN       string   `json:"arn"` // of the version that now holds the content
	Version   int64    `json:"version"`
	Published bool     `json:"published"` // false: the version was there already
	Outcome   Outcome  `json:"outcome"`
	Reason    string   `json:"reason"`
	Notes     []string `json:"notes,omitempty"`
	Changes   []Change `json:"changes,omitempty"`
}
