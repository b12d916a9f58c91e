package builder

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
)

// Opener opens the wheels of a layer, each as soon as it has arrived, and merges them when
// all have arrived. The caller must call Merge or Close.
type Opener struct {
	options Options
	exclude excluder
	prefer  preferences
	files   *pool

	mu     sync.Mutex
	opened map[wheelFile]opened
}

// wheelFile identifies a wheel and its name in the layer.
type wheelFile struct{ path, filename, distribution string }

// NewOpener returns an Opener for a layer with these options. It returns a fault.Error of
// kind Usage for an invalid option.
func NewOpener(o Options) (*Opener, error) {
	x, err := newExcluder(o.Exclude)
	if err != nil {
		return nil, err
	}
	prefer, err := newPreferences(o.Prefer)
	if err != nil {
		return nil, err
	}
	return &Opener{options: o, exclude: x, prefer: prefer, files: &pool{max: maxOpenAhead}, opened: map[wheelFile]opened{}}, nil
}

// Open opens a wheel before Merge is called, and returns its entries, which must not be
// changed. If it fails, Merge tries again. Open is safe for concurrent use.
func (p *Opener) Open(in Input) ([]layer.Entry, error) {
	o, err := p.open(in)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened[in.file()] = o
	return o.entries, nil
}

func (p *Opener) open(in Input) (opened, error) {
	p.mu.Lock()
	o, ok := p.opened[in.file()]
	p.mu.Unlock()
	if ok {
		return o, nil
	}
	err := o.open(p.files, in, &p.exclude, p.options.Scripts)
	return o, err
}

func (i Input) file() wheelFile { return wheelFile{i.Path, i.Filename, i.Distribution} }

// Merge is like the function [Native], with the options of the Opener.
func (p *Opener) Merge(ctx context.Context, inputs []Input, events event.Sink) (_ *Tree, err error) {
	tree := &Tree{Excluded: make([]Exclusion, len(p.options.Exclude)), closers: []io.Closer{p.files}}
	defer func() {
		if err != nil {
			tree.Close()
		}
	}()
	inputs = slices.Clone(inputs)
	slices.SortFunc(inputs, func(a, b Input) int { return cmp.Compare(a.Distribution, b.Distribution) })
	for i := 1; i < len(inputs); i++ {
		if inputs[i].Distribution == inputs[i-1].Distribution {
			return nil, &fault.Error{Kind: fault.Layer, Subject: inputs[i].Distribution, Message: fmt.Sprintf(
				"%s has two wheels, %s and %s; a layer can contain only one", inputs[i].Distribution, inputs[i-1].Filename, inputs[i].Filename)}
		}
	}
	p.files.setMax(maxOpen)
	wheels, err := p.openAll(ctx, inputs)
	if err != nil {
		return nil, err
	}
	for i := range wheels {
		tree.Entries = append(tree.Entries, wheels[i].entries...)
		for k, left := range wheels[i].excluded {
			tree.Excluded[k].Files += left.Files
			tree.Excluded[k].Bytes += left.Bytes
		}
	}
	m := &merger{inputs: inputs, prefer: p.prefer}
	if tree.Entries, err = m.merge(tree.Entries); err != nil {
		return nil, err
	}
	tree.Excluded = p.exclude.report(tree.Excluded, events)
	p.prefer.report(events)
	noteCase(tree.Entries, events)
	noteCommands(wheels, inputs, events)
	return tree, nil
}

// Close closes the wheels, unless Merge was called.
func (p *Opener) Close() error { return p.files.Close() }

// openAll opens the wheels of inputs concurrently.
func (p *Opener) openAll(ctx context.Context, inputs []Input) ([]opened, error) {
	wheels := make([]opened, len(inputs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range inputs {
		group.Go(func() (err error) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			wheels[i], err = p.open(inputs[i])
			return err
		})
	}
	return wheels, group.Wait()
}
