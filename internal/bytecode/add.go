package bytecode

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/packed"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/layer"
)

// AddOptions specify which sources of a layer are compiled, and where the results are
// stored.
type AddOptions struct {
	Cache *cache.Cache // stores the results; nil compiles everything
	// Shared, if not nil, may contain what another machine has compiled, and receives what
	// was compiled here.
	Shared *shared.Cache
	// Wheels are the hashes of the distributions' wheels, by Owner. If an owner is not
	// listed, its sources are hashed instead.
	Wheels map[string]string
	Only   func(name string) bool // selects sources by their names in the layer; nil compiles all
	// Doubtful verifies what is in the cache before it is used, because something there was
	// damaged.
	Doubtful bool
	Events   event.Sink
}

// Added is a layer with bytecode. Close it when the entries have been read.
type Added struct {
	Entries  []layer.Entry // sorted by name
	Files    int           // number of files that were added
	Bytes    int64         // unzipped size of these files
	Replaced int           // number of the distributions' own .pyc files that were replaced
	Rejected []*Rejected   // sources without bytecode, because they cannot be compiled, sorted by path

	files packed.Files
}

// Close closes the files that the entries read from.
func (a *Added) Close() error { return a.files.Close() }

// Add returns entries, with the .pyc file of each source that can be compiled in the
// __pycache__ folder beside it. If a distribution contains a .pyc file with the same name,
// Add replaces it, because it may be stale and contains the time of its source, and removes
// the hash from its row in RECORD. The order of entries does not matter. The error is from
// Compile or from the cache, or it is a *layer.Damaged if a source has changed.
func (c *Compiler) Add(ctx context.Context, entries []layer.Entry, o AddOptions) (*Added, error) {
	a := &adder{compiler: c, options: &o, added: &Added{}}
	groups := a.group(entries)
	report := event.Event{Kind: event.Begin, Op: "compile", Subject: "bytecode", Total: a.total}
	o.Events.Emit(report)
	work, workCtx := errgroup.WithContext(ctx)
	work.SetLimit(2 * runtime.GOMAXPROCS(0)) // reading from the cache does not delay other wheels
	for _, g := range groups {
		work.Go(func() error { return a.compile(workCtx, g) })
	}
	if err := work.Wait(); err != nil {
		_ = a.added.Close()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, err
	}
	if err := a.merge(entries, groups); err != nil {
		_ = a.added.Close()
		return nil, err
	}
	report.Kind, report.Done = event.End, a.total
	o.Events.Emit(report)
	a.note()
	return a.added, nil
}

// adder is the state of a call of Add.
type adder struct {
	compiler *Compiler
	options  *AddOptions
	added    *Added
	total    int64 // total size of the sources in bytes
	done     atomic.Int64
}

// group holds the sources of one distribution.
type group struct {
	owner   string
	sources []layer.Entry // sorted by name
	pycs    []layer.Entry // their bytecode
	reject  []*Rejected
}

// group returns the sources to compile, grouped by owner.
func (a *adder) group(entries []layer.Entry) []*group {
	names := make(map[string]bool, len(entries))
	for _, e := range entries {
		names[e.Name] = true
	}
	byOwner := map[string]*group{}
	var groups []*group
	for _, e := range entries {
		if !isSource(e.Name) || a.options.Only != nil && !a.options.Only(e.Name) {
			continue
		}
		folder, pyc := path.Dir(e.Name)+"/__pycache__", cachePath(e.Name, a.compiler.interpreter.Tag)
		g := byOwner[e.Owner]
		if g == nil {
			g = &group{owner: e.Owner}
			byOwner[e.Owner], groups = g, append(groups, g)
		}
		err := layer.CheckName(pyc)
		if names[folder] {
			err = fmt.Errorf("%s is not a folder", folder)
		}
		if err != nil {
			g.reject = append(g.reject, &Rejected{e.Name, unstorable + pyc + ": " + err.Error()})
			continue
		}
		g.sources = append(g.sources, e)
		a.total += e.Size
	}
	for _, g := range groups {
		slices.SortFunc(g.sources, byName)
	}
	return groups
}

// unstorable is the start of the reason for a source whose bytecode cannot be stored in the
// layer.
const unstorable = "its bytecode cannot be stored as "

func byName(a, b layer.Entry) int { return strings.Compare(a.Name, b.Name) }

