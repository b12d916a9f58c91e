package bytecode

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/packed"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/wheel"
)

// merge merges the bytecode of the groups into the entries.
func (a *adder) merge(entries []layer.Entry, groups []*group) error {
	made := map[string]bool{}
	for _, g := range groups {
		for _, e := range g.pycs {
			made[e.Name] = true
			a.added.Files++
			a.added.Bytes += e.Size
		}
		a.added.Rejected = append(a.added.Rejected, g.reject...)
	}
	slices.SortFunc(a.added.Rejected, func(x, y *Rejected) int { return strings.Compare(x.Path, y.Path) })
	all := make([]layer.Entry, 0, len(entries)+len(made))
	replaced := map[string]bool{} // paths relative to python/
	for _, e := range entries {
		if made[e.Name] {
			replaced[e.Path()] = true
			continue
		}
		all = append(all, e)
	}
	if a.added.Replaced = len(replaced); len(replaced) > 0 {
		for i := range all {
			if err := unhash(&all[i], replaced); err != nil {
				return err
			}
		}
	}
	for _, g := range groups {
		all = append(all, g.pycs...)
	}
	slices.SortFunc(all, byName)
	a.added.Entries = all
	return nil
}

// unhash removes the hash and size from RECORD's rows for files that were replaced, as
// installers do for bytecode. Rows are relative to python/.
func unhash(e *layer.Entry, replaced map[string]bool) error {
	if !packed.IsRecord(e) {
		return nil
	}
	content, err := packed.EditRecord(e, func(row *wheel.Row) bool {
		if !replaced[row.Path] || row.Hash == "" {
			return false
		}
		row.Hash, row.Size = "", ""
		return true
	})
	if content == nil || err != nil {
		return err
	}
	*e = layer.Entry{Name: e.Name, Executable: e.Executable, Owner: e.Owner, CRC32: crc32.ChecksumIEEE(content), Size: int64(len(content)),
		Compressed: int64(len(content)), Source: bytes.NewReader(content), Sum: layer.SumOf(content)}
	return nil
}

// note reports how much bytecode was added, and which sources have none.
func (a *adder) note() {
	events, i := a.options.Events, a.compiler.interpreter
	say := func(kind event.Kind, format string, args ...any) {
		events.Emit(event.Event{Kind: kind, Op: "compile", Subject: "bytecode", Message: fmt.Sprintf(format, args...)})
	}
	say(event.Debug, "added %s of bytecode (%d bytes), compiled by Python %s (%s)", number.Count(a.added.Files, "file"), a.added.Bytes, i.Version, i.Path)
	if a.added.Replaced > 0 {
		say(event.Debug, "replaced %s of bytecode from the distributions", number.Count(a.added.Replaced, "file"))
	}
	for _, r := range a.added.Rejected {
		say(event.Debug, "%s has no bytecode: %s", r.Path, r.Reason)
	}
	why := func(it string) string {
		if slices.ContainsFunc(a.added.Rejected, func(r *Rejected) bool { return strings.HasPrefix(r.Reason, unstorable) }) {
			return "" // these were not compiled at all
		}
		return fmt.Sprintf(" because Python %s cannot compile %s", i.Version, it)
	}
	switch r := a.added.Rejected; len(r) {
	case 0:
	case 1:
		say(event.Note, "%s has no bytecode%s: %s", r[0].Path, why("it"), r[0].Reason)
	default:
		example := r[0].Path + ": " + r[0].Reason
		if _, reason, ok := strings.Cut(r[0].Reason, ".pyc: "); ok && strings.HasPrefix(r[0].Reason, unstorable) {
			example = fmt.Sprintf("%s, whose bytecode cannot be stored because %s", r[0].Path, reason)
		}
		say(event.Note, "%d files have no bytecode%s (for example, %s); to list them, use -v", len(r), why("them"), example)
	}
}
