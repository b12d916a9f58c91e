// Package layerzip writes a layer's entries as a zip whose bytes depend only on the
// entries: not on the machine, the clock, the order in which wheels arrived, or the version
// of Go.
//
// Entries are already compressed and are copied unchanged, so writing a layer costs as much
// as copying a file and hashing it. One goroutine fills buffers and writes them; another
// computes the SHA-256. It needs memory for a few buffers only, whatever the size of the
// layer.
//
// # The format
//
// A zip consists of local headers with their data, sorted by name (bytewise); the central
// directory in the same order; and the end record. There is nothing else: no extra fields,
// data descriptors, comments, or entries for folders. Every time is 1980-01-01 00:00, the
// earliest that a zip can hold. Modes are 0100644 or 0100755, "made by" is Unix, and the
// version needed to extract is 2.0. The UTF-8 flag is set only for names that are not
// ASCII, as in Python's zipfile. Zips with 65,535 or more entries have zip64 end records,
// because the plain end record counts with 16 bits.
//
// The package does not use archive/zip because the format must never change (a change of
// one bit republishes every layer) and because the size must be known before the first byte
// is written.
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
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/layer"
)

// Summary describes a zip that was written.
type Summary struct {
	SHA256   digest.Digest // of the zip's bytes; Lambda's CodeSha256 in base64
	Size     int64         // bytes of the zip
	Unzipped int64         // bytes of all files unzipped, which Lambda limits
	Entries  int           // number of files
}

// Write writes entries to w as a zip. They may be in any order and are not changed. It
// returns a fault.Error of kind Layer if there are no entries (layer.ErrEmpty), or if a
// name is invalid or appears twice. If it cannot read a source or write to w, it returns a
// fault.Error of kind Machine, which wraps a *layer.Damaged if the source changed. When ctx
// is canceled, Write stops within one buffer and returns ctx's error. After an error, w has
// not received a valid zip; [WriteFile] leaves nothing behind.
//
// It reports progress to events with Op "compose" and Subject "layer.zip".
func Write(ctx context.Context, w io.Writer, entries []layer.Entry, events event.Sink) (Summary, error) {
	return write(ctx, w, entries, events, "layer.zip")
}

func write(ctx context.Context, w io.Writer, entries []layer.Entry, events event.Sink, subject string) (Summary, error) {
	l, err := plan(entries)
	if err != nil {
		return Summary{}, planFault(err, subject)
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
		return Summary{}, &fault.Error{Kind: fault.Machine, Message: "cannot write " + subject, Subject: subject, Err: err, Hints: hints(err)}
	}
	report.Kind, report.Done = event.End, l.size
	events.Emit(report)
	return Summary{SHA256: digest.Of("sha256", sum), Size: l.size, Unzipped: l.unzipped, Entries: len(l.entries)}, nil
}

// hints returns the hints for a source that has changed since it was opened, or for a
// destination that cannot be written.
func hints(err error) []string {
	var source *layer.Damaged
	if errors.As(err, &source) {
		return []string{"run the same command again; if it fails again, check this machine's disk and memory (or the network drive, if the files are on one)"}
	}
	return []string{"free up disk space, or choose another file: -o FILE"}
}

// layout is a zip whose offsets are all known.
type layout struct {
	entries   []layer.Entry // sorted by name
	directory int64         // offset of the central directory
	size      int64         // of the whole zip
	unzipped  int64
}

// plan sorts and checks entries, and adds up the zip's size.
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
			return l, err
		}
		if i > 0 && e.Name == l.entries[i-1].Name {
			return l, fmt.Errorf("the layer has two files named %q", e.Name)
		}
		names += int64(len(e.Name))
		l.directory += localSize + int64(len(e.Name)) + e.Compressed
		l.unzipped += e.Size
	}
	if l.directory > max32 {
		return l, fmt.Errorf("the layer's zip would be %s bytes, but it must be smaller than 4 GiB", number.Group(l.directory))
	}
	l.size = l.directory + centralSize*int64(len(l.entries)) + names + endSize
	if len(l.entries) >= max16 {
		l.size += end64Size + locatorSize
	}
	return l, nil
}

// planFault returns the error for entries that cannot form a zip.
func planFault(err error, subject string) error {
	return &fault.Error{Kind: fault.Layer, Message: err.Error(), Subject: subject, Sentinel: err}
}

func checkEntry(e *layer.Entry) error {
	if err := layer.CheckName(e.Name); err != nil {
		return fmt.Errorf("%q cannot be in a layer: %w", e.Name, err)
	}
	switch {
	case e.Method != layer.Store && e.Method != layer.Deflate:
		return fmt.Errorf("%q uses compression method %d, but layers support only stored and deflated files", e.Name, e.Method)
	case e.Size < 0 || e.Size >= max32 || e.Compressed < 0 || e.Compressed >= max32:
		return fmt.Errorf("%q is 4 GiB or larger", e.Name)
	case e.Method == layer.Store && e.Size != e.Compressed:
		return fmt.Errorf("%q is not compressed, but its compressed size (%d) differs from its uncompressed size (%d)", e.Name, e.Compressed, e.Size)
	}
	return nil
}

// writeTo writes the zip. It builds headers in one small buffer and reads data from the
// sources directly into the pipe's buffers.
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
