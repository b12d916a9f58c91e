package sdist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/resolve"
)

// build is the record of a build in a shared cache: the wheel that was built, and what it
// was built from and with.
type build struct {
	Of []string `json:"of"` // the lines of the builder's key
	fact
}

// sharedKey returns the key of d's build in a shared cache, or "" if the build is not
// shared. Only builds of files are shared: for a git repository or a folder, the key may
// not contain everything that matters.
func (b *Builder) sharedKey(d *resolve.Distribution) string {
	if b.Shared == nil || d.File.Name == "" || d.Hash == "" {
		return ""
	}
	return shared.Built + digest.SHA256([]byte(b.key(d))).Hex() + ".json"
}

// portable reports whether any machine with the same tool would build the same wheel.
// Machine code depends on the machine's compiler and libraries, unless it is built in an
// image.
func (b *Builder) portable(name string) bool {
	return b.Contained || strings.HasSuffix(name, "-none-any.whl")
}

// share puts a wheel that was just built into the shared cache.
func (b *Builder) share(d *resolve.Distribution, w Wheel) {
	key := b.sharedKey(d)
	if key == "" || !b.portable(w.Name) {
		return
	}
	record, err := json.Marshal(build{strings.Split(b.key(d), "\n"), fact{w.Name, w.Hash}})
	if err != nil {
		return
	}
	b.Shared.PutFile(shared.WheelKey(w.Hash), w.Path)
	b.Shared.PutBytes(key, record)
}

// fromShared fetches the wheel of d from the shared cache, and reports whether it was
// there. It checks the wheel like one that was built here.
func (b *Builder) fromShared(ctx context.Context, d *resolve.Distribution) (w Wheel, found bool, err error) {
	key := b.sharedKey(d)
	if key == "" {
		return w, false, nil
	}
	var record build
	found, err = b.Shared.Get(ctx, key, bound.PageItem, func(r io.Reader, _ int64) error {
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(data, &record); err != nil {
			return shared.Wrong(err)
		}
		if _, err := digest.Parse(string(record.Hash)); err != nil || record.Hash.Algorithm() != "sha256" || strings.Join(record.Of, "\n") != b.key(d) || !b.portable(record.Name) {
			return shared.Wrong(errors.New("it belongs to another build"))
		}
		return nil
	})
	if !found || err != nil {
		return w, false, err
	}
	w = Wheel{Name: record.Name, Hash: record.Hash}
	if w.Path, found, err = b.wheelFromShared(ctx, d, key, w); !found || err != nil {
		return w, false, err
	}
	b.Events.Emit(event.Event{Kind: event.Debug, Op: "build", Subject: describe(d),
		Message: fmt.Sprintf("%s was built on another machine by %s", describe(d), b.Tool.Identity())})
	return w, true, b.Cache.PutFact(b.key(d), record.fact)
}

// wheelFromShared fetches the wheel in the record at key.
func (b *Builder) wheelFromShared(ctx context.Context, d *resolve.Distribution, key string, w Wheel) (path string, found bool, err error) {
	var refused error
	found, err = b.Shared.Get(ctx, shared.WheelKey(w.Hash), bound.Wheel, func(r io.Reader, _ int64) (err error) {
		path, err = b.Cache.AddWheel(ctx, w.Hash, r, func(r io.ReaderAt, size int64) error {
			refused = b.checkWheel(d, w.Name, r, size)
			return refused
		})
		if refused == nil && errors.As(err, new(*cache.Mismatch)) {
			return shared.Wrong(err)
		}
		return err
	})
	if refused != nil { // the wheel is the recorded one, but does not belong to d
		b.Shared.Refuse(key, refused)
		return "", false, nil
	}
	return path, found, err
}
