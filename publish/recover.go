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

// lookPauses are the pauses before each look for a version whose response was lost. Lambda
// may still be copying the zip.
var lookPauses = [...]time.Duration{0, 2 * time.Second, 4 * time.Second, 8 * time.Second}

// writeState shares a new version with the principals in its record, then writes the record
// and, last, the lock file. A version that has a lock file is therefore complete; the next
// run completes any other version. The error says that the version was published.
func (d Destination) writeState(ctx context.Context, r *Record, m Manifest) error {
	if err := d.share(ctx, r.Layer, r.Version, r.Share); err != nil {
		return errIncomplete(r, "it is not shared with "+sharers(r.Share)+" yet", "shares the version", err)
	}
	if err := d.writeObjects(ctx, r, m); err != nil {
		return errIncomplete(r, "its record is incomplete", "completes the record", err)
	}
	return nil
}

// writeObjects writes the record and then the lock file of a version.
func (d Destination) writeObjects(ctx context.Context, r *Record, m Manifest) error {
	if err := d.putBeside(ctx, r.Version, writeRecord(r), func(there []byte) error {
		old, err := parseRecord(there)
		if err != nil {
			return nil
		}
		return d.checkOwner(old, r.Layer, r.ARN)
	}); err != nil {
		return err
	}
	return d.putBeside(ctx, r.Version, writeManifest(r.Version, m), nil)
}

// putBeside writes an object beside a new version. Version numbers are never reused, so an
// object that already exists is left over from an earlier layer with this name. putBeside
// replaces it with a warning, unless check returns an error.
func (d Destination) putBeside(ctx context.Context, version int64, w Write, check func(there []byte) error) error {
	_, err := d.put(ctx, w)
	if !errors.Is(err, store.ErrExist) {
		return err
	}
	there, object, err := d.Objects.Get(ctx, w.Key)
	if errors.Is(err, store.ErrNotExist) {
		_, err = d.put(ctx, w) // it was removed in the meantime
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
		Message: fmt.Sprintf("replacing %s, which was there before version %d was published", d.Objects.Location(w.Key).URI, version)})
	w.IfMatch = object.ETag
	_, err = d.put(ctx, w)
	return err
}

// recover looks for a version that an earlier owner of the lease was publishing when it
// ended, and completes the version's state. It reports whether there is such a version.
func (l *Lease) recover(ctx context.Context) (found bool, err error) {
	in := l.pending()
	if in == nil {
		return false, nil
	}
	l.d.Events.Emit(event.Event{Kind: event.Note, Op: "publish", Subject: l.layer,
		Message: "an earlier run was interrupted while publishing; checking whether it published a version"})
	v, err := l.d.awaitVersion(ctx, l.layer, &Artifact{SHA256: in.Record.Zip.SHA256, Size: in.Record.Zip.Size}, in.After)
	if err != nil {
		return false, err
	}
	if v.Version != 0 {
		if err := l.d.writeState(ctx, in.Record.of(v), Manifest{in.Manifest.Name, in.Manifest.Data}); err != nil {
			return false, err
		}
		l.d.Events.Emit(event.Event{Kind: event.Note, Op: "publish", Subject: l.layer,
			Message: fmt.Sprintf("the interrupted run published version %d; its record is now complete", v.Version)})
	}
	return v.Version != 0, l.confirm(ctx, func(doc *leaseDoc) { doc.Publishing = nil })
}

// errIncomplete reports that the version of r was published but its state could not be
// written. lacks is a clause that says what is missing, and completes what the next run does.
func errIncomplete(r *Record, lacks, completes string, err error) error {
	return &fault.Error{Kind: fault.KindOf(err), Subject: r.ARN, Err: err,
		Message: fmt.Sprintf("version %d was published as %s, but %s", r.Version, r.ARN, lacks),
		Hints:   []string{"then run the same command again; it " + completes + " without publishing again"}}
}

// awaitVersion returns the oldest version after since whose zip is a, or the zero value. It
// looks several times, because the version may take a while to appear.
func (d Destination) awaitVersion(ctx context.Context, layer string, a *Artifact, since int64) (v store.LayerVersion, err error) {
	for _, pause := range lookPauses {
		if err := d.pause(ctx, pause); err != nil {
			return v, err
		}
		versions, err := d.Versions(ctx, layer)
		if err != nil {
			return v, err
		}
		if v, err = d.findContent(ctx, layer, versions, a, since); err != nil || v.Version != 0 {
			return v, err
		}
	}
	return v, nil
}
