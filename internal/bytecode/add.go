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

// AddOptions say what of a layer is compiled and where the results are kept.
type AddOptions struct {
	Cache *cache.Cache // keeps what was compiled; nil compiles all of it
	// Shared may have what another machine compiled, and gets what was compiled here.
	// nil: there is none.
	Shared *shared.Cache
	// Wheels are the hashes of the distributions' wheels by Owner. The sources of an
	// owner that has none are hashed instead.
	Wheels map[string]string
	Only   func(name string) bool // the sources to compile, by their names in the layer; nil is all
	// Doubtful checks what the cache has before it is used: something in it was damaged.
	Doubtful bool
	Events   event.Sink
}

// Added is a layer with bytecode. Close it when the entries were read.
type Added struct {
	Entries  []layer.Entry // sorted by name
	Files    int           // that were added
	Bytes    int64         // of these, unzipped
	Replaced int           // .pyc files of the distributions' own that were replaced
	Rejected []*Rejected   // the sources that do not compile and have no bytecode, by path

	files packed.Files
}

// Close closes what the entries are read from.
func (a *Added) Close() error { return a.files.Close() }

// Add returns entries with the .pyc file of each source that compiles, in
// __pycache__ beside it. A .pyc of the same name that a distribution brings is
// replaced, and its row in RECORD states no hash any more: it may be stale, and
// holds the time of a source. The order of entries does not matter. The error is
// Compile's, a *layer.Damaged if a source is not what it was, or the cache's.
func (c *Compiler) Add(ctx context.Context, entries []layer.Entry, o AddOptions) (*Added, error) {
	a := &adder{compiler: c, options: &o, added: &Added{}}
	groups := a.group(entries)
	report := event.Event{Kind: event.Begin, Op: "compile", Subject: "bytecode", Total: a.total}
	o.Events.Emit(report)
	work, workCtx := errgroup.WithContext(ctx)
	work.SetLimit(2 * runtime.GOMAXPROCS(0)) // a wheel that reads from the cache holds no other up
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

// adder is one run of Add.
type adder struct {
	compiler *Compiler
	options  *AddOptions
	added    *Added
	total    int64 // bytes of the sources
	done     atomic.Int64
}

// group are the sources of one distribution.
type group struct {
	owner   string
	sources []layer.Entry // sorted by name
	pycs    []layer.Entry // what was made of them
	reject  []*Rejected
}

// group returns the sources to compile, by owner.
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
		if names[folder] || layer.CheckName(pyc) != nil {
			g.reject = append(g.reject, &Rejected{e.Name, unstorable + pyc})
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

// unstorable begins the reason of a source whose bytecode has no place in the layer.
const unstorable = "its bytecode cannot be stored as "

func byName(a, b layer.Entry) int { return strings.Compare(a.Name, b.Name) }

// isSource reports files that Python finds as modules. A file that is called
// ".py" is none, and its .pyc would be that of "py.py".
func isSource(name string) bool {
	return strings.HasPrefix(name, layer.Root) && strings.HasSuffix(name, ".py") && path.Base(name) != ".py"
}

// cachePath is where Python looks for the bytecode of a source (PEP 3147).
func cachePath(name, tag string) string {
	folder, file := path.Split(name)
	return folder + "__pycache__/" + strings.TrimSuffix(file, ".py") + "." + tag + ".pyc"
}

// compile fills in the .pyc entries of a group, from the cache as far as it has them.
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
		_ = a.added.files.Close() // it may be the file that was replaced
		at = a.added.files.At(file)
	}
	a.take(g, items, at)
	return nil
}

// format is the version of all that decides the bytes of an entry besides the
// source, its path and the interpreter. It is raised when those bytes change.
const format = 2

// key names the bytecode of one distribution by one interpreter. identity is that of
// its sources.
func key(i Interpreter, identity string) string {
	return fmt.Sprintf("bytecode %d\n%s %s %s\n%s\n%s", format, i.Version, i.Magic, i.Tag, runtime.Version(), identity)
}

// key names what the cache has of a group.
func (a *adder) key(g *group) (string, error) {
	identity, err := packed.Identity(a.options.Wheels[g.owner], g.sources)
	return key(a.compiler.interpreter, identity), err
}

// missing compiles the sources of a group that known lacks.
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
	work.SetLimit(2 * runtime.GOMAXPROCS(0)) // one compiles while another packs
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

// one compiles and packs one source.
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

// take makes entries of the items of a group. at is their file, nil if they are
// in memory.
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
