package publish

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// The keys of the state in a layer's home. docs/s3-layout.md describes them.
const stagedKey = "layer/layer.zip"

func zipKey(sha256 string) string { return "layer/zip/" + sha256 + ".zip" }

func manifestKey(version int64, name string) string {
	return fmt.Sprintf("layer/%06d/%s", version, name)
}

func recordKey(version int64) string { return manifestKey(version, "lamella.json") }

// state is what is stored beside one version.
type state struct {
	manifest  []byte  // nil if there is none by the name asked for
	record    *Record // nil if there is none
	recordTag string  // its ETag
}

// load reads the state of a version in two requests at once.
func (d Destination) load(ctx context.Context, version int64, manifest string) (state, error) {
	var s state
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		s.manifest, _, err = d.get(ctx, manifestKey(version, manifest))
		return err
	})
	group.Go(func() (err error) {
		s.record, s.recordTag, err = d.record(ctx, version)
		return err
	})
	return s, group.Wait()
}

// record reads a version's record, with its ETag; nil if there is none.
func (d Destination) record(ctx context.Context, version int64) (r *Record, etag string, err error) {
	data, etag, err := d.get(ctx, recordKey(version))
	if err != nil || data == nil {
		return nil, "", err
	}
	r, err = parseRecord(data)
	if err != nil {
		at := d.Objects.Location(recordKey(version)).URI
		hint := "remove it, the next run writes it again: " + at
		if errors.Is(err, errNewerSchema) {
			hint = "use a newer version of lamella"
		}
		return nil, "", &fault.Error{Kind: fault.Destination, Op: "read", Subject: at, Err: err, Hints: []string{hint}}
	}
	return r, etag, nil
}

// get reads an object; nil if there is none, never nil if there is one.
func (d Destination) get(ctx context.Context, key string) (data []byte, etag string, err error) {
	data, object, err := d.Objects.Get(ctx, key)
	if errors.Is(err, store.ErrNotExist) {
		return nil, "", nil
	}
	if err == nil && data == nil {
		data = []byte{}
	}
	return data, object.ETag, err
}

func writeManifest(version int64, m Manifest) Write {
	return Write{Key: manifestKey(version, m.Name), ContentType: "text/plain", Data: m.Data}
}

func writeRecord(r *Record) Write {
	return Write{Key: recordKey(r.Version), ContentType: "application/json", Data: r.encode()}
}

// check refuses a Want that could not be carried out, before any request.
func (w Want) check() error {
	refuse := func(hint, format string, args ...any) error {
		return &fault.Error{Kind: fault.Usage, Op: "publish", Subject: "layer " + w.Layer, Err: fmt.Errorf(format, args...), Hints: []string{hint}}
	}
	if err := checkManifestName(w.Manifest.Name); err != nil {
		return refuse("name the lock file: --lock FILE", "%w", err)
	}
	switch w.Detect {
	case "", DetectContent, DetectManifest, detectBytes:
	default:
		return refuse("--detect content, or --detect manifest", "unknown way %q to detect changes", w.Detect)
	}
	for _, p := range w.Share {
		if _, err := store.ParsePrincipal(string(p)); err != nil {
			return err
		}
	}
	return store.Check(w.publication(store.Location{}))
}

func checkManifestName(name string) error {
	if !fs.ValidPath(name) || strings.ContainsAny(name, `/\`) || name == "." || name == "lamella.json" {
		return fmt.Errorf("%q cannot be the name of a manifest", name)
	}
	return nil
}

func (w Want) publication(at store.Location) store.Publication {
	return store.Publication{
		Name: w.Layer, Content: at, Description: w.Description, License: w.License,
		Runtimes: w.Runtimes, Architectures: w.Architectures, Reference: w.Reference,
	}
}
