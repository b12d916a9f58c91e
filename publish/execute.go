package publish

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// attempts is how often PublishLayerVersion is sent when Lambda is busy, or when
// the answer was lost and no version with the content turned up.
const attempts = 3

// looks are the pauses before each look for a version whose answer was lost.
// Lambda may still be copying the zip.
var looks = [...]time.Duration{0, 2 * time.Second, 4 * time.Second, 8 * time.Second}

// Execute carries out a plan of Decide. Every step of it may be repeated: after
// an error or a crash, deciding and executing again completes what was begun.
func Execute(ctx context.Context, d Destination, p *Plan) (*Result, error) {
	if !p.Outcome.Publishes() {
		for _, w := range p.Writes {
			if err := d.put(ctx, w, false); err != nil {
				return nil, err
			}
		}
		return p.result(*p.Latest, false), nil
	}
	key, err := d.place(ctx, p)
	if err != nil {
		return nil, err
	}
	d.Events.Emit(event.Event{Kind: event.Begin, Op: "publish", Subject: p.want.Layer})
	v, published, err := d.publish(ctx, p, key)
	if err != nil {
		return nil, err
	}
	if err := d.remember(ctx, p, v); err != nil {
		return nil, &fault.Error{Op: "complete", Subject: v.ARN, Err: err,
			Details: []string{"the version is published; what is stored beside it is not complete"},
			Hints:   []string{"run the same command again: it completes the state and publishes nothing twice"}}
	}
	d.Events.Emit(event.Event{Kind: event.End, Op: "publish", Subject: p.want.Layer})
	return p.result(v, published), nil
}

func (p *Plan) result(v store.LayerVersion, published bool) *Result {
	return &Result{
		Layer: p.want.Layer, ARN: v.ARN, Version: v.Version, Published: published,
		Outcome: p.Outcome, Reason: p.Reason, Notes: p.Notes, Changes: p.Changes,
	}
}

// place makes sure that the zip is at the destination, and returns its key.
func (d Destination) place(ctx context.Context, p *Plan) (string, error) {
	if p.Artifact.Key != "" {
		return p.Artifact.Key, nil
	}
	up, err := Upload(ctx, d, *p.Artifact, p.want.Manifest)
	return up.Key, err
}

// publish makes exactly one version of the content. Before the first attempt
// and after each lost answer it looks for the content among the versions that
// the plan did not know of.
func (d Destination) publish(ctx context.Context, p *Plan, key string) (v store.LayerVersion, published bool, err error) {
	since := int64(0)
	if p.Latest != nil {
		since = p.Latest.Version
	}
	v, newest, err := d.find(ctx, p, since)
	if err != nil {
		return v, false, err
	}
	if v.Version != 0 && p.Outcome != Forced {
		d.debug(p, "version %d was published meanwhile and has this content", v.Version)
		return v, false, nil
	}
	if newest > since {
		d.Events.Emit(event.Event{Kind: event.Warn, Op: "publish", Subject: p.want.Layer,
			Message: fmt.Sprintf("version %d was published by someone else since the plan was made", newest)})
	}

	in := p.want.publication(d.Objects.Location(key))
	for attempt := 1; ; attempt++ {
		v, err = d.Layers.Publish(ctx, in)
		switch {
		case err == nil:
			return v, true, p.Artifact.checkDigest(v)
		case ctx.Err() != nil:
			return v, false, err
		case errors.Is(err, store.ErrUnknownOutcome):
			d.debug(p, "the answer to attempt %d was lost; looking for the version", attempt)
			found, lookErr := d.look(ctx, p, newest)
			if lookErr != nil {
				return v, false, errors.Join(err, lookErr)
			}
			if found.Version != 0 {
				return found, true, nil
			}
		case errors.Is(err, store.ErrBusy):
			if waitErr := d.wait(ctx, time.Duration(attempt)*time.Second); waitErr != nil {
				return v, false, waitErr
			}
		default:
			return v, false, err
		}
		if attempt == attempts {
			return v, false, err
		}
	}
}

// look searches for a version that may take a while to appear.
func (d Destination) look(ctx context.Context, p *Plan, since int64) (v store.LayerVersion, err error) {
	for _, pause := range looks {
		if err := d.wait(ctx, pause); err != nil {
			return v, err
		}
		if v, _, err = d.find(ctx, p, since); err != nil || v.Version != 0 {
			return v, err
		}
	}
	return v, nil
}

