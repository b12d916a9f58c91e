package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// share grants the use of a version. A statement that is there already was
// granted before.
func (d Destination) share(ctx context.Context, layer string, version int64, with []store.Principal) error {
	for _, principal := range with {
		err := d.Layers.Grant(ctx, layer, version, principal.Grant())
		if err != nil && !errors.Is(err, store.ErrExist) {
			return err
		}
	}
	return nil
}

// keepShared has the latest version, which stays, shared with those whom its
// record does not name. Of a version without a record it is not known who may
// use it; to find out would cost each run a request.
func (c *comparison) keepShared() error {
	record := c.stored.record
	if i := slices.IndexFunc(c.plan.Writes, c.isRecord); i >= 0 && record == nil { // a new one, that names all of them
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
	c.note("version %d is shared with %s as well", c.plan.Latest.Version, joined(missing))
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

func joined(principals []store.Principal) string {
	var words []string
	for _, p := range principals {
		words = append(words, string(p))
	}
	return strings.Join(words, ", ")
}

// RecordShare notes in the record of a version, if it has one, with whom lamella
// shares it: with those added and no longer with those removed.
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
		return &fault.Error{Kind: fault.Destination, Message: fmt.Sprintf("the record of version %d of layer %s changed while it was being updated", version, layer), Sentinel: store.ErrChanged}
	}
	return err
}

// checkReference refuses to have Lambda refer to an object that its bucket would
// lose, were it overwritten.
func (c *comparison) checkReference(ctx context.Context) error {
	if !c.w.Reference {
		return nil
	}
	at := c.d.Objects.Location("").URI
	refuse := func(why string, hints ...string) error {
		return &fault.Error{Kind: fault.Destination, Op: "refer to", Subject: at, Err: errors.New(why), Hints: hints}
	}
	versioning, ok := c.d.Objects.(store.Versioning)
	if !ok {
		return refuse("versions in a folder are copies", "leave --storage out")
	}
	versioned, err := versioning.Versioned(ctx)
	if err != nil {
		return err
	}
	if !versioned {
		bucket := c.d.Objects.Location("").Bucket
		return refuse(fmt.Sprintf("the bucket %s does not keep versions of its objects, which reference mode needs", bucket),
			"switch it on: aws s3api put-bucket-versioning --bucket "+bucket+" --versioning-configuration Status=Enabled",
			"or have Lambda keep copies: --storage copy")
	}
	return nil
}
