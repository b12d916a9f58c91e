package check

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/flate"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/internal/elf"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/target"
)

// content is a layer that is being checked.
type content struct {
	target   target.Target
	excluded []string

	entries       []layer.Entry // with Code and Owner
	objects       []*object     // the ELF files
	distributions []*distribution
	modules       map[string]*module // keyed by name
}

// object is an ELF file in the layer.
type object struct {
	*layer.Entry
	info elf.Info
}

// who returns the distribution of a file, or the path of a file without one.
func who(e *layer.Entry) string {
	if e.Owner != "" {
		return e.Owner
	}
	return e.Path()
}

// codeFact is what is stored about an entry that is machine code.
type codeFact struct {
	Offset int64       `json:"offset"`
	Code   *layer.Code `json:"code"`
	ELF    *elf.Info   `json:"elf,omitempty"`
}

// readCode finds the machine code in the layer, judging by content, and reads the ELF files.
// If an archive is known by its hash, its content is read only once.
func (c *content) readCode(ctx context.Context, l Layer, facts Facts) error {
	c.entries = slices.Clone(l.Entries)
	bySource := map[string][]*layer.Entry{}
	for i := range c.entries {
		source := ""
		if l.Source != nil {
			source = l.Source(&c.entries[i])
		}
		bySource[source] = append(bySource[source], &c.entries[i])
	}
	known, todo := knownFacts(bySource, facts)
	read, err := readFacts(ctx, todo)
	if err != nil {
		return err
	}
	for source, entries := range bySource {
		kept := []codeFact{}
		for _, e := range entries {
			if k, ok := read[e]; ok {
				known[e] = k
				kept = append(kept, k)
			}
		}
		if source != "" && facts != nil {
			if err := facts.PutFact(factsKey(source, entries), kept); err != nil {
				return err
			}
		}
	}
	for i := range c.entries {
		e := &c.entries[i]
		k := known[e]
		if e.Code = k.Code; k.ELF != nil {
			c.objects = append(c.objects, &object{e, *k.ELF})
		}
	}
	return nil
}

// knownFacts returns what facts contains about the entries of each source, and the entries
// of the other sources. It removes the known sources from bySource.
func knownFacts(bySource map[string][]*layer.Entry, facts Facts) (known map[*layer.Entry]codeFact, todo []*layer.Entry) {
	known = map[*layer.Entry]codeFact{}
	for source, entries := range bySource {
		var kept []codeFact
		if source == "" || facts == nil || !facts.Fact(factsKey(source, entries), &kept) {
			todo = append(todo, entries...)
			continue
		}
		for _, k := range kept {
			if i := slices.IndexFunc(entries, func(e *layer.Entry) bool { return e.Offset == k.Offset }); i >= 0 {
				known[entries[i]] = k
			}
		}
		delete(bySource, source)
	}
	return known, todo
}

// factsKey returns the key of the facts about some of the files in an archive.
func factsKey(source string, entries []*layer.Entry) string {
	h := sha256.New()
	for _, e := range entries {
		_ = binary.Write(h, binary.LittleEndian, e.Offset)
	}
	return "elf 2\n" + source + "\n" + hex.EncodeToString(h.Sum(nil))
}

// readFacts reads the machine code among entries, on all processors.
func readFacts(ctx context.Context, entries []*layer.Entry) (map[*layer.Entry]codeFact, error) {
	facts := make([]codeFact, len(entries))
	group, ctx := errgroup.WithContext(ctx)
	// Read the largest files first, so that no processor ends with a large file while others
	// are idle.
	order := make([]int, len(entries))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(entries[b].Size, entries[a].Size) })
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			for {
				n := int(next.Add(1)) - 1
				if n >= len(order) || ctx.Err() != nil {
					return ctx.Err()
				}
				i, err := order[n], error(nil)
				if facts[i], err = readFact(entries[i]); err != nil {
					return err
				}
			}
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	known := map[*layer.Entry]codeFact{}
	for i, e := range entries {
		if facts[i].Code != nil {
			known[e] = facts[i]
		}
	}
	return known, nil
}