// find returns the newest version after since with the plan's content, the zero
// value if there is none, and the number of the newest version there is.
func (d Destination) find(ctx context.Context, p *Plan, since int64) (match store.LayerVersion, newest int64, err error) {
	versions, err := d.Layers.Versions(ctx, p.want.Layer)
	if err != nil {
		return match, 0, err
	}
	newest = since
	for _, listed := range versions {
		if listed.Version <= since {
			break
		}
		newest = max(newest, listed.Version)
		v, err := d.Layers.Version(ctx, p.want.Layer, listed.Version)
		if errors.Is(err, store.ErrNotExist) {
			continue // deleted just now
		}
		if err != nil {
			return match, 0, err
		}
		equal, err := d.sameContent(ctx, p.Artifact, v)
		if err != nil {
			return match, 0, err
		}
		if equal {
			return v, newest, nil
		}
	}
	return match, newest, nil
}

// sameContent compares a zip with a version's. A staged zip whose digest is not
// known is read for it once, and only if the sizes are the same.
func (d Destination) sameContent(ctx context.Context, a *Artifact, v store.LayerVersion) (bool, error) {
	if v.CodeSize != 0 && a.Size != v.CodeSize {
		return false, nil
	}
	if a.SHA256 == "" {
		body, _, err := d.Objects.Open(ctx, a.Key)
		if err != nil {
			return false, err
		}
		defer body.Close()
		hash := sha256.New()
		if _, err := io.Copy(hash, body); err != nil {
			return false, &fault.Error{Kind: fault.Destination, Op: "read", Subject: d.Objects.Location(a.Key).URI, Err: err}
		}
		a.SHA256 = hex.EncodeToString(hash.Sum(nil))
	}
	return a.SHA256 == hexDigest(v.CodeSHA256), nil
}

// checkDigest compares what Lambda took with what it was to take.
func (a *Artifact) checkDigest(v store.LayerVersion) error {
	if a.SHA256 == "" || a.SHA256 == hexDigest(v.CodeSHA256) {
		return nil
	}
	return &fault.Error{Kind: fault.Destination, Op: "publish", Subject: v.ARN,
		Err:   fmt.Errorf("it holds other content: its sha256 is %s, the zip's is %s", hexDigest(v.CodeSHA256), a.SHA256),
		Hints: []string{"the zip at the destination is damaged or was replaced; remove it and this version, then: lamella deploy"}}
}

// remember writes the record, then the manifest. A manifest that is there says
// that all is there; a version without one is completed by the next run.
func (d Destination) remember(ctx context.Context, p *Plan, v store.LayerVersion) error {
	record := writeRecord(p.newRecord(d.Tool, v))
	err := d.put(ctx, record, true)
	if errors.Is(err, store.ErrExist) {
		there, readErr := d.record(ctx, v.Version)
		if readErr != nil {
			return readErr
		}
		if err := d.checkOwner(there, p.want.Layer, v.ARN); err != nil {
			return err
		}
		err = d.put(ctx, record, false)
	}
	if err != nil {
		return err
	}
	return d.put(ctx, writeManifest(v.Version, p.want.Manifest), false)
}

// newRecord records that version v was made of what the plan wants.
func (p *Plan) newRecord(tool string, v store.LayerVersion) *Record {
	w, a := p.want, p.Artifact
	r := &Record{
		Schema: Schema, Tool: tool,
		Layer: w.Layer, Version: v.Version, ARN: v.ARN, Created: v.Created,
		Manifest: w.Manifest.recorded(),
		Target:   w.Identity.Target, Options: w.Identity.options(), Identity: w.Identity.Digest(),
		Inputs:   p.resolved.Inputs,
		Zip:      RecordedZip{SHA256: hexDigest(v.CodeSHA256), Size: v.CodeSize, Unzipped: a.Unzipped, Entries: a.Entries},
		Packages: a.Packages,
	}
	if r.Inputs == "" {
		r.Inputs = a.Inputs
	}
	if r.Packages == nil {
		r.Packages = p.resolved.Packages
	}
	return r
}

func (d Destination) wait(ctx context.Context, pause time.Duration) error {
	if d.sleep != nil {
		return d.sleep(ctx, pause)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(pause):
		return nil
	}
}

func (d Destination) debug(p *Plan, format string, args ...any) {
	d.Events.Emit(event.Event{Kind: event.Debug, Op: "publish", Subject: p.want.Layer, Message: fmt.Sprintf(format, args...)})
}

// hexDigest turns Lambda's CodeSha256 into the spelling used everywhere else.
func hexDigest(base64Digest string) string {
	sum, err := base64.StdEncoding.DecodeString(base64Digest)
	if err != nil {
		return "not base64: " + base64Digest
	}
	return hex.EncodeToString(sum)
}
