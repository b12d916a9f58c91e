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
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// RollbackOptions configure a rollback.
type RollbackOptions struct {
	Share     []store.Principal // who else may use the new version
	Reference bool              // as in publish.Want
	// Rebuild rebuilds the zip if it is no longer stored.
	Rebuild Rebuild
}

// Rebuild rebuilds a version's zip from the state stored beside it.
type Rebuild func(context.Context, publish.Stored) (Rebuilt, error)

// Rebuilt is a rebuilt zip.
type Rebuilt struct {
	Path   string   // on disk
	SHA256 string   // hexadecimal
	From   string   // what the zip was built from, such as "uv.lock"
	Notes  []string // whole sentences
}

// Rollback publishes an older version again as a new version, with the same zip, lock file,
// and record. It uses the stored zip, downloads the zip from Lambda, or rebuilds the zip and
// compares it. If the latest version already has this content, nothing is published.
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
	scratch, err := outfile.MakeWorkFolder()
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

// find gets or rebuilds the zip of version v.
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
		err = fmt.Errorf("the SHA-256 of the zip rebuilt from %s is %s, but that of version %d is %s", rebuilt.From, rebuilt.SHA256, v.Version, a.SHA256)
	}
	if err != nil {
		return a, &fault.Error{Kind: fault.Destination, Subject: v.ARN,
			Message: fmt.Sprintf("the zip of version %d is not stored and could not be downloaded or rebuilt", v.Version),
			Details: []string{d.Objects.Location(publish.ZipKey(a.SHA256)).URI + " does not exist", notServed.Error(), err.Error()},
			Hints:   []string{"use the version itself in your functions: " + v.ARN}}
	}
	say(d, event.Note, v, "rebuilt its zip from %s, byte for byte", rebuilt.From)
	a.Path = rebuilt.Path
	return a, nil
}

// download saves the zip of version v from Lambda as a.Path and verifies its digest.
func download(ctx context.Context, d publish.Destination, layer string, v store.LayerVersion, a publish.Artifact) error {
	body, err := d.Layers.Content(ctx, layer, v.Version)
	if err != nil {
		return err
	}
	return save(body, v.ARN, a)
}

// save writes body to a.Path, verifies that the result is a, and closes body.
func save(body io.ReadCloser, subject string, a publish.Artifact) error {
	defer body.Close()
	f, err := os.Create(a.Path)
	if err != nil {
		return &fault.Error{Kind: fault.Machine, Message: "cannot write " + a.Path, Subject: a.Path, Err: err}
	}
	hash := sha256.New()
	size, err := io.Copy(io.MultiWriter(f, hash), bound.Reader(body, a.Size, "the zip of this version"))
	err = errors.Join(err, f.Close())
	if errors.As(err, new(*bound.Exceeded)) {
		return &fault.Error{Kind: fault.Destination, Subject: subject, Sentinel: err,
			Message: fmt.Sprintf("the download of %s is larger than the expected %d bytes", subject, a.Size),
			Hints:   []string{"run the same command again"}}
	}
	if err != nil {
		return &fault.Error{Kind: fault.Destination, Message: "the download of " + subject + " failed", Subject: subject, Err: err, Hints: []string{"run the same command again"}}
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); sum != a.SHA256 {
		return &fault.Error{Kind: fault.Destination, Subject: subject,
			Message: fmt.Sprintf("the download of %s is %d bytes with the SHA-256 %s, but should be %d bytes with the SHA-256 %s", subject, size, sum, a.Size, a.SHA256),
			Hints:   []string{"run the same command again"}}
	}
	return nil
}

// say emits an event about version v.
func say(d publish.Destination, kind event.Kind, v store.LayerVersion, format string, args ...any) {
	d.Events.Emit(event.Event{Kind: kind, Op: "find", Subject: name(v), Message: name(v) + ": " + fmt.Sprintf(format, args...)})
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
