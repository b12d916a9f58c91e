package builder

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/wheel"
)

// Input is one wheel of a layer.
type Input struct {
	Path         string
	Filename     string // file name of the wheel, NAME-VERSION-….whl
	Distribution string // normalized name
	Version      string
	Facts        *wheel.Facts // result of wheel.Examine when the file was verified; nil to examine it now
	// Reader, if not nil, provides the Size bytes of a wheel that is not in a file yet and
	// has not been verified. Path and Facts are then ignored.
	Reader io.ReaderAt
	Size   int64
}

func (i Input) String() string { return i.Distribution + " " + i.Version }

// Options specify which files of the wheels go into the tree.
type Options struct {
	Exclude []string // patterns of files to omit
	Scripts bool     // add the distributions' scripts and entry points in bin/
	Prefer  []string // "DIST" or "DIST:PATTERN": whose copy of a file to use if the copies differ
}

// Native merges wheels into one tree. The order of inputs does not matter.
//
// A file that several wheels contain with the same content is in the tree once, and belongs
// to the first distribution by name. The same is true of the __init__.py of a namespace
// package if all copies only declare the namespace. If files with the same path have
// different content, or a file has the path of another wheel's folder, and Options.Prefer
// does not decide, Native returns a fault.Error of kind Layer that lists all such cases.
// (pip and uv keep the last file.) It returns a fault.Error of kind Usage for an invalid
// option, and one of kind Index or Machine for a wheel that is unreadable or belongs to
// another distribution. The error wraps a *layer.Damaged if the wheel differs from its
// Facts; so do errors when the tree's entries are read.
func Native(ctx context.Context, inputs []Input, o Options, events event.Sink) (*Tree, error) {
	p, err := NewOpener(o)
	if err != nil {
		return nil, err
	}
	return p.Merge(ctx, inputs, events)
}

// opened is what one wheel contributes to the layer.
type opened struct {
	entries  []layer.Entry
	excluded []Exclusion
	commands wheel.Commands // commands that are not in the layer
}

func (o *opened) open(files *pool, in Input, x *excluder, scripts bool) error {
	w, err := in.open(files)
	if err != nil {
		return err
	}
	o.excluded = make([]Exclusion, len(x.patterns))
	o.entries, err = w.Select(wheel.Selection{Scripts: scripts, Exclude: func(path string, size int64) bool {
		k := x.match(path)
		if k < 0 {
			return false
		}
		o.excluded[k].Files++
		o.excluded[k].Bytes += size
		return true
	}})
	for i := range o.entries {
		o.entries[i].Owner = in.Distribution
	}
	if !scripts && err == nil {
		o.commands, err = w.Commands()
		if fault.KindOf(err) == fault.Index {
			err = nil // commands are omitted anyway
		}
	}
	return err
}

// open opens the wheel and checks that it is the distribution in the lock file.
func (in *Input) open(files *pool) (*wheel.Wheel, error) {
	if in.Reader != nil {
		return wheel.Open(in.Reader, in.Size, in.Filename)
	}
	f, err := files.add(in.Path, in.Filename)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Machine, Message: "cannot open " + in.Filename, Subject: in.Filename, Err: err}
	}
	size := f.info.Size()
	facts := in.Facts
	if facts == nil {
		if facts, err = wheel.Examine(f, size, in.Filename); facts == nil {
			return nil, err
		}
	}
	w, err := facts.Open(f, size, in.Filename)
	if err != nil {
		return nil, err
	}
	return w, facts.CheckLocked(in.Filename, in.Distribution, in.Version)
}

// noteCommands reports the commands that are omitted. Programs get a note, because they are
// the whole purpose of some distributions; scripts are for debugging only.
func noteCommands(wheels []opened, inputs []Input, events event.Sink) {
	report := func(kind event.Kind, what string, names func(wheel.Commands) []string) {
		var of []string
		for i := range wheels {
			if list := names(wheels[i].commands); len(list) > 0 {
				of = append(of, fmt.Sprintf("%s (%s)", inputs[i].Distribution, strings.Join(list, ", ")))
			}
		}
		if len(of) > 0 {
			events.Emit(event.Event{Kind: kind, Op: "compose", Subject: "bin",
				Message: fmt.Sprintf("left out the %s of %s; --scripts puts them in the layer's bin/", what, strings.Join(of, ", "))})
		}
	}
	report(event.Note, "programs", func(c wheel.Commands) []string { return c.Programs })
	report(event.Debug, "scripts", func(c wheel.Commands) []string { return c.Scripts })
}
