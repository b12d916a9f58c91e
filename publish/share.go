package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// share allows the principals to use a version, unless they already may.
func (d Destination) share(ctx context.Context, layer string, version int64, with []store.Principal) error {
	for _, principal := range with {
		err := d.Layers.Grant(ctx, layer, version, principal.Grant())
		if err != nil && !errors.Is(err, store.ErrExist) {
			return err
		}
	}
	return nil
}

// keepShared plans to share the latest version with the principals that are missing from its
// record. A version without a record is not shared: it is unknown who may use it, and
// finding out would cost a request in every run.
func (c *comparison) keepShared() error {
	record := c.stored.record
	if i := slices.IndexFunc(c.plan.Writes, c.isRecord); i >= 0 && record == nil { // a new record, which names all of them
		c.plan.Share = c.w.Share
	}
	if record == nil {
		return nil
	}
	missing := slices.DeleteFunc(slices.Clone(c.w.Share), func(p store.Principal) bool { return slices.Contains(record.Share, p) })
	if len(missing) == 0 {
		return nil
	}
	c.plan.Share = missing
	c.note("version %d will also be shared with %s", c.plan.Latest.Version, sharers(missing))
	i := slices.IndexFunc(c.plan.Writes, c.isRecord)
	if i >= 0 {
		var err error
		if record, err = parseRecord(c.plan.Writes[i].Data); err != nil {
			return err
		}
		c.plan.Writes = slices.Delete(c.plan.Writes, i, i+1)
	}
	shared := *record
	shared.Share = union(c.stored.record.Share, missing)
	c.plan.Writes = append([]Write{c.rewriteRecord(&shared)}, c.plan.Writes...) // before the manifest
	return nil
}

func (c *comparison) isRecord(w Write) bool { return w.Key == recordKey(c.plan.Latest.Version) }

func union(a, b []store.Principal) []store.Principal {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// RecordShare adds and removes the given principals in a version's record, if it has one.
// The error wraps store.ErrChanged if the record changed in the meantime.
func (d Destination) RecordShare(ctx context.Context, layer, arn string, version int64, added, removed []store.Principal) error {
	r, etag, err := d.record(ctx, version)
	if err != nil || r == nil {
		return err
	}
	if err := d.checkOwner(r, layer, arn); err != nil {
		return err
	}
	shared := *r
	shared.Share = slices.DeleteFunc(union(r.Share, added), func(p store.Principal) bool { return slices.Contains(removed, p) })
	if slices.Equal(shared.Share, r.Share) {
		return nil
	}
	w := writeRecord(&shared)
	w.IfMatch = etag
	_, err = d.put(ctx, w)
	if errors.Is(err, store.ErrChanged) {
		return &fault.Error{Kind: fault.Destination, Message: fmt.Sprintf("the record of version %d of layer %s changed while it was being updated", version, layer), Sentinel: store.ErrChanged,
			Hints: []string{"run the same command again"}}
	}
	return err
}

// checkReference rejects reference mode for a bucket that does not keep overwritten objects.
func (c *comparison) checkReference(ctx context.Context) error {
	if !c.w.Reference {
		return nil
	}
	refuse := func(message string, hints ...string) error {
		return &fault.Error{Kind: fault.Destination, Message: message, Subject: c.d.Objects.Location("").URI, Hints: hints}
	}
	versioning, ok := c.d.Objects.(store.Versioning)
	if !ok {
		return refuse("a local folder cannot store layers by reference", "remove --storage")
	}
	versioned, err := versioning.Versioned(ctx)
	if err != nil {
		return err
	}
	if !versioned {
		bucket := c.d.Objects.Location("").Bucket
		return refuse(fmt.Sprintf("storage = %q requires versioning, which is not enabled for bucket %s", "reference", bucket),
			"enable versioning: aws s3api put-bucket-versioning --bucket "+bucket+" --versioning-configuration Status=Enabled",
			"or let Lambda copy the zip: --storage copy")
	}
	return nil
}
