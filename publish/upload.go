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
	metaManifest = "manifest_md5" // MD5 of the manifest that the zip was first built from
	metaInputs   = "inputs"       // Artifact.Inputs
	metaSHA256   = "sha256"       // SHA-256 of the zip, hexadecimal
)

// Uploaded is a zip at the destination.
type Uploaded struct {
	Artifact          // its Key is set
	URI      string   // s3://bucket/key, or a path
	Sent     bool     // false if the zip already existed
	Transfer Transfer // how much of the zip was uploaded
}

// Upload uploads the zip a.Path to layer/zip/<sha256>.zip, unless it is already there. m is
// the lock file that the zip was built from. Upload returns an error for a zip without
// files.
func Upload(ctx context.Context, d Destination, a Artifact, m Manifest) (Uploaded, error) {
	if err := a.check(); err != nil {
		return Uploaded{}, err
	}
	key := zipKey(a.SHA256)
	up := Uploaded{Artifact: a, URI: d.Objects.Location(key).URI}
	up.Key, up.Transfer.Total = key, a.Size
	there, err := d.holds(ctx, a)
	if there {
		d.Copies.add(a.SHA256, d.Objects.Location(key))
	}
	if err != nil || there {
		return up, err
	}
	t, err := d.Copies.copyOrUpload(ctx, d, a, m)
	if errors.Is(err, store.ErrExist) {
		// Another process was faster, or our own request succeeded but its response was
		// lost.
		there, err = d.holds(ctx, a)
		if err == nil && !there {
			err = &fault.Error{Kind: fault.Destination, Subject: up.URI,
				Message: "another process created and deleted " + up.URI + " during the upload", Hints: []string{"upload the zip again: lamella upload"}}
		}
		return up, err
	}
	up.Sent, up.Transfer = err == nil, t
	return up, err
}

// holds reports whether the zip is stored at its key. Any other object there is an error.
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
	found := "an unknown SHA-256"
	if sum != "" {
		found = "the SHA-256 " + sum
	}
	uri := d.Objects.Location(key).URI
	if object.Size != a.Size || sum != "" && sum != a.SHA256 {
		return false, &fault.Error{Kind: fault.Destination, Subject: uri,
			Message: fmt.Sprintf("%s is not the layer's zip: the object has %d bytes and %s, but the layer's zip has %d bytes and the SHA-256 %s", uri, object.Size, found, a.Size, a.SHA256),
			Hints:   []string{"replace the object: " + removal(uri) + " && lamella upload"}}
	}
	d.Events.Emit(event.Event{Kind: event.Debug, Op: "upload", Subject: filepath.Base(key), Message: uri + " already exists"})
	return true, nil
}

// uploadZip uploads the zip a.Path to key and emits progress events, which count what is
// uploaded but not what S3 copies.
func (d Destination) uploadZip(ctx context.Context, key string, a Artifact, m Manifest) (Transfer, error) {
	f, err := os.Open(a.Path)
	if err != nil {
		return Transfer{}, errUnreadable(a, err)
	}
	defer f.Close()
	sum, err := verify(f, a)
	if err != nil {
		return Transfer{}, err
	}
	t := d.transfer(ctx, layoutOf(f, a.Size), key, a.Size)
	e := event.Event{Op: "upload", Subject: filepath.Base(a.Path)}
	emit := func(kind event.Kind, done, total int64) {
		e.Kind, e.Done, e.Total = kind, done, max(done, total)
		d.Events.Emit(e)
	}
	emit(event.Begin, 0, t.Send)
	done, err := d.putZip(ctx, key, store.Body{
		Reader: f, Size: a.Size, SHA256: sum, ContentType: "application/zip", IfAbsent: true, Multipart: true,
		Metadata: map[string]string{metaManifest: m.MD5(), metaInputs: string(a.Inputs), metaSHA256: a.SHA256},
		Progress: func(done int64) { emit(event.Progress, done, t.Send) },
	}, t)
	if err == nil {
		emit(event.End, done.Send, done.Send)
	}
	return done, err
}

// verify reads the file before it is uploaded: a wrong zip stored under this digest would
// remain there forever.
func verify(f io.Reader, a Artifact) ([]byte, error) {
	hash := sha256.New()
	n, err := io.Copy(hash, f)
	if err != nil {
		return nil, errUnreadable(a, err)
	}
	sum := hash.Sum(nil)
	if n != a.Size || hex.EncodeToString(sum) != a.SHA256 {
		return nil, &fault.Error{Kind: fault.Machine, Subject: a.Path, Message: a.Path + " was modified after it was built", Hints: []string{"build the layer again: lamella build"}}
	}
	return sum, nil
}

// errUnreadable reports that the zip on disk cannot be read.
func errUnreadable(a Artifact, err error) error {
	return &fault.Error{Kind: fault.Machine, Subject: a.Path, Message: "cannot read " + a.Path, Err: err, Hints: []string{"build the layer again: lamella build"}}
}

// FindUploaded returns the zip a, which was built before, with its Key set. It serves to
// publish without building. The error wraps store.ErrNotExist if Upload has not stored the
// zip.
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

// FindStaged returns the zip at layer/layer.zip, where other tools store it, if its metadata
// says that it was built from m. The SHA256 of the result may be "".
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
			of = "missing"
		}
		uri := d.Objects.Location(stagedKey).URI
		return Artifact{}, &fault.Error{Kind: fault.Destination, Subject: uri,
			Message: fmt.Sprintf("%s was not built from %s: its manifest_md5 is %s, but the MD5 of %s is %s", uri, m.Name, of, m.Name, m.MD5()),
			Hints:   []string{"build and upload the zip again: lamella build && lamella upload"}}
	}
	a := Artifact{Key: stagedKey, Size: object.Size}
	if object.SHA256 != nil {
		a.SHA256 = hex.EncodeToString(object.SHA256)
	}
	return a, nil
}

// absent reports that no zip is stored at key.
func absent(d Destination, key string) error {
	uri := d.Objects.Location(key).URI
	return &fault.Error{Kind: fault.Destination, Subject: uri, Sentinel: store.ErrNotExist,
		Message: "the layer's zip has not been uploaded to " + uri, Hints: []string{"upload the zip: lamella upload"}}
}
