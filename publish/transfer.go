package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/delta"
	"github.com/lamella-build/lamella/layer/layerzip"
	"github.com/lamella-build/lamella/store"
)

// Transfer is the part of a zip that has to be uploaded. The rest is already at the
// destination, as the whole zip or as ranges of other zips that S3 copies.
type Transfer struct {
	Send  int64    `json:"send"`           // number of bytes that will be, or were, uploaded
	Total int64    `json:"total"`          // size of the zip in bytes
	From  []string `json:"from,omitempty"` // URIs of the zips that S3 copies the rest from

	parts []store.Part // nil if nothing is copied
}

// Transfer estimates how much Execute would upload, with a few small requests. It changes
// nothing. If it cannot find out, because something cannot be read, it returns the size of
// the whole zip. It returns an error only if ctx ends.
func (p *Plan) Transfer(ctx context.Context) (Transfer, error) {
	a := p.Artifact
	if p.destination == nil || a == nil || !p.Outcome.Publishes() {
		return Transfer{}, nil
	}
	t := Transfer{Total: a.Size}
	if a.Key != "" {
		return t, nil
	}
	d := *p.destination
	d.base = p.base()
	there, err := d.holds(ctx, *a)
	if err != nil {
		d.debugUpload(zipKey(a.SHA256), "cannot look for the zip: %v", err)
	}
	if there {
		return t, nil
	}
	return d.transfer(ctx, a.layout(), zipKey(a.SHA256), a.Size), ctx.Err()
}

// layout returns where the entries of the zip are, or nil if unknown.
func (a *Artifact) layout() []layerzip.Placed {
	if a.Path == "" {
		return a.Layout
	}
	f, err := os.Open(a.Path)
	if err != nil {
		return nil
	}
	defer f.Close()
	return layoutOf(f, a.Size)
}

// layoutOf reads the directory of a zip on disk. It returns nil if layerzip did not write
// the zip.
func layoutOf(zip io.ReaderAt, size int64) []layerzip.Placed {
	entries, err := layerzip.ReadDirectory(zip, size)
	if err != nil {
		return nil
	}
	return entries
}

// base returns the key of the newest version's zip, or "" if unknown.
func (p *Plan) base() string {
	if p.Record == nil || p.Record.Zip.SHA256 == "" {
		return ""
	}
	return zipKey(p.Record.Zip.SHA256)
}

// putZip stores a zip at key as t plans, and returns what was done.
func (d Destination) putZip(ctx context.Context, key string, body store.Body, t Transfer) (Transfer, error) {
	assembler, ok := d.Objects.(store.Assembler)
	if !ok || t.parts == nil {
		_, err := d.Objects.Put(ctx, key, body)
		if err == nil && ok && body.Size >= leavesParts {
			d.removeAbandoned(ctx)
		}
		return t, err
	}
	assembled, err := assembler.Assemble(ctx, key, body, t.parts)
	if err != nil {
		return t, err
	}
	d.removeAbandoned(ctx)
	if assembled.Refused != nil {
		d.debugUpload(key, "part of the zip was uploaded instead of copied: %v", assembled.Refused)
	}
	t.Send = min(body.Size-assembled.Copied+d.incoming.bytes(), body.Size)
	if assembled.Copied == 0 || len(t.From) == 0 {
		t.From = nil
		return t, nil
	}
	d.debugUpload(key, "uploaded %.1f of %.1f MB, copied the rest from %s", float64(t.Send)/1e6, float64(t.Total)/1e6, strings.Join(t.From, ", "))
	return t, nil
}

// transfer plans how to store a zip: the plan copies the parts that stored zips share with
// it, where that is less work than uploading them. Without a layout, or if the zips to copy
// from cannot be examined, the plan uploads the whole zip, which only takes longer.
func (d Destination) transfer(ctx context.Context, entries []layerzip.Placed, key string, size int64) Transfer {
	t := Transfer{Send: size, Total: size}
	limits := d.limits.WithDefaults()
	assembler, ok := d.Objects.(store.Assembler)
	if !ok || entries == nil || size < 2*limits.Smallest {
		return t
	}
	s := &sources{d: d, limits: limits, key: key, zip: delta.Zip{Entries: entries, Size: size}, best: size}
	if zip, from, ok := d.incoming.finish(ctx); ok {
		s.add(zip, from)
	}
	s.look(ctx, d.Objects, d.base, mostOwn)
	if s.best > max(2*limits.Smallest, size/4) {
		siblings, err := assembler.Siblings(ctx)
		if err != nil {
			d.debugUpload(key, "cannot look for similar zips of other layers: %v", err)
		}
		for _, sibling := range siblings {
			s.look(ctx, sibling, "", mostOfSibling)
		}
	}
	if s.best < size {
		t.Send, t.parts, t.From = s.best, s.parts, s.from()
	}
	return t
}

