// Package slim leaves out of a layer what functions do not need, by rule: tests, C and
// C++ headers, documentation, type stubs.
//
//	kept, left, err := slim.Select(ctx, entries, slim.Options{Presets: []string{"tests"}})
//
// # Rules
//
//	tests    folders test and tests, and conftest.py
//	headers  files *.h, *.hh, *.hpp, *.hxx, *.cuh, *.pxd, and what a C++ header includes in a folder include
//	docs     folders doc, docs, example, examples and demos, and share/doc, share/man, share/info
//	typing   stubs *.pyi, and so distributions that are nothing but stubs
//
// The .dist-info folders stay, because importlib.metadata reads them (PEP 376), and so
// does py.typed, a mark of a few bytes (PEP 561).
//
// # What stays all the same
//
// A rule finds candidates, and what a layer needs is no candidate. Tests and docs have
// modules that others import: botocore/docs, astropy/tests, twisted/test. So every
// import in every source of the layer is read. What a source that stays imports, stays,
// with what that imports in turn, no matter where the import is or whether it is guarded.
// A path that a source of the same distribution has in a string stays, and a module that
// a string names: they may be opened or imported by that name. Stubs stay in a
// distribution that reads them when it is imported (lazy_loader.attach_stub does), and
// headers in distributions whose purpose is to compile (setuptools, cffi, triton).
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

// Check refuses what is no preset. The error is a fault.Error of kind Usage.
func Check(presets []string) error {
	for _, p := range presets {
		if !slices.Contains(Presets(), p) {
			return &fault.Error{Kind: fault.Usage, Subject: p, Message: fmt.Sprintf("slim has no rule %q", p),
				Hints: []string{"choose from " + strings.Join(Presets(), ", ") + ": --slim " + Tests}}
		}
	}
	return nil
}

// Facts keeps small values by key: a [cache.Cache].
type Facts interface {
	Fact(key string, v any) bool
	PutFact(key string, v any) error
}

// Options are the rules to use. The zero value leaves out nothing.
type Options struct {
	Presets []string
	Facts   Facts // keeps what was read of the sources; nil reads them again
	// Wheels are the hashes of the distributions' wheels by Owner, under which it is kept.
	Wheels map[string]string
}

// Left is what a preset left out.
type Left struct {
	Preset string
	Files  int
	Bytes  int64 // unzipped
}

// Select returns the entries that stay, in their order, and what each preset left out,
// in the order of the presets. A file that several leave out counts for the first. The
// error is Check's, one of reading a source, or ctx's.
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

// Read reads what the sources of one distribution refer to and keeps it in o.Facts, so that
// Select need not do it later. entries are those of the distribution alone.
func Read(ctx context.Context, entries []layer.Entry, o Options) error {
	_, err := readAll(ctx, entries, o)
	return err
}

// readAll reads what the sources refer to, by the name of the source.
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
