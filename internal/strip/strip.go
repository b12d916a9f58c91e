package strip

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
	"golang.org/x/sync/semaphore"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/packed"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/wheel"
)

// Options say where the results are kept.
type Options struct {
	Cache *cache.Cache // keeps what was stripped; nil strips all of it
	// Wheels are the hashes of the distributions' wheels by Owner. The files of an owner
	// that has none are hashed instead.
	Wheels map[string]string
	// Doubtful checks what the cache has before it is used: something in it was damaged.
	Doubtful bool
	Events   event.Sink
}

// Stripped is a layer without debug sections. Close it when the entries were read.
type Stripped struct {
	Entries []layer.Entry // in the order given
	Files   int           // that changed
	Bytes   int64         // by which they are smaller, unzipped
	Kept    []Kept        // the files that could be smaller, but are left as they are, by name

	files packed.Files
}

// Kept is a file that is left as it is.
type Kept struct {
	Name   string
	Reason string // "data follows its last section"
}

// Close closes what the entries are read from.
func (s *Stripped) Close() error { return s.files.Close() }

// Strip returns entries with their ELF files stripped, and with the rows of RECORD that
// belong to these. The error is a *layer.Damaged if an entry is not what it was, the
// cache's, or ctx's.
func Strip(ctx context.Context, entries []layer.Entry, o Options) (*Stripped, error) {
	s := &stripper{options: &o, result: &Stripped{Entries: slices.Clone(entries)}, memory: semaphore.NewWeighted(maxMemory)}
	groups := s.group()
	report := event.Event{Kind: event.Begin, Op: "strip", Subject: "libraries", Total: s.total}
	if s.total > 0 {
		o.Events.Emit(report)
	}
	work, workCtx := errgroup.WithContext(ctx)
	work.SetLimit(2 * runtime.GOMAXPROCS(0)) // a wheel that reads from the cache holds no other up
	for _, g := range groups {
		work.Go(func() error { return s.strip(workCtx, g) })
	}
	err := work.Wait()
	if err == nil {
		err = s.replace(groups)
	}
	if err != nil {
		_ = s.result.Close()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, err
	}
	if report.Kind, report.Done = event.End, s.total; s.total > 0 {
		o.Events.Emit(report)
	}
	s.note()
	return s.result, nil
}

// maxMemory is how many bytes of files are in memory at once. A larger file is alone.
const maxMemory = 256 << 20

// maxFile limits the size of a file that is stripped: four times what a layer may have.
const maxFile = 1 << 30

// stripper is one run of Strip.
type stripper struct {
	options *Options
	result  *Stripped
	memory  *semaphore.Weighted
	total   int64 // bytes of the files
	done    atomic.Int64
}

// group are the files of one distribution.
type group struct {
	owner string
	files []layer.Entry // sorted by name
	items []packed.Item // what became of them
	at    io.ReaderAt   // what the items are read from
}

// group returns the ELF files by owner.
func (s *stripper) group() []*group {
	byOwner := map[string]*group{}
	var groups []*group
	for _, e := range s.result.Entries {
		if !isCandidate(&e) {
			continue
		}
		g := byOwner[e.Owner]
		if g == nil {
			g = &group{owner: e.Owner}
			byOwner[e.Owner], groups = g, append(groups, g)
		}
		g.files = append(g.files, e)
		s.total += e.Size
	}
	for _, g := range groups {
		slices.SortFunc(g.files, func(a, b layer.Entry) int { return strings.Compare(a.Name, b.Name) })
	}
	return groups
}

func isCandidate(e *layer.Entry) bool {
	return e.Code != nil && e.Code.Format == layer.FormatELF && e.Size <= maxFile
}

// format is the version of all that decides the bytes of an entry besides the file. It is
// raised when those bytes change.
const format = 1

