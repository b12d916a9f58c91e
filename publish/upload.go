package publish

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// Names of the zip's metadata.
const (
	metaManifest = "manifest_md5" // MD5 of the manifest it was first built from
	metaInputs   = "inputs"       // Artifact.Inputs
	metaSHA256   = "sha256"       // of the zip, hexadecimal
)

// Uploaded is a zip at the destination.
type Uploaded struct {
	Artifact        // with its Key
	URI      string // s3://bucket/key, or a path
	Sent     bool   // false: it was there already
}

// Upload sends a zip on disk to layer/zip/<sha256>.zip. One that is there
// already is not sent again, one without a file in it not at all. m is the manifest
// that it was built from.
func Upload(ctx context.Context, d Destination, a Artifact, m Manifest) (Uploaded, error) {
	if err := a.check(); err != nil {
		return Uploaded{}, err
	}
	key := zipKey(a.SHA256)
	up := Uploaded{Artifact: a, URI: d.Objects.Location(key).URI}
	up.Key = key
	there, err := d.holds(ctx, a)
	if there {
		d.Relay.found(a.SHA256, d.Objects.Location(key))
	}
	if err != nil || there {
		return up, err
	}
	err = d.Relay.deliver(ctx, d, a, m)
	if errors.Is(err, store.ErrExist) {
		// Another process was faster, or the answer to our own request was lost.
		there, err = d.holds(ctx, a)
		if err == nil && !there {
			err = &fault.Error{Kind: fault.Destination, Op: "upload", Subject: up.URI, Err: errors.New("it came and went while it was uploaded"), Hints: []string{"lamella upload"}}
		}
		return up, err
	}
	up.Sent = err == nil
	return up, err
}

// holds reports whether the zip is at its key, and refuses what is there in its place.
func (d Destination) holds(ctx context.Context, a Artifact) (bool, error) {
	key := zipKey(a.SHA256)
	object, err := d.Objects.Head(ctx, key)
	if errors.Is(err, store.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	sum := object.Metadata[metaSHA256]
	if object.SHA256 != nil {
		sum = hex.EncodeToString(object.SHA256)
	}
	uri := d.Objects.Location(key).URI
	if object.Size != a.Size || sum != "" && sum != a.SHA256 {
		return false, &fault.Error{Kind: fault.Destination, Op: "upload", Subject: uri,
			Err:   fmt.Errorf("another object is there: %d bytes, sha256 %s; the zip has %d bytes", object.Size, sum, a.Size),
			Hints: []string{"remove it: " + uri, "then: lamella upload"}}
	}
	d.Events.Emit(event.Event{Kind: event.Debug, Op: "upload", Subject: filepath.Base(key), Message: uri + " is there already"})
	return true, nil
}

func (d Destination) send(ctx context.Context, key string, a Artifact, m Manifest) error {
	f, err := os.Open(a.Path)
	if err != nil {
		return &fault.Error{Kind: fault.Machine, Op: "upload", Subject: a.Path, Err: err, Hints: []string{"lamella build"}}
	}
	defer f.Close()
	sum, err := verify(f, a)
	if err != nil {
		return &fault.Error{Kind: fault.Machine, Op: "upload", Subject: a.Path, Err: err, Hints: []string{"lamella build"}}
	}
	e := event.Event{Op: "upload", Subject: filepath.Base(a.Path), Total: a.Size}
	emit := func(kind event.Kind, done int64) {
		e.Kind, e.Done = kind, done
		d.Events.Emit(e)
	}
	emit(event.Begin, 0)
	err = d.sendZip(ctx, key, f, store.Body{
		Reader: f, Size: a.Size, SHA256: sum, ContentType: "application/zip", IfAbsent: true, Multipart: true,
		Metadata: map[string]string{metaManifest: m.MD5(), metaInputs: string(a.Inputs), metaSHA256: a.SHA256},
		Progress: func(done int64) { emit(event.Progress, done) },
	})
	if err == nil {
		emit(event.End, a.Size)
	}
	return err
}

// verify reads the file once more before it is sent: a wrong zip under the
// digest of the right one would stay there for good.
func verify(f io.Reader, a Artifact) ([]byte, error) {
	hash := sha256.New()
	n, err := io.Copy(hash, f)
	if err != nil {
		return nil, err
	}
	sum := hash.Sum(nil)
	if n != a.Size || hex.EncodeToString(sum) != a.SHA256 {
		return nil, errors.New("the zip is not the one that was built: it was changed since")
	}
	return sum, nil
}

// FindUploaded returns a, a zip that was built before, at its place at the
// destination. It is for publishing without building, and refuses what Upload
// has not put there.
func FindUploaded(ctx context.Context, d Destination, a Artifact) (Artifact, error) {
	there, err := d.holds(ctx, a)
	if err != nil {
		return Artifact{}, err
	}
	if !there {
		return Artifact{}, absent(d, zipKey(a.SHA256))
	}
	a.Key = zipKey(a.SHA256)
	return a, nil
}

// FindStaged returns layer/layer.zip, where other tools put a zip, if its
// metadata says that it was built from m. Its digest may not be known.
func FindStaged(ctx context.Context, d Destination, m Manifest) (Artifact, error) {
	object, err := d.Objects.Head(ctx, stagedKey)
	if errors.Is(err, store.ErrNotExist) {
		return Artifact{}, absent(d, stagedKey)
	}
	if err != nil {
		return Artifact{}, err
	}
	if of := object.Metadata[metaManifest]; of != m.MD5() {
		if of == "" {
			of = "not stated"
		}
		return Artifact{}, &fault.Error{Kind: fault.Destination, Op: "publish", Subject: d.Objects.Location(stagedKey).URI,
			Err:   fmt.Errorf("it was built from another manifest: its manifest_md5 is %s, the MD5 of %s is %s", of, m.Name, m.MD5()),
			Hints: []string{"lamella upload"}}
	}
	a := Artifact{Key: stagedKey, Size: object.Size}
	if object.SHA256 != nil {
		a.SHA256 = hex.EncodeToString(object.SHA256)
	}
	return a, nil
}

func absent(d Destination, key string) error {
	return &fault.Error{Kind: fault.Destination, Op: "publish", Subject: d.Objects.Location(key).URI,
		Err: fmt.Errorf("the zip is not there: it %w", store.ErrNotExist), Hints: []string{"lamella upload"}}
}
