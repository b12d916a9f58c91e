package lamella

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/wheel"
)

// examine checks a wheel that is to have the hash d, and keeps what it saw, by
// which every later build knows whether the cached file is still what it was.
func (w *work) examine(d digest.Digest, r io.ReaderAt, size int64) error {
	facts, err := wheel.Examine(r, size)
	if facts == nil {
		return err
	}
	return errors.Join(err, w.cache.PutFact(factsKey(d), facts))
}

func factsKey(d digest.Digest) string { return "wheel\n" + string(d) }

// facts returns what is known of the cached wheel at path, which is called file
// and has the hash d. Where that is missing or damaged itself, the wheel is hashed
// and examined anew.
func (w *work) facts(ctx context.Context, path, file string, d digest.Digest) (*wheel.Facts, error) {
	facts := new(wheel.Facts)
	if w.cache.Fact(factsKey(d), facts) {
		return facts, nil
	}
	sound, err := w.cache.Check(ctx, d)
	if err != nil {
		return nil, err
	}
	if !sound {
		return nil, &layer.Damaged{Name: file, Err: errors.New("its hash is another by now")}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Machine, Op: "open wheel", Subject: file, Err: err}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, &fault.Error{Kind: fault.Machine, Op: "open wheel", Subject: file, Err: err}
	}
	if facts, err = wheel.Examine(f, info.Size()); facts == nil {
		return nil, err
	}
	return facts, w.cache.PutFact(factsKey(d), facts)
}

// sound hashes a cached wheel if there is a reason to. One that is not what it
// was is removed, to be fetched or built again, and the user is told.
func (w *work) sound(ctx context.Context, d digest.Digest, file string) error {
	if _, there := w.cache.Wheel(d); !there || !w.suspicious {
		return nil
	}
	sound, err := w.cache.Check(ctx, d)
	if err == nil && !sound {
		w.env.Events.Emit(event.Event{Kind: event.Warn, Op: "download", Subject: file,
			Message: fmt.Sprintf("%s was damaged in the cache and is removed; it is fetched or built again.", file)})
	}
	return err
}

// tries is how often a layer is composed while its wheels turn out to be damaged:
// another process may be mending the same cache.
const tries = 3

// mend has compose try again when it met a wheel that is damaged, with all wheels
// hashed first and the damaged ones replaced.
func (w *work) mend(compose func() (*Built, error)) (*Built, error) {
	for n := 1; ; n++ {
		b, err := compose()
		if !errors.As(err, new(*layer.Damaged)) {
			return b, err
		}
		if n == tries {
			return nil, &fault.Error{Kind: fault.Machine, Op: "compose", Subject: "layer", Err: err, Hints: []string{
				"what was read is not what was written: this machine's disk, network folder or memory is failing",
			}}
		}
		w.env.Events.Emit(event.Event{Kind: event.Debug, Op: "compose", Subject: w.path, Message: err.Error()})
		w.suspicious = true
	}
}