// strip fills in the items of a group, from the cache as far as it has them.
func (s *stripper) strip(ctx context.Context, g *group) error {
	identity, err := packed.Identity(s.options.Wheels[g.owner], g.files)
	if err != nil {
		return err
	}
	key := fmt.Sprintf("strip %d\n%s\n%s", format, runtime.Version(), identity)
	if s.options.Cache != nil {
		var file string
		g.items, file = packed.Load(s.options.Cache, key)
		g.at = s.result.files.At(file)
		if s.options.Doubtful {
			g.items = packed.Intact(g.items, g.at)
		}
	}
	fresh, err := s.missing(ctx, g)
	if err != nil || len(fresh) == 0 {
		return err
	}
	g.items = append(g.items, fresh...)
	if s.options.Cache != nil {
		file, err := packed.Save(s.options.Cache, key, g.items, g.at)
		if err != nil {
			return err
		}
		_ = s.result.files.Close() // it may be the file that was replaced
		g.at = s.result.files.At(file)
	}
	return nil
}

// missing strips the files of a group that its items lack.
func (s *stripper) missing(ctx context.Context, g *group) ([]packed.Item, error) {
	known := packed.BySource(g.items)
	files := slices.DeleteFunc(slices.Clone(g.files), func(e layer.Entry) bool {
		there := known[packed.SourceOf(&e)] != nil
		if there {
			s.progress(e.Size)
		}
		return there
	})
	items := make([]packed.Item, len(files))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(2 * runtime.GOMAXPROCS(0)) // one is read while another is packed
	for k := range files {
		work.Go(func() (err error) {
			weight := min(files[k].Size, maxMemory)
			if err := s.memory.Acquire(ctx, weight); err != nil {
				return err
			}
			defer s.memory.Release(weight)
			items[k], err = one(&files[k])
			s.progress(files[k].Size)
			return err
		})
	}
	return items, work.Wait()
}

func (s *stripper) progress(bytes int64) {
	s.options.Events.Emit(event.Event{Kind: event.Progress, Op: "strip", Subject: "libraries", Done: s.done.Add(bytes), Total: s.total})
}

// one strips and packs one file.
func one(e *layer.Entry) (packed.Item, error) {
	i := packed.NewItem(e)
	content, err := packed.Content(e)
	if err != nil {
		return i, err
	}
	content, err = File(content)
	if refused, ok := errors.AsType[Refused](err); ok {
		i.Rejected = string(refused)
		return i, nil
	}
	if content == nil || err != nil {
		i.Same = true
		return i, err
	}
	i.Hash, _ = wheel.Hash(content)
	i.Pack(content)
	return i, nil
}

// note says which files are left as they are.
func (s *stripper) note() {
	say := func(kind event.Kind, format string, args ...any) {
		s.options.Events.Emit(event.Event{Kind: kind, Op: "strip", Subject: "libraries", Message: fmt.Sprintf(format, args...)})
	}
	kept := s.result.Kept
	slices.SortFunc(kept, func(a, b Kept) int { return strings.Compare(a.Name, b.Name) })
	for _, k := range kept {
		say(event.Debug, "strip left %s as it is: %s", k.Name, k.Reason)
	}
	switch len(kept) {
	case 0:
	case 1:
		say(event.Note, "strip left %s as it is: %s", kept[0].Name, kept[0].Reason)
	default:
		say(event.Note, "strip left %d files as they are (for example %s, because %s); to list them, use -v", len(kept), kept[0].Name, kept[0].Reason)
	}
}

// verifiers returns what may verify the bytes of a file, by its name.
func verifiers(name string) []string {
	folder, base := path.Split(name)
	var list []string
	for _, extension := range []string{".hmac", ".sig", ".asc", ".sign", ".p7s", ".minisig", ".md5", ".sha1", ".sha256", ".sha512"} {
		list = append(list, name+extension, folder+"."+base+extension)
	}
	return append(list, strings.TrimSuffix(name, path.Ext(name))+".chk") // NSS
}
