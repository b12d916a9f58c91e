package builder

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/wheel"
	"golang.org/x/sync/errgroup"
)

// Input is one wheel of a layer.
type Input struct {
	Path         string
	Filename     string // the wheel's own name, NAME-VERSION-….whl
	Distribution string // normalised name
	Version      string
	Facts        *wheel.Facts // of wheel.Examine, when the file was known to be in order; nil has it examined
}

func (i Input) String() string { return i.Distribution + " " + i.Version }

// Options say what of the wheels is in the tree.
type Options struct {
	Exclude []string // patterns of files to leave out
	Scripts bool     // the distributions' scripts and entry points are in bin/
	Prefer  []string // "DIST" or "DIST:PATTERN": whose copy of a file to take, where they differ
}

// Native merges wheels into one tree. The order of inputs does not matter.
//
// A file that several wheels bring with the same content is there once, as the
// first distribution's by name; so is the __init__.py of a namespace package, if
// all of them only declare the namespace. With different content it is a
// fault.Error of kind Layer that lists all of them, unless Options.Prefer
// decides, as is a file where another has a folder; pip and uv let the last one
// win. An option that cannot be read is one of kind Usage, a wheel that cannot
// be, or that is not the distribution that it should be, of kind Index or Machine.
// The error of a wheel that its facts do not fit any more wraps a *layer.Damaged;
// so do errors of reading the tree's entries.
func Native(ctx context.Context, inputs []Input, o Options, events event.Sink) (_ *Tree, err error) {
	x, err := newExcluder(o.Exclude)
	if err != nil {
		return nil, err
	}
	prefer, err := newPreferences(o.Prefer)
	if err != nil {
		return nil, err
	}
	inputs = slices.Clone(inputs)
	slices.SortFunc(inputs, func(a, b Input) int { return cmp.Compare(a.Distribution, b.Distribution) })
	for i := 1; i < len(inputs); i++ {
		if inputs[i].Distribution == inputs[i-1].Distribution {
			return nil, &fault.Error{Kind: fault.Layer, Op: "compose", Subject: inputs[i].Distribution,
				Err: fmt.Errorf("it is there twice, from %s and %s", inputs[i-1].Filename, inputs[i].Filename)}
		}
	}
	wheels := make([]opened, len(inputs))
	files := new(pool)
	tree := &Tree{Excluded: make([]Exclusion, len(o.Exclude)), closers: []io.Closer{files}}
	defer func() {
		if err != nil {
			tree.Close()
		}
	}()
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range inputs {
		group.Go(func() error {
			if groupCtx.Err() != nil {
				return groupCtx.Err()
			}
			return wheels[i].open(files, inputs[i], &x, o.Scripts)
		})
	}
	err = group.Wait()
	for i := range wheels {
		tree.Entries = append(tree.Entries, wheels[i].entries...)
		for k, left := range wheels[i].excluded {
			tree.Excluded[k].Files += left.Files
			tree.Excluded[k].Bytes += left.Bytes
		}
	}
	if err != nil {
		return nil, err
	}
	m := &merger{inputs: inputs, prefer: prefer}
	if tree.Entries, err = m.merge(tree.Entries); err != nil {
		return nil, err
	}
	tree.Excluded = x.report(tree.Excluded, events)
	prefer.report(events)
	noteCase(tree.Entries, events)
	noteCommands(wheels, inputs, events)
	return tree, nil
}

// opened is a wheel with what it gives to the layer.
type opened struct {
	entries  []layer.Entry
	excluded []Exclusion
	commands wheel.Commands // that are left out
}

func (o *opened) open(files *pool, in Input, x *excluder, scripts bool) error {
	f, err := files.add(in.Path, in.Filename)
	if err != nil {
		return &fault.Error{Kind: fault.Machine, Op: "open wheel", Subject: in.Filename, Err: err}
	}
	size := f.info.Size()
	facts := in.Facts
	if facts == nil {
		if facts, err = wheel.Examine(f, size); facts == nil {
			return err
		}
	}
	w, err := facts.Open(f, size, in.Filename)
	if err != nil {
		return err
	}
	if err := facts.CheckLocked(in.Filename, in.Distribution, in.Version); err != nil {
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
			err = nil // it is left out anyway
		}
	}
	return err
}

// noteCommands tells of commands that are left out: of programs, which are all
// that some distributions are for, aloud.
func noteCommands(wheels []opened, inputs []Input, events event.Sink) {
	tell := func(kind event.Kind, what string, names func(wheel.Commands) []string) {
		var of []string
		for i := range wheels {
			if list := names(wheels[i].commands); len(list) > 0 {
				of = append(of, fmt.Sprintf("%s (%s)", inputs[i].Distribution, strings.Join(list, ", ")))
			}
		}
		if len(of) > 0 {
			events.Emit(event.Event{Kind: kind, Op: "compose", Subject: "bin",
				Message: fmt.Sprintf("Left out the %s of %s; --scripts puts them into the layer's bin/.", what, strings.Join(of, ", "))})
		}
	}
	tell(event.Note, "programs", func(c wheel.Commands) []string { return c.Programs })
	tell(event.Debug, "scripts", func(c wheel.Commands) []string { return c.Scripts })
}