// leavesParts is the size in bytes from which zips are uploaded in parts. An interrupted
// upload leaves those parts behind.
const leavesParts = 16 << 20

const (
	mostOwn       = 3 // most zips of the layer itself to examine
	mostOfSibling = 1 // most zips of each sibling layer to examine

	usualTail   = 256 << 10 // bytes; holds the directory of about 2,500 entries
	largestTail = 16 << 20  // bytes
)

// sources are the stored zips, examined so far, to copy from.
type sources struct {
	d      Destination
	limits delta.Limits
	key    string // of the new zip
	zip    delta.Zip

	stored []delta.Zip
	ranges []store.Range // of each zip, with Offset 0
	best   int64         // bytes to upload with the best plan so far
	parts  []store.Part
}

// look examines the newest zips below a prefix, beginning with the one at base, until little
// is left to upload.
func (s *sources) look(ctx context.Context, home store.Objects, base string, most int) {
	reader, ok := home.(store.Assembler)
	if !ok || s.best <= 2*s.limits.Smallest {
		return
	}
	for _, key := range s.candidates(ctx, home, base, most) {
		if s.best <= 2*s.limits.Smallest || ctx.Err() != nil {
			return
		}
		entries, object, err := readDirectory(ctx, reader, key)
		if err != nil {
			s.d.debugUpload(s.key, "cannot copy from %s: %v", home.Location(key).URI, err)
			continue
		}
		s.add(delta.Zip{Entries: entries, Size: object.Size}, store.Range{Location: home.Location(key), ETag: object.ETag})
	}
}

// add adds another stored zip and plans again.
func (s *sources) add(zip delta.Zip, from store.Range) {
	s.stored = append(s.stored, zip)
	s.ranges = append(s.ranges, from)
	s.plan()
}

// candidates returns the keys of the zips below a prefix that may be worth copying from.
func (s *sources) candidates(ctx context.Context, home store.Objects, base string, most int) (keys []string) {
	if base != "" && base != s.key {
		keys = append(keys, base)
	}
	listed, err := home.List(ctx, Prefix+"zip/")
	if err != nil {
		s.d.debugUpload(s.key, "cannot list the zips of %s: %v", home.Location(Prefix+"zip/").URI, err)
	}
	slices.SortStableFunc(listed, func(a, b store.Listed) int { return b.Modified.Compare(a.Modified) })
	for _, object := range listed {
		if _, ok := ZipOf(object.Key); ok && object.Key != s.key && object.Key != base && object.Size > s.limits.Smallest {
			keys = append(keys, object.Key)
		}
	}
	return keys[:min(len(keys), most)]
}

// readDirectory reads the directory of a stored zip from its end.
func readDirectory(ctx context.Context, home store.Assembler, key string) ([]layerzip.Placed, store.Object, error) {
	length, etag := int64(usualTail), ""
	for {
		tail, object, err := home.Tail(ctx, key, length)
		if err != nil {
			return nil, object, err
		}
		if cmp.Or(etag, object.ETag) != object.ETag {
			return nil, object, store.ErrChanged
		}
		entries, err := layerzip.Directory(tail, object.Size)
		short, ok := errors.AsType[*layerzip.TailError](err)
		if !ok || short.Need <= length || short.Need > largestTail {
			return entries, object, err
		}
		length, etag = short.Need, object.ETag
	}
}

// plan divides the zip into parts to copy and to upload.
func (s *sources) plan() {
	parts := delta.Plan(s.zip, s.stored, s.limits)
	s.best, s.parts = delta.Sent(parts), nil
	for _, p := range parts {
		part := store.Part{Size: p.Size}
		if p.Source != delta.Send {
			from := s.ranges[p.Source]
			from.Offset = p.Offset
			part.From = &from
		}
		s.parts = append(s.parts, part)
	}
}

// from returns the URIs of the zips that parts are copied from. What this run sent to a
// temporary object counts as uploaded.
func (s *sources) from() (uris []string) {
	for _, p := range s.parts {
		if p.From != nil && p.From.Location.URI != s.d.incoming.uri() && !slices.Contains(uris, p.From.Location.URI) {
			uris = append(uris, p.From.Location.URI)
		}
	}
	return uris
}

func (d Destination) debugUpload(subject, format string, args ...any) {
	d.Events.Emit(event.Event{Kind: event.Debug, Op: "upload", Subject: subject, Message: fmt.Sprintf(format, args...)})
}
