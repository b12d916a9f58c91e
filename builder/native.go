package builder

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/wheel"
	"golang.org/x/sync/errgroup"
)

// Input is one wheel of a layer.
type Input struct {
	Path         string // of a file that wheel.Verify has passed
	Filename     string // the wheel's own name, NAME-VERSION-….whl
	Distribution string // normalised name
	Version      string
}

func (i Input) String() string { return i.Distribution + " " + i.Version }

// Native merges wheels into one tree, less what excludes match. The order of
// inputs does not matter.
//
// A file that several wheels bring with the same content is there once, as the
// first distribution's by name. With different content it is a fault.Error of
// kind Layer that names both, as is a file where another has a folder; pip and
// uv let the last one win. An exclude that cannot be read is one of kind
// Usage, a wheel that cannot be, of kind Index or Machine.
func Native(ctx context.Context, inputs []Input, excludes []string, events event.Sink) (_ *Tree, err error) {
	x, err := newExcluder(excludes)
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
	tree := &Tree{Excluded: make([]Exclusion, len(excludes))}
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
			return wheels[i].open(inputs[i], &x)
		})
	}
	err = group.Wait()
	for i := range wheels {
		if wheels[i].file != nil {
			tree.closers = append(tree.closers, wheels[i].file)
		}
		tree.Entries = append(tree.Entries, wheels[i].entries...)
		for k, left := range wheels[i].excluded {
			tree.Excluded[k].Files += left.Files
			tree.Excluded[k].Bytes += left.Bytes
		}
	}
	if err != nil {
		return nil, err
	}
	if tree.Entries, err = merge(tree.Entries, inputs); err != nil {
		return nil, err
	}
	tree.Excluded = x.report(tree.Excluded, events)
	noteCase(tree.Entries, events)
	return tree, nil
}

// opened is a wheel with what it gives to the layer.
type opened struct {
	file     *os.File
	entries  []layer.Entry
	excluded []Exclusion
}

func (o *opened) open(in Input, x *excluder) error {
	f, err := os.Open(in.Path)
	if err != nil {
		return &fault.Error{Kind: fault.Machine, Op: "open wheel", Subject: in.Filename, Err: err}
	}
	o.file = f
	info, err := f.Stat()
	if err != nil {
		return &fault.Error{Kind: fault.Machine, Op: "open wheel", Subject: in.Filename, Err: err}
	}
	w, err := wheel.Open(f, info.Size(), in.Filename)
	if err != nil {
		return err
	}
	o.excluded = make([]Exclusion, len(x.patterns))
	o.entries, err = w.Entries(func(path string, size int64) bool {
		k := x.match(path)
		if k < 0 {
			return false
		}
		o.excluded[k].Files++
		o.excluded[k].Bytes += size
		return true
	})
	for i := range o.entries {
		o.entries[i].Owner = in.Distribution
	}
	return err
}

// merge sorts entries, which come wheel by wheel in the order of inputs, and
// keeps each name once.
func merge(entries []layer.Entry, inputs []Input) ([]layer.Entry, error) {
	slices.SortFunc(entries, func(a, b layer.Entry) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Owner, b.Owner))
	})
	var collisions []string
	kept := entries[:0]
	var first string // path of the first collision
	for _, e := range entries {
		if len(kept) == 0 || kept[len(kept)-1].Name != e.Name {
			kept = append(kept, e)
			continue
		}
		same, err := sameContent(kept[len(kept)-1], e)
		if err != nil {
			return nil, err
		}
		if !same {
			first = cmp.Or(first, e.Path())
			collisions = append(collisions, fmt.Sprintf("%s: from %s and %s, with different content", e.Name,
				describe(kept[len(kept)-1].Owner, inputs), describe(e.Owner, inputs)))
		}
	}
	if len(collisions) > 0 {
		return nil, collisionFault(first, collisions)
	}
	if file, beneath := layer.Clash(kept); file >= 0 {
		return nil, collisionFault(kept[file].Path(), []string{fmt.Sprintf("%s: a file from %s, a folder from %s",
			kept[file].Name, describe(kept[file].Owner, inputs), describe(kept[beneath].Owner, inputs))})
	}
	return kept, nil
}

// describe returns the distribution with its version.
func describe(owner string, inputs []Input) string {
	i := slices.IndexFunc(inputs, func(in Input) bool { return in.Distribution == owner })
	if i < 0 {
		return owner
	}
	return inputs[i].String()
}

// collisionFault names the first collision and lists all.
func collisionFault(path string, collisions []string) error {
	e := &fault.Error{Kind: fault.Layer, Op: "compose", Subject: "layer",
		Err: errors.New("two distributions bring one path: " + collisions[0]),
		Hints: []string{
			"leave out one of the distributions: --exclude NAME",
			fmt.Sprintf("or the path, if the layer does not need it: --exclude '%s'", path),
		}}
	if len(collisions) > 1 {
		e.Details = collisions
	}
	return e
}

// sameContent compares two entries by size and CRC, then by the SHA-256 of
// their unzipped bytes: packers differ, and a CRC can be made to fit.
func sameContent(a, b layer.Entry) (bool, error) {
	if a.Size != b.Size || a.CRC32 != b.CRC32 {
		return false, nil
	}
	sumA, err := contentSum(a)
	if err != nil {
		return false, err
	}
	sumB, err := contentSum(b)
	return bytes.Equal(sumA, sumB), err
}

func contentSum(e layer.Entry) ([]byte, error) {
	h := sha256.New()
	if _, err := io.Copy(h, e.Open()); err != nil {
		return nil, &fault.Error{Kind: fault.Index, Op: "read", Subject: e.Name + " of " + e.Owner, Err: err,
			Hints: []string{"lamella cache verify   # removes damaged wheels; the next build fetches them again"}}
	}
	return h.Sum(nil), nil
}
