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

// Options says where the results are stored.
type Options struct {
	Cache *cache.Cache // stores what was stripped; if nil, everything is stripped again
	// Wheels maps owners to the hashes of their wheels. If an owner has no hash, its files
	// are hashed instead.
	Wheels map[string]string
	// Doubtful checks what is in the cache before it is used, because something was damaged.
	Doubtful bool
	Events   event.Sink
}

// Stripped is a layer without debug sections. Close it once the entries have been read.
type Stripped struct {
	Entries []layer.Entry // in the given order
	Files   int           // number of files that changed
	Bytes   int64         // number of bytes by which they are smaller, unzipped
	Kept    []Kept        // files that could be smaller but are left unchanged, sorted by name

	files packed.Files
}

// Kept is a file that is left unchanged.
type Kept struct {
	Name   string
	Reason string // such as "data follows its last section"
}

// Close closes the files that the entries are read from.
func (s *Stripped) Close() error { return s.files.Close() }

// Strip returns entries with their ELF files stripped, and with the corresponding rows of
// RECORD updated. The error is a *layer.Damaged if an entry has changed; otherwise, it is
// that of the cache or of ctx.
func Strip(ctx context.Context, entries []layer.Entry, o Options) (*Stripped, error) {
	s := &stripper{options: &o, result: &Stripped{Entries: slices.Clone(entries)}, memory: semaphore.NewWeighted(maxMemory)}
	groups := s.group()
	report := event.Event{Kind: event.Begin, Op: "strip", Subject: "libraries", Total: s.total}
	if s.total > 0 {
		o.Events.Emit(report)
	}
	work, workCtx := errgroup.WithContext(ctx)
	work.SetLimit(2 * runtime.GOMAXPROCS(0)) // a wheel that is read from the cache does not hold up another one
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

// maxMemory is the maximum number of bytes of files in memory at once. A larger file is
// processed alone.
const maxMemory = 256 << 20

// maxFile is the maximum size of a file that is stripped: four times the maximum size of a
// layer.
const maxFile = 1 << 30

// stripper is one run of Strip.
type stripper struct {
	options *Options
	result  *Stripped
	memory  *semaphore.Weighted
	total   int64 // total size of the files in bytes
	done    atomic.Int64
}

// group is the files of one distribution.
type group struct {
	owner string
	files []layer.Entry // sorted by name
	items []packed.Item // what was made from them
	at    io.ReaderAt   // what the items are read from
}

// group returns the ELF files, grouped by owner.
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

// format is the version of everything, besides the file, that determines the bytes of an
// entry. It is incremented when those bytes change.
const format = 1

// strip sets the items of a group, using the cache as far as possible.
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

// missing strips the files of a group that have no item.
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
	work.SetLimit(2 * runtime.GOMAXPROCS(0)) // one file is read while another is compressed
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

// one strips and compresses one file.
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

// note reports which files are left unchanged.
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
		say(event.Note, "strip left %d files as they are (for example, %s: %s); to list them, use -v", len(kept), kept[0].Name, kept[0].Reason)
	}
}

// verifiers returns the names of the files that may verify the bytes of the file called
// name.
func verifiers(name string) []string {
	folder, base := path.Split(name)
	var list []string
	for _, extension := range []string{".hmac", ".sig", ".asc", ".sign", ".p7s", ".minisig", ".md5", ".sha1", ".sha256", ".sha512"} {
		list = append(list, name+extension, folder+"."+base+extension)
	}
	return append(list, strings.TrimSuffix(name, path.Ext(name))+".chk") // NSS
}
