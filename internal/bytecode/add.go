package bytecode

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/cache"
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

	files files
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
			g.reject = append(g.reject, &Rejected{e.Name, "its bytecode cannot be stored as " + pyc})
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
	var known []item
	var at io.ReaderAt
	if a.options.Cache != nil {
		var err error
		if key, err = a.key(g); err != nil {
			return err
		}
		var file string
		if known, file = load(a.options.Cache, key); file == "" {
			if known, file, err = a.fetch(ctx, key); err != nil {
				return err
			}
		}
		at = stored{&a.added.files, file}
		if a.options.Doubtful {
			known = slices.DeleteFunc(known, func(i item) bool { e := i.entry(i.Name, "", at); return e.Check() != nil })
		}
	}
	fresh, err := a.missing(ctx, g, known)
	if err != nil {
		return err
	}
	items := append(known, fresh...)
	if len(fresh) > 0 && key != "" {
		file, err := save(a.options.Cache, key, items, at)
		if err != nil {
			return err
		}
		a.options.Shared.PutFile(shared.Bytecode+cache.DerivedName(key), file)
		_ = a.added.files.Close() // it may be the file that was replaced
		at = stored{&a.added.files, file}
	}
	a.take(g, items, at)
	return nil
}

// key names what the cache has of a group.
func (a *adder) key(g *group) (string, error) {
	if wheel := a.options.Wheels[g.owner]; wheel != "" {
		return key(a.compiler.interpreter, wheel), nil
	}
	h := sha256.New()
	for _, e := range g.sources {
		content, err := read(&e)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%q %x\n", e.Name, sha256.Sum256(content))
	}
	return key(a.compiler.interpreter, fmt.Sprintf("files %x", h.Sum(nil))), nil
}

// missing compiles the sources of a group that known lacks.
func (a *adder) missing(ctx context.Context, g *group, known []item) ([]item, error) {
	index := bySource(known)
	var sources []layer.Entry
	for _, e := range g.sources {
		if index[sourceOf(&e)] == nil {
			sources = append(sources, e)
		} else {
			a.progress(e.Size)
		}
	}
	items := make([]item, len(sources))
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
func (a *adder) one(ctx context.Context, e *layer.Entry) (item, error) {
	i := item{Name: e.Name, SourceCRC: e.CRC32, SourceSize: e.Size}
	if err := ctx.Err(); err != nil {
		return i, err
	}
	source, err := read(e)
	if err != nil {
		return i, err
	}
	content, err := a.compiler.Compile(ctx, Root+e.Path(), source)
	if rejected, ok := errors.AsType[*Rejected](err); ok {
		i.Rejected, i.packed = rejected.Reason, []byte{}
		return i, nil
	}
	if err != nil {
		return i, err
	}
	i.CRC32, i.Size = crc32.ChecksumIEEE(content), int64(len(content))
	i.Method, i.packed = pack(content)
	i.Compressed, i.Sum = int64(len(i.packed)), checksum(i.packed)
	return i, nil
}

// read returns the content of an entry, which has to be what it was.
func read(e *layer.Entry) ([]byte, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(e.Open())
	if err == nil && (int64(len(content)) != e.Size || crc32.ChecksumIEEE(content) != e.CRC32) {
		err = errors.New("its content does not match its size and CRC")
	}
	if err != nil {
		return nil, &layer.Damaged{Name: e.Name, Of: e.Owner, Err: err}
	}
	return content, nil
}

// level is flate's compression level, that of package builder.
const level = 6

// pack deflates content, or stores it if that makes it smaller.
func pack(content []byte) (method uint16, packed []byte) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, level)
	if err != nil {
		panic(err) // the level exists
	}
	_, _ = w.Write(content) // a buffer takes everything
	_ = w.Close()
	if b.Len() >= len(content) {
		return layer.Store, content
	}
	return layer.Deflate, b.Bytes()
}

// take makes entries of the items of a group. at is their file, nil if they are
// in memory.
func (a *adder) take(g *group, items []item, at io.ReaderAt) {
	index := bySource(items)
	for _, e := range g.sources {
		i := index[sourceOf(&e)]
		if i.Rejected != "" {
			g.reject = append(g.reject, &Rejected{e.Name, i.Rejected})
			continue
		}
		from := at
		if i.packed != nil {
			from = bytes.NewReader(i.packed)
		}
		g.pycs = append(g.pycs, i.entry(cachePath(e.Name, a.compiler.interpreter.Tag), e.Owner, from))
	}
}