func readFact(e *layer.Entry) (codeFact, error) {
	switch path.Ext(e.Name) {
	case ".py", ".pyi", ".pyc": // Python reads these as text or bytecode and never loads them as machine code
		return codeFact{}, nil
	}
	head, err := headOf(e)
	if err != nil {
		return codeFact{}, unreadableEntry(e, err)
	}
	k := codeFact{Offset: e.Offset, Code: layer.CodeOf(head)}
	cut := k.Code == nil && isLibrary(e.Name) && strings.HasPrefix(string(head), elf.Magic) && len(head) < 64
	if cut {
		k.Code = &layer.Code{Format: layer.FormatELF}
	}
	if k.Code == nil || k.Code.Format != layer.FormatELF {
		return k, nil
	}
	info, err := elf.Read(e.Open, e.Size)
	if err != nil {
		return codeFact{}, unreadableEntry(e, err)
	}
	if k.ELF = &info; info.NeedsMusl() {
		k.Code.Libc = layer.Musl
	}
	return k, nil
}

// headOf returns the first bytes of an entry.
func headOf(e *layer.Entry) ([]byte, error) {
	head := make([]byte, min(layer.CodeHead, e.Size))
	n, err := io.ReadFull(e.Open(), head)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil
	}
	return head[:n], err
}

// unreadableEntry returns the error for an entry whose bytes cannot be decompressed.
func unreadableEntry(e *layer.Entry, err error) error {
	kind := fault.Machine
	if _, ok := err.(flate.CorruptInputError); ok { //nolint:errorlint // flate does not wrap it
		kind = fault.Layer
	}
	return &fault.Error{Kind: kind, Subject: e.Name, Message: "cannot read " + e.Name, Err: err}
}

// isLibrary reports whether a file is loaded by its name: an extension module, or a shared
// library such as "libz.so.1.2".
func isLibrary(name string) bool {
	base := path.Base(name)
	return strings.HasSuffix(base, ".so") || strings.Contains(base, ".so.")
}

// foreignCode reports machine code that the target cannot load, or that nothing can load.
func (c *content) foreignCode() []Finding {
	var found []Finding
	byOwner := group(c.foreign(), func(f audit.Foreign) string { return who(f.Entry) })
	for _, g := range byOwner {
		f := Finding{Code: ForeignCode, Severity: Error, Subject: g.key, Who: []string{g.key},
			Message: fmt.Sprintf("%s of %s %s", g.items[0].Entry.Path(), g.key, g.items[0].Reason),
			Hint:    fmt.Sprintf("lock a version of %s that has a wheel for %s, or exclude it: --exclude %[1]s", g.key, c.target)}
		if owner := g.items[0].Entry.Owner; owner == "" {
			f.Message = fmt.Sprintf("%s %s", g.key, g.items[0].Reason)
			f.Hint = fmt.Sprintf("exclude the file: --exclude '%s'", audit.Pattern(g.key))
		}
		if len(g.items) > 1 {
			f.Message += fmt.Sprintf(" (the first of %d files)", len(g.items))
		}
		for _, item := range g.items {
			f.Details = append(f.Details, item.Entry.Path()+" "+item.Reason)
		}
		f.Details = most(f.Details)
		found = append(found, f)
	}
	for _, o := range c.objects {
		if o.info.Damage == "" {
			continue
		}
		f := Finding{Code: DamagedCode, Severity: Warning, Subject: o.Path(), Who: []string{who(o.Entry)},
			Message: fmt.Sprintf("%s is a damaged ELF file: %s", o.Path(), o.info.Damage),
			Hint:    "build the layer again from an intact wheel, or exclude the file: --exclude '" + audit.Pattern(o.Path()) + "'"}
		if isLibrary(o.Name) {
			f.Severity = Error
		}
		found = append(found, f)
	}
	return found
}

// foreign returns machine code for other machines, except for damaged files.
func (c *content) foreign() []audit.Foreign {
	damaged := map[*layer.Entry]bool{}
	for _, o := range c.objects {
		damaged[o.Entry] = o.info.Damage != ""
	}
	return slices.DeleteFunc(audit.FindForeign(c.entries, c.target), func(f audit.Foreign) bool { return damaged[f.Entry] && f.Entry.Code.Machine == "" })
}