// isSource reports whether Python can import the file as a module. A file named ".py"
// cannot be imported, and its .pyc would be the one of "py.py".
func isSource(name string) bool {
	return strings.HasPrefix(name, layer.Root) && strings.HasSuffix(name, ".py") && path.Base(name) != ".py"
}

// cachePath returns the path where Python looks for the bytecode of a source (PEP 3147).
func cachePath(name, tag string) string {
	folder, file := path.Split(name)
	return folder + "__pycache__/" + strings.TrimSuffix(file, ".py") + "." + tag + ".pyc"
}

// compile fills in the .pyc entries of a group. It takes as many of them as possible from
// the cache.
func (a *adder) compile(ctx context.Context, g *group) error {
	if len(g.sources) == 0 {
		return nil
	}
	var key string
	var known []packed.Item
	var at io.ReaderAt
	if a.options.Cache != nil {
		var err error
		if key, err = a.key(g); err != nil {
			return err
		}
		var file string
		if known, file = packed.Load(a.options.Cache, key); file == "" {
			if known, file, err = a.fetch(ctx, key); err != nil {
				return err
			}
		}
		at = a.added.files.At(file)
		if a.options.Doubtful {
			known = packed.Intact(known, at)
		}
	}
	fresh, err := a.missing(ctx, g, known)
	if err != nil {
		return err
	}
	items := append(known, fresh...)
	if len(fresh) > 0 && key != "" {
		file, err := packed.Save(a.options.Cache, key, items, at)
		if err != nil {
			return err
		}
		a.options.Shared.PutFile(shared.Bytecode+cache.DerivedName(key), file)
		_ = a.added.files.Close() // this file may have been replaced
		at = a.added.files.At(file)
	}
	a.take(g, items, at)
	return nil
}

// format is the version of everything that affects the bytes of an entry, apart from the
// source, its path, and the interpreter. Increase it when those bytes change.
const format = 2

// key returns the key for the bytecode of one distribution, compiled by one interpreter.
// identity identifies the sources.
func key(i Interpreter, identity string) string {
	return fmt.Sprintf("bytecode %d\n%s %s %s\n%s\n%s", format, i.Version, i.Magic, i.Tag, runtime.Version(), identity)
}

// key returns the key for a group in the cache.
func (a *adder) key(g *group) (string, error) {
	identity, err := packed.Identity(a.options.Wheels[g.owner], g.sources)
	return key(a.compiler.interpreter, identity), err
}

// missing compiles the sources of a group that are not in known.
func (a *adder) missing(ctx context.Context, g *group, known []packed.Item) ([]packed.Item, error) {
	index := packed.BySource(known)
	var sources []layer.Entry
	for _, e := range g.sources {
		if index[packed.SourceOf(&e)] == nil {
			sources = append(sources, e)
		} else {
			a.progress(e.Size)
		}
	}
	items := make([]packed.Item, len(sources))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(2 * runtime.GOMAXPROCS(0)) // so that one compiles while another packs
	for k := range sources {
		work.Go(func() (err error) {
			items[k], err = a.one(ctx, &sources[k])
			a.progress(sources[k].Size)
			return err
		})
	}
	return items, work.Wait()
}

func (a *adder) progress(bytes int64) {
	a.options.Events.Emit(event.Event{Kind: event.Progress, Op: "compile", Subject: "bytecode", Done: a.done.Add(bytes), Total: a.total})
}

// one compiles one source and packs the result.
func (a *adder) one(ctx context.Context, e *layer.Entry) (packed.Item, error) {
	i := packed.NewItem(e)
	if err := ctx.Err(); err != nil {
		return i, err
	}
	source, err := packed.Content(e)
	if err != nil {
		return i, err
	}
	content, err := a.compiler.Compile(ctx, Root+e.Path(), source)
	if rejected, ok := errors.AsType[*Rejected](err); ok {
		i.Rejected = rejected.Reason
		return i, nil
	}
	if err != nil {
		return i, err
	}
	i.Pack(content)
	return i, nil
}

// take creates entries for the items of a group. at is the file that contains them, or nil
// if they are in memory.
func (a *adder) take(g *group, items []packed.Item, at io.ReaderAt) {
	index := packed.BySource(items)
	for _, e := range g.sources {
		i := index[packed.SourceOf(&e)]
		if i.Rejected != "" {
			g.reject = append(g.reject, &Rejected{e.Name, i.Rejected})
			continue
		}
		g.pycs = append(g.pycs, i.Entry(cachePath(e.Name, a.compiler.interpreter.Tag), e.Owner, at))
	}
}
