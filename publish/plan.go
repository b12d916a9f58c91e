package publish

import (
	"fmt"

	"github.com/lamella-build/lamella/store"
)

// Pending reports whether Execute would change anything.
func (p *Plan) Pending() bool { return p.writes() || p.Parameter != "" }

// writes reports whether Execute would change the layer or the state beside it.
func (p *Plan) writes() bool { return p.Outcome.Publishes() || len(p.Writes) > 0 }

// newest returns the newest version when the plan was made, or 0.
func (p *Plan) newest() int64 {
	if p.Latest == nil {
		return p.seen
	}
	return max(p.Latest.Version, p.seen)
}

// result returns the result of carrying out p. v is the version that has the content.
func (p *Plan) result(v store.LayerVersion, published bool) *Result {
	return &Result{
		Layer: p.want.Layer, ARN: v.ARN, Version: v.Version, Published: published,
		Outcome: p.Outcome, Reason: p.Reason, Warnings: p.Warnings, Notes: p.Notes, Changes: p.Changes,
	}
}

// note appends a sentence to p.Notes.
func (p *Plan) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}

// intent returns what is recorded in the lease before the version is published. It is nil
// for a staged zip with an unknown digest, whose version could not be recognized later.
func (p *Plan) intent(tool string, known int64) *intent {
	if p.Artifact.SHA256 == "" {
		return nil
	}
	return &intent{After: known, Record: p.draft(tool), Manifest: storedManifest{p.want.Manifest.Name, p.want.Manifest.Data}}
}

// draft returns the record of the version that p would publish, without its number, ARN, and
// creation time.
func (p *Plan) draft(tool string) *Record {
	w, a := p.want, p.Artifact
	r := &Record{
		Schema: Schema, Tool: tool, Layer: w.Layer,
		Manifest: w.Manifest.recorded(),
		Target:   w.Identity.Target, Options: w.Identity.options(), Identity: w.Identity.Digest(),
		Inputs:   p.resolved.Inputs,
		Zip:      RecordedZip{SHA256: a.SHA256, Size: a.Size, Unzipped: a.Unzipped, Entries: a.Entries},
		Packages: a.Packages, Share: w.Share, Again: w.copyOf, BytecodePython: a.BytecodePython,
	}
	if w.Identity.Target == "" {
		r.Identity = ""
	}
	if r.Inputs == "" {
		r.Inputs = a.Inputs
	}
	if r.Packages == nil {
		r.Packages = p.resolved.Packages
	}
	return r
}
