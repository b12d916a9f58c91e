package publish

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// looks are the pauses before each look for a version whose answer was lost.
// Lambda may still be copying the zip.
var looks = [...]time.Duration{0, 2 * time.Second, 4 * time.Second, 8 * time.Second}

// draft is the record of the version that p would publish, less what only the
// version tells.
func (p *Plan) draft(tool string) *Record {
	w, a := p.want, p.Artifact
	r := &Record{
		Schema: Schema, Tool: tool, Layer: w.Layer,
		Manifest: w.Manifest.recorded(),
		Target:   w.Identity.Target, Options: w.Identity.options(), Identity: w.Identity.Digest(),
		Inputs:   p.resolved.Inputs,
		Zip:      RecordedZip{SHA256: a.SHA256, Size: a.Size, Unzipped: a.Unzipped, Entries: a.Entries},
		Packages: a.Packages, Share: w.Share, Again: w.again,
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

// of completes a draft by the version that it became.
func (r *Record) of(v store.LayerVersion) *Record {
	c := *r
	c.Version, c.ARN, c.Created = v.Version, v.ARN, v.Created
	c.Zip.SHA256, c.Zip.Size = hexDigest(v.CodeSHA256), v.CodeSize
	return &c
}

// remember shares a version that was just made with those whom its record names,
// and writes the record, then the manifest.
// A manifest that is there says that all is there; a version without one is
// completed by the next run.
func (d Destination) remember(ctx context.Context, r *Record, m Manifest) error {
	if err := d.share(ctx, r.Layer, r.Version, r.Share); err != nil {
		return err
	}
	if err := d.place(ctx, writeRecord(r), func(there []byte) error {
		old, err := parseRecord(there)
		if err != nil {
			return nil
		}
		return d.checkOwner(old, r.Layer, r.ARN)
	}); err != nil {
		return err
	}
	return d.place(ctx, writeManifest(r.Version, m), nil)
}

// place writes an object beside a version that was just made. Versions are
// numbered once, so what is in its place already is of another life of the
// layer: it is replaced, and said, if check lets it.
func (d Destination) place(ctx context.Context, w Write, check func(there []byte) error) error {
	_, err := d.put(ctx, w)
	if !errors.Is(err, store.ErrExist) {
		return err
	}
	there, object, err := d.Objects.Get(ctx, w.Key)
	if errors.Is(err, store.ErrNotExist) {
		_, err = d.put(ctx, w) // it went, or was never there
		return err
	}
	if err != nil {
		return err
	}
	if check != nil {
		if err := check(there); err != nil {
			return err
		}
	}
	d.Events.Emit(event.Event{Kind: event.Warn, Op: "publish", Subject: w.Key,
		Message: fmt.Sprintf("%s was there before its version; it is replaced", d.Objects.Location(w.Key).URI)})
	w.IfMatch = object.ETag
	_, err = d.put(ctx, w)
	return err
}

// recover finds out what became of a version that an earlier owner of the lease
// was publishing when it ended, and completes its state. It is not
// found if nothing was under way, or if nothing came of it.
func (l *Lease) recover(ctx context.Context) (found bool, err error) {
	in := l.pending()
	if in == nil {
		return false, nil
	}
	l.d.Events.Emit(event.Event{Kind: event.Note, Op: "publish", Subject: l.layer,
		Message: "an earlier run ended while it was publishing; looking for its version"})
	v, err := l.d.look(ctx, l.layer, &Artifact{SHA256: in.Record.Zip.SHA256, Size: in.Record.Zip.Size}, in.After)
	if err != nil {
		return false, err
	}
	if v.Version != 0 {
		if err := l.d.remember(ctx, in.Record.of(v), Manifest{in.Manifest.Name, in.Manifest.Data}); err != nil {
			return false, errIncomplete(v, err)
		}
		l.d.Events.Emit(event.Event{Kind: event.Note, Op: "publish", Subject: l.layer,
			Message: fmt.Sprintf("version %d was published by it; its state is complete now", v.Version)})
	}
	return v.Version != 0, l.confirm(ctx, func(doc *leaseDoc) { doc.Publishing = nil })
}

func errIncomplete(v store.LayerVersion, err error) error {
	return &fault.Error{Op: "complete", Subject: v.ARN, Err: err,
		Details: []string{"the version is published; what is stored beside it is not complete"},
		Hints:   []string{"run the same command again: it completes the state and publishes nothing twice"}}
}

// look searches for a version that may take a while to appear: the oldest one
// after since with the content of a; the zero value if there is none.
func (d Destination) look(ctx context.Context, layer string, a *Artifact, since int64) (v store.LayerVersion, err error) {
	for _, pause := range looks {
		if err := d.pause(ctx, pause); err != nil {
			return v, err
		}
		versions, err := d.Versions(ctx, layer)
		if err != nil {
			return v, err
		}
		if v, err = d.find(ctx, layer, versions, a, since); err != nil || v.Version != 0 {
			return v, err
		}
	}
	return v, nil
}

// find returns the oldest of the versions after since that has the content of a,
// the zero value if there is none. versions are sorted, newest first.
func (d Destination) find(ctx context.Context, layer string, versions []store.LayerVersion, a *Artifact, since int64) (none store.LayerVersion, err error) {
	for i := len(versions) - 1; i >= 0; i-- {
		if versions[i].Version <= since {
			continue
		}
		v, err := d.Layers.Version(ctx, layer, versions[i].Version)
		if errors.Is(err, store.ErrNotExist) {
			continue // deleted just now
		}
		if err != nil {
			return none, err
		}
		equal, err := d.sameContent(ctx, a, v)
		if err != nil {
			return none, err
		}
		if equal {
			return v, nil
		}
	}
	return none, nil
}
