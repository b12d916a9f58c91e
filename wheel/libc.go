package wheel

import (
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/elf"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/pypa/pep425"
)

// readLibc finds out which ELF files need musl, and adds this to facts. It inflates them a
// second time, up to their dynamic sections.
//
// A manylinux tag promises glibc (PEP 600), so the files of such a wheel, which are most of
// all machine code, are not read. The tags "linux_x86_64" and "any" promise nothing.
func (w *Wheel) readLibc(name string, offsets []int64, facts *Facts) error {
	if promisesGlibc(name) {
		return nil
	}
	for i := range w.archive.members {
		code := facts.code[i]
		if code == nil || code.Format != layer.FormatELF || code.Machine != "x86_64" && code.Machine != "aarch64" {
			continue // Lambda has no other processors
		}
		m := &w.archive.members[i]
		e := w.entry(m, "", offsets[i])
		info, err := elf.Read(e.Open, e.Size)
		if err != nil {
			return entryError(m.name, err)
		}
		if info.NeedsMusl() {
			code.Libc = layer.Musl
		}
	}
	return nil
}

// promisesGlibc reports whether all tags of a wheel's file name are for manylinux.
func promisesGlibc(name string) bool {
	w, err := pep425.ParseWheelName(path.Base(name))
	return err == nil && !slices.ContainsFunc(w.Tags, func(t pep425.Tag) bool { return !strings.HasPrefix(t.Platform, "manylinux") })
}
