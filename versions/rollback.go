package versions

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// RollbackOptions are how a version is published again.
type RollbackOptions struct {
	Share     []store.Principal // who else may use the new version
	Reference bool              // as in publish.Want
	// Rebuild makes the zip from what is stored, if it is kept nowhere.
	Rebuild Rebuild
}

// Rebuild makes a version's zip again from what is stored beside it.
type Rebuild func(context.Context, publish.Stored) (Rebuilt, error)

// Rebuilt is a zip made again.
type Rebuilt struct {
	Path   string   // on disk
	SHA256 string   // hexadecimal
	From   string   // what it was made from: "uv.lock"
	Notes  []string // whole sentences
}

// Rollback publishes the very bytes of an older version as a new one, with its
// manifest and its record. The bytes are the zip that is stored, or what Lambda
// serves, or made again and compared. If the latest version has this content
// already, nothing is published.
func Rollback(ctx context.Context, d publish.Destination, layer, which string, o RollbackOptions) (*publish.Result, error) {
	v, _, err := d.Find(ctx, layer, which)
	if err != nil {
		return nil, err
	}
	stored, err := d.Stored(ctx, layer, v)
	if err != nil {
		return nil, err
	}
	want, err := publish.Again(layer, v, stored)
	if err != nil {
		return nil, err
	}
	scratch, err := scratchFolder()
	if err != nil {
		return nil, err
	}
	defer func() { _ = scratch.Remove() }()
	want.Share, want.Reference = o.Share, o.Reference
	want.Build = func(ctx context.Context) (publish.Artifact, error) {
		return find(ctx, d, layer, v, stored, scratch.Path, o.Rebuild)
	}
	plan, err := publish.Decide(ctx, d, want)
	if err != nil {
		return nil, err
	}
	return plan.Execute(ctx)
}

// find finds or makes the zip of version v.
func find(ctx context.Context, d publish.Destination, layer string, v store.LayerVersion, stored publish.Stored, scratch string, rebuild Rebuild) (publish.Artifact, error) {
	a := publish.ArtifactOf(v, stored.Record)
	zip, err := publish.FindUploaded(ctx, d, a)
	if err == nil || !errors.Is(err, store.ErrNotExist) {
		return zip, err
	}
	a.Path = filepath.Join(scratch, "layer.zip")
	notServed := download(ctx, d, layer, v, a)
	if notServed == nil {
		return a, nil
	}
	if ctx.Err() != nil {
		return a, notServed
	}
	say(d, event.Debug, v, "%v", notServed)
	rebuilt, err := rebuild(ctx, stored)
	if err == nil && rebuilt.SHA256 != a.SHA256 {
		err = fmt.Errorf("%s makes another zip: its sha256 is %s, that of version %d is %s", rebuilt.From, rebuilt.SHA256, v.Version, a.SHA256)
	}
	if err != nil {
		return a, &fault.Error{Kind: fault.Destination, Op: "find the zip of", Subject: v.ARN, Err: errors.New("it is stored nowhere, and cannot be had otherwise"),
			Details: []string{d.Objects.Location(publish.ZipKey(a.SHA256)).URI + " is not there", notServed.Error(), err.Error()},
			Hints:   []string{"functions can use the version itself: its ARN is " + v.ARN}}
	}
	say(d, event.Note, v, "its zip is made again from %s, to the byte", rebuilt.From)
	a.Path = rebuilt.Path
	return a, nil
}

// download saves what Lambda serves as version v to a.Path, and compares its digest.
func download(ctx context.Context, d publish.Destination, layer string, v store.LayerVersion, a publish.Artifact) error {
	body, err := d.Layers.Content(ctx, layer, v.Version)
	if err != nil {
		return err
	}
	return save(body, v.ARN, a)
}

// save writes body to a.Path and closes it. What is not a is refused.
func save(body io.ReadCloser, subject string, a publish.Artifact) error {
	defer body.Close()
	f, err := os.Create(a.Path)
	if err != nil {
		return &fault.Error{Kind: fault.Machine, Op: "write", Subject: a.Path, Err: err}
	}
	hash := sha256.New()
	size, err := io.Copy(io.MultiWriter(f, hash), body)
	if err := errors.Join(err, f.Close()); err != nil {
		return &fault.Error{Kind: fault.Destination, Op: "download", Subject: subject, Err: err, Hints: []string{"run the same command again"}}
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); sum != a.SHA256 {
		return &fault.Error{Kind: fault.Destination, Op: "download", Subject: subject,
			Err: fmt.Errorf("%d bytes came with the sha256 %s; the version has %d with %s", size, sum, a.Size, a.SHA256)}
	}
	return nil
}

func scratchFolder() (*outfile.Folder, error) {
	folder, err := outfile.MakeFolder("", "work")
	if err != nil {
		return nil, &fault.Error{Kind: fault.Machine, Op: "make", Subject: "a temporary folder", Err: err, Hints: []string{"export TMPDIR=/another/folder"}}
	}
	return folder, nil
}

func say(d publish.Destination, kind event.Kind, v store.LayerVersion, format string, args ...any) {
	d.Events.Emit(event.Event{Kind: kind, Op: "find", Subject: name(v), Message: name(v) + ": " + fmt.Sprintf(format, args...)})
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
