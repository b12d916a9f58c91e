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

// state is what is stored beside one version.
type state struct {
	manifest  []byte  // nil if there is none with the wanted name
	record    *Record // nil if there is none
	recordTag string  // its ETag
}

// load reads the state of a version in two concurrent requests.
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

// record returns a version's record and its ETag, or nil if there is no record.
func (d Destination) record(ctx context.Context, version int64) (r *Record, etag string, err error) {
	data, etag, err := d.get(ctx, recordKey(version))
	if err != nil || data == nil {
		return nil, "", err
	}
	r, err = parseRecord(data)
	if err != nil {
		at := d.Objects.Location(recordKey(version)).URI
		hint := "delete the record (the next lamella deploy will recreate it): " + removal(at)
		if errors.Is(err, errNewerSchema) {
			hint = "upgrade lamella"
		}
		return nil, "", &fault.Error{Kind: fault.Destination, Message: fmt.Sprintf("cannot read %s, the record of version %d", at, version), Subject: at, Err: err, Hints: []string{hint}}
	}
	return r, etag, nil
}

func writeManifest(version int64, m Manifest) Write {
	return Write{Key: manifestKey(version, m.Name), ContentType: "text/plain", Data: m.Data}
}

func writeRecord(r *Record) Write {
	return Write{Key: recordKey(r.Version), ContentType: "application/json", Data: r.encode()}
}

// check rejects a Want that cannot be carried out, before any request is sent.
func (w Want) check() error {
	if name := w.Manifest.Name; !validManifestName(name) {
		message := fmt.Sprintf("a lock file named %q cannot be stored with the layer because its name must be a file name without a path", name)
		if name == recordName {
			message = fmt.Sprintf("a lock file cannot be named %q, because lamella stores its own record of each version under that name", name)
		}
		return &fault.Error{Kind: fault.Usage, Subject: name, Message: message, Hints: []string{"rename the lock file, or choose another one: --lock FILE"}}
	}
	switch w.Detect {
	case "", DetectContent, DetectManifest, detectBytes:
	default:
		return &fault.Error{Kind: fault.Usage, Subject: string(w.Detect),
			Message: fmt.Sprintf("unknown change detection method %q", w.Detect), Hints: []string{"compare the content: --detect content", "or compare the lock file: --detect manifest"}}
	}
	for _, p := range w.Share {
		if _, err := store.ParsePrincipal(string(p)); err != nil {
			return err
		}
	}
	return store.Check(w.publication(store.Location{}))
}

// validManifestName reports whether a lock file may be stored under name.
func validManifestName(name string) bool {
	return fs.ValidPath(name) && !strings.ContainsAny(name, `/\`) && name != "." && name != recordName
}

func (w Want) publication(at store.Location) store.Publication {
	return store.Publication{
		Name: w.Layer, Content: at, Description: w.Description, License: w.License,
		Runtimes: w.Runtimes, Architectures: w.Architectures, Reference: w.Reference,
	}
}
