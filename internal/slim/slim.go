// Package slim leaves files out of a layer that functions do not need, by rule: tests, C and
// C++ headers, documentation, and type stubs.
//
//	kept, left, err := slim.Select(ctx, entries, slim.Options{Presets: []string{"tests"}})
//
// # Rules
//
//	tests    folders test and tests, and conftest.py
//	headers  files *.h, *.hh, *.hpp, *.hxx, *.cuh, *.pxd, and what a C++ header includes in a folder include
//	docs     folders doc, docs, example, examples, and demos, and share/doc, share/man, share/info
//	typing   stubs *.pyi, and therefore distributions that consist only of stubs
//
// The .dist-info folders are kept, because importlib.metadata reads them (PEP 376), and so
// is py.typed, a marker of a few bytes (PEP 561).
//
// # Exceptions
//
// A rule only finds candidates; what a layer needs is kept. Tests and docs contain modules
// that others import: botocore/docs, astropy/tests, twisted/test. Every import in every
// source of the layer is therefore read. What a kept source imports is kept, including what
// that imports in turn, no matter where the import is or whether it is guarded. A path in a
// string is kept if a source of the same distribution contains the string, and so is a
// module that a string names, because they may be opened or imported by that name. Stubs are
// kept in a distribution that reads them when it is imported (as lazy_loader.attach_stub
// does), and headers are kept in distributions whose purpose is to compile (setuptools,
// cffi, triton).
package slim

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
)

// The presets.
const (
	Tests   = "tests"
	Headers = "headers"
	Docs    = "docs"
	Typing  = "typing"
)

// Presets returns the names of the rules.
func Presets() []string { return []string{Tests, Headers, Docs, Typing} }

// Check returns an error if one of presets does not exist. The error is a fault.Error of
// Kind Usage.
func Check(presets []string) error {
	for _, p := range presets {
		if !slices.Contains(Presets(), p) {
			return &fault.Error{Kind: fault.Usage, Subject: p, Message: fmt.Sprintf("unknown rule %q for --slim", p),
				Hints: []string{"choose one of: " + strings.Join(Presets(), ", ")}}
		}
	}
	return nil
}

// Facts stores small values by key. [cache.Cache] implements it.
type Facts interface {
	Fact(key string, v any) bool
	PutFact(key string, v any) error
}

// Options selects the rules to use. The zero value leaves out nothing.
type Options struct {
	Presets []string
	Facts   Facts // stores what was read from the sources; if nil, they are read again
	// Wheels maps owners to the hashes of their wheels, under which Facts are stored.
	Wheels map[string]string
}

// Left is what a preset left out.
type Left struct {
	Preset string
	Files  int
	Bytes  int64 // unzipped
}

// Select returns the entries that are kept, in their order, and what each preset left out,
// in the order of the presets. A file that several presets leave out counts for the first.
// The error is that of Check or ctx, or is about reading a source.
func Select(ctx context.Context, entries []layer.Entry, o Options) ([]layer.Entry, []Left, error) {
	if err := Check(o.Presets); err != nil || len(o.Presets) == 0 {
		return entries, nil, err
	}
	s := &selection{entries: entries, out: map[int]string{}}
	for i := range entries {
		for _, p := range o.Presets {
			if candidate(p, &entries[i]) {
				s.out[i] = p
				break
			}
		}
	}
	references, err := readAll(ctx, entries, o)
	if err != nil {
		return nil, nil, err
	}
	s.references = references
	s.keepNeeded()
	left := make([]Left, len(o.Presets))
	for k, p := range o.Presets {
		left[k].Preset = p
	}
	kept := make([]layer.Entry, 0, len(entries))
	for i := range entries {
		k := slices.Index(o.Presets, s.out[i])
		if k < 0 {
			kept = append(kept, entries[i])
			continue
		}
		left[k].Files++
		left[k].Bytes += entries[i].Size
	}
	return kept, left, nil
}

// Read reads what the sources of one distribution refer to and stores it in o.Facts, so that
// Select does not need to read it later. All entries must belong to the distribution.
func Read(ctx context.Context, entries []layer.Entry, o Options) error {
	_, err := readAll(ctx, entries, o)
	return err
}

// readAll reads what the sources refer to. The result is keyed by the name of the source.
func readAll(ctx context.Context, entries []layer.Entry, o Options) (map[string]references, error) {
	byOwner := map[string][]*layer.Entry{}
	for i := range entries {
		if e := &entries[i]; strings.HasSuffix(e.Name, ".py") || isEntryPoints(e.Name) {
			byOwner[e.Owner] = append(byOwner[e.Owner], e)
		}
	}
	owners := slices.Sorted(maps.Keys(byOwner))
	results := make([]map[string]references, len(owners))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for k, owner := range owners {
		group.Go(func() (err error) {
			results[k], err = readOwner(ctx, byOwner[owner], o.Facts, o.Wheels[owner])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := map[string]references{}
	for _, r := range results {
		maps.Copy(all, r)
	}
	return all, nil
}
