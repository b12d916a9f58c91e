// Package layerzip writes a layer's entries as a zip whose bytes depend on
// nothing but the entries: not on the machine, the clock, the order in which
// wheels arrived or the version of Go.
//
// Entries come compressed and are copied as they are, so writing a layer costs
// what copying a file and hashing it costs. One goroutine fills buffers and
// writes them, another computes the SHA-256; memory is a few buffers, whatever
// the layer's size.
//
// # The format
//
// Local headers with their data, sorted by name (bytewise); the central
// directory in the same order; the end record. Nothing else: no extra fields,
// no data descriptors, no comments, no entries for folders. Every time is
// 1980-01-01 00:00, the first that a zip can state. Modes are 0100644 or
// 0100755, "made by" Unix, version 2.0 to extract. The UTF-8 flag is set only
// on names that are not ASCII, where it matters: that is also what Python's
// zipfile does. From 65,535 entries on, zip64 end records are added, as the 16
// bits of the plain one do not suffice.
//
// The writer is our own and not archive/zip because the format is part of
// lamella's promise (a change of one bit publishes every layer anew) and
// because it makes the size known before the first byte is written.
package layerzip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/layer"
)

// Summary describes a zip that was written.
type Summary struct {
	SHA256   digest.Digest // of the zip's bytes; Lambda's CodeSha256 in base64
	Size     int64         // bytes of the zip
	Unzipped int64         // bytes of all files unzipped, what Lambda limits
	Entries  int           // files
}

// Write writes entries to w as a zip. They may come in any order; they are not
// changed. No entry at all (layer.ErrEmpty), or a name that is unsound or there twice, is a
// fault.Error of kind Layer; a failure to read a source or to write, of kind
// Machine, and it wraps a *layer.Damaged if a source is not what it was. Write stops
// within one buffer of ctx being cancelled and returns its error. What was
// written by then is no zip; [WriteFile] leaves nothing behind.
//
// It reports to events as Op "compose", Subject "layer.zip".
func Write(ctx context.Context, w io.Writer, entries []layer.Entry, events event.Sink) (Summary, error) {
	return write(ctx, w, entries, events, "layer.zip")
}

func write(ctx context.Context, w io.Writer, entries []layer.Entry, events event.Sink, subject string) (Summary, error) {
	l, err := plan(entries)
	if err != nil {
		return Summary{}, &fault.Error{Kind: fault.Layer, Op: "compose", Subject: subject, Err: err}
	}
	report := event.Event{Kind: event.Begin, Op: "compose", Subject: subject, Total: l.size}
	events.Emit(report)
	p := startPipe(ctx, w, func(done int64) {
		report.Kind, report.Done = event.Progress, done
		events.Emit(report)
	})
	err = l.writeTo(p)
	sum, err := p.finish(err)
	if err != nil {
		if ctx.Err() != nil {
			return Summary{}, ctx.Err()
		}
		return Summary{}, &fault.Error{Kind: fault.Machine, Op: "compose", Subject: subject, Err: err, Hints: hints(err)}
	}
	report.Kind, report.Done = event.End, l.size
	events.Emit(report)
	return Summary{SHA256: digest.Of("sha256", sum), Size: l.size, Unzipped: l.unzipped, Entries: len(l.entries)}, nil
}

// hints tells a source that changed since it was opened from a destination
// that cannot be written.
func hints(err error) []string {
	var source *layer.Damaged
	if errors.As(err, &source) {
		return []string{"run the same command again; if it fails again, this machine's disk, network folder or memory is failing"}
	}
	return []string{"free some space on the disk, or choose another place with -o FILE"}
}

// layout is a zip whose every offset is known.
type layout struct {
	entries   []layer.Entry // sorted by name
	directory int64         // offset of the central directory
	size      int64         // of the whole zip
	unzipped  int64
}

// plan sorts and checks entries and adds up the zip's size.
func plan(entries []layer.Entry) (layout, error) {
	l := layout{entries: entries}
	if len(entries) == 0 {
		return l, layer.ErrEmpty
	}
	byName := func(a, b layer.Entry) int { return strings.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(entries, byName) {
		l.entries = slices.Clone(entries)
		slices.SortStableFunc(l.entries, byName)
	}
	var names int64
	for i := range l.entries {
		e := &l.entries[i]
		if err := checkEntry(e); err != nil {
			return l, fmt.Errorf("entry %q: %w", e.Name, err)
		}
		if i > 0 && e.Name == l.entries[i-1].Name {
			return l, fmt.Errorf("entry %q: it is there twice", e.Name)
		}
		names += int64(len(e.Name))
		l.directory += localSize + int64(len(e.Name)) + e.Compressed
		l.unzipped += e.Size
	}
	if l.directory > max32 {
		return l, fmt.Errorf("it would be %d bytes long; Lambda takes no zip of 4 GiB", l.directory)
	}
	l.size = l.directory + centralSize*int64(len(l.entries)) + names + endSize
	if len(l.entries) >= max16 {
		l.size += end64Size + locatorSize
	}
	return l, nil
}

func checkEntry(e *layer.Entry) error {
	switch {
	case e.Method != layer.Store && e.Method != layer.Deflate:
		return fmt.Errorf("it is compressed with method %d", e.Method)
	case e.Size < 0 || e.Size >= max32 || e.Compressed < 0 || e.Compressed >= max32:
		return errors.New("it is 4 GiB or larger")
	case e.Method == layer.Store && e.Size != e.Compressed:
		return fmt.Errorf("it is stored, but states %d bytes packed and %d unpacked", e.Compressed, e.Size)
	}
	return layer.CheckName(e.Name)
}

// writeTo writes the zip. Headers are made in one small buffer that is used
// again and again; data goes from the source right into the pipe's buffers.
func (l *layout) writeTo(p *pipe) error {
	header := make([]byte, 0, 1<<10)
	for i := range l.entries {
		e := &l.entries[i]
		if err := p.write(appendLocal(header, e)); err != nil {
			return err
		}
		if err := p.copy(e); err != nil {
			return err
		}
	}
	var offset int64
	for i := range l.entries {
		e := &l.entries[i]
		if err := p.write(appendCentral(header, e, offset)); err != nil {
			return err
		}
		offset += localSize + int64(len(e.Name)) + e.Compressed
	}
	return p.write(l.appendEnd(header))
}
