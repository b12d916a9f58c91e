package strip

import (
	"bytes"
	debugelf "debug/elf"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/internal/packed"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/testelf"
)

var text = testelf.Part{Name: ".text", Loaded: true, Align: 16, Content: bytes.Repeat([]byte{0x90}, 100)}

// debug is what compilers and linkers put behind the loaded sections.
func debug() []testelf.Part {
	return []testelf.Part{
		{Name: ".comment", Content: []byte("compiler\x00")},
		{Name: ".debug_info", Content: bytes.Repeat([]byte{1}, 1000)},
		{Name: ".debug_str", Content: bytes.Repeat([]byte{2}, 501)},
		{Name: ".symtab", Type: 2, Align: 8, Link: ".strtab", Content: bytes.Repeat([]byte{3}, 240)},
		{Name: ".strtab", Type: 3, Content: []byte("\x00main\x00")},
		{Name: testelf.SectionNames},
		{Table: true},
	}
}

func linked() []testelf.Part { return append([]testelf.Part{text}, debug()...) }

// patched is as patchelf leaves a file: with a segment behind everything.
func patched() []testelf.Part {
	return append(linked(), testelf.Part{Name: ".dynstr", Type: 3, Loaded: true, Align: 4096, Content: []byte("\x00libc.so.6\x00")}, testelf.Part{Content: []byte{0}})
}

// tableInSegment is as newer versions of patchelf leave a file.
func tableInSegment() []testelf.Part {
	parts := slices.DeleteFunc(patched(), func(p testelf.Part) bool { return p.Table })
	return append(parts, testelf.Part{Table: true, Segment: true})
}

func without(parts []testelf.Part, name string) []testelf.Part {
	return slices.DeleteFunc(parts, func(p testelf.Part) bool { return p.Name == name })
}

func strip(t testing.TB, content []byte) []byte {
	t.Helper()
	stripped, err := File(bytes.Clone(content))
	if err != nil {
		t.Fatal(err)
	}
	return stripped
}

// sections returns the names of the sections that have a type, by Go's own reader.
func sections(t testing.TB, content []byte) []string {
	t.Helper()
	f, err := debugelf.NewFile(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range f.Sections {
		if s.Type != debugelf.SHT_NULL {
			names = append(names, s.Name)
		}
	}
	return names
}

// same compares all that a loader reads, and the sections that stay, by Go's own reader.
func same(t testing.TB, before, after []byte) {
	t.Helper()
	a, err := debugelf.NewFile(bytes.NewReader(before))
	if err != nil {
		return // of a fuzzed file
	}
	b, err := debugelf.NewFile(bytes.NewReader(after))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Progs) != len(b.Progs) || len(a.Sections) != len(b.Sections) {
		t.Fatalf("%d segments and %d sections became %d and %d", len(a.Progs), len(a.Sections), len(b.Progs), len(b.Sections))
	}
	for i, p := range a.Progs {
		if p.ProgHeader != b.Progs[i].ProgHeader {
			t.Errorf("segment %d: %+v became %+v", i, p.ProgHeader, b.Progs[i].ProgHeader)
		}
		end := p.Off + p.Filesz
		x, y := bytes.Clone(before[p.Off:end]), bytes.Clone(after[p.Off:end])
		for at := uint64(40); at < 48; at++ { // e_shoff
			if at >= p.Off && at < end {
				x[at-p.Off] = y[at-p.Off]
			}
		}
		if !bytes.Equal(x, y) {
			t.Errorf("the content of segment %d changed", i)
		}
	}
	for i, s := range a.Sections {
		o := b.Sections[i]
		if o.Type == debugelf.SHT_NULL {
			continue
		}
		moved := s.SectionHeader
		moved.Offset = o.Offset
		if moved != o.SectionHeader || s.Flags&debugelf.SHF_ALLOC != 0 && s.Offset != o.Offset {
			t.Errorf("section %+v became %+v", s.SectionHeader, o.SectionHeader)
		}
		x, err := s.Data()
		y, err2 := o.Data()
		if !bytes.Equal(x, y) || (err == nil) != (err2 == nil) {
			t.Errorf("the content of section %s changed", s.Name)
		}
	}
}

func TestFile(t *testing.T) {
	for name, test := range map[string]struct {
		parts   []testelf.Part
		smaller int // at least so many bytes
		kept    []string
	}{
		"linked":                  {linked(), 1740, []string{".text", ".comment", ".shstrtab"}},
		"patched":                 {patched(), 0, []string{".text", ".comment", ".shstrtab", ".dynstr"}},
		"headers in a segment":    {tableInSegment(), 0, []string{".text", ".comment", ".shstrtab", ".dynstr"}},
		"only symbols":            {without(without(linked(), ".debug_info"), ".debug_str"), 240, []string{".text", ".comment", ".shstrtab"}},
		"only debug information":  {without(without(linked(), ".symtab"), ".strtab"), 1500, []string{".text", ".comment", ".shstrtab"}},
		"compressed, old":         {append([]testelf.Part{text, {Name: ".zdebug_info", Content: []byte("ZLIB")}, {Name: ".stab", Content: []byte("x")}, {Name: ".gdb_index", Content: []byte("x")}}, debug()[5:]...), 5, []string{".text", ".shstrtab"}},
		"a loaded .debug section": {append([]testelf.Part{text, {Name: ".debug_gdb_scripts", Loaded: true, Content: []byte("gdb")}}, debug()...), 1740, []string{".text", ".debug_gdb_scripts", ".comment", ".shstrtab"}},
		"strings that others use": {append([]testelf.Part{text, {Name: ".gnu.other", Link: ".strtab", Content: []byte("x")}}, debug()...), 1735, []string{".text", ".gnu.other", ".comment", ".strtab", ".shstrtab"}},
		"headers first":           {append([]testelf.Part{text, {Table: true}}, debug()[:6]...), 1740, []string{".text", ".comment", ".shstrtab"}},
		"debug first":             {append(slices.Clone(debug()[1:5]), append([]testelf.Part{text}, debug()[5:]...)...), 0, []string{".text", ".shstrtab"}},
		"zeros at the end":        {append(linked(), testelf.Part{Content: make([]byte, 100)}), 1740, []string{".text", ".comment", ".shstrtab"}},
	} {
		t.Run(name, func(t *testing.T) {
			before := testelf.Image(test.parts...)
			after := strip(t, before)
			if got := sections(t, after); !slices.Equal(got, test.kept) {
				t.Errorf("sections %q", got)
			}
			if saved := len(before) - len(after); saved < test.smaller || test.smaller == 0 && saved != 0 {
				t.Errorf("%d bytes saved, want %d", saved, test.smaller)
			}
			if bytes.Contains(after, bytes.Repeat([]byte{1}, 16)) || bytes.Contains(after, bytes.Repeat([]byte{3}, 16)) {
				t.Error("debug sections are still in the file")
			}
			same(t, before, after)
			if again := strip(t, after); again != nil {
				t.Errorf("again: %d bytes became %d", len(after), len(again))
			}
		})
	}
}

func TestFileWithNothingToRemove(t *testing.T) {
	for name, content := range map[string][]byte{
		"no sections":       testelf.Library{}.Bytes(),
		"no debug sections": testelf.Image(append([]testelf.Part{text}, debug()[5:]...)...),
		"AppImage, stripped": append(testelf.Image(append([]testelf.Part{text, {Name: ".upd_info", Content: []byte("zsync")}}, debug()[5:]...)...),
			"hsqs"...),
	} {
		if got := strip(t, content); got != nil {
			t.Errorf("%s: %d bytes became %d", name, len(content), len(got))
		}
	}
}

// What could break stays as it is.
func TestFileRefuses(t *testing.T) {
	le := binary.LittleEndian
	file := testelf.Image(linked()...)
	table := int(le.Uint64(file[40:]))
	header := func(name string) int {
		return table + 64*(1+slices.Index(append([]string{".text"}, sections(t, file)[1:]...), name))
	}
	with := func(change func(b []byte)) []byte {
		b := bytes.Clone(file)
		change(b)
		return b
	}
	image := func(parts ...testelf.Part) []byte { return testelf.Image(append(parts, debug()...)...) }
	for name, content := range map[string][]byte{
		"an archive at the end":            append(bytes.Clone(file), "PK\x05\x06 of a program"...),
		"a module's signature":             append(bytes.Clone(file), "~Module signature appended~\n"...),
		"an archive at the end, patched":   append(testelf.Image(patched()...), "hsqs"...),
		"PyInstaller":                      image(text, testelf.Part{Name: "pydata", Content: []byte("MEI\x0c\x0b\x0a\x0b\x0e")}),
		"AppImage":                         image(text, testelf.Part{Name: ".sha256_sig", Content: []byte("signature")}),
		"a checksum of itself":             image(text, testelf.Part{Name: ".rodata1", Loaded: true, Content: []byte("hmac")}),
		"a debug section in a segment":     image(text, testelf.Part{Name: ".debug_line", Segment: true, Content: []byte("loaded")}),
		"relocations":                      image(text, testelf.Part{Name: ".rela.text", Type: 4, Link: ".symtab", Info: ".text", Content: []byte("x")}),
		"relocations of debug information": image(text, testelf.Part{Name: ".rela.debug_info", Type: 4, Info: ".debug_info", Content: []byte("x")}),
		"data between sections":            testelf.Image(append(append([]testelf.Part{text}, debug()[:5]...), append([]testelf.Part{{Content: []byte("hidden")}}, debug()[5:]...)...)...),
		"an alignment that is none":        testelf.Image(append([]testelf.Part{text, {Name: ".note.a", Type: 7, Align: 3, Content: []byte("x")}}, debug()[1:]...)...),
		"32 bits":                          with(func(b []byte) { b[4] = 1 }),
		"big-endian":                       with(func(b []byte) { b[5] = 2 }),
		"cut short":                        file[:len(file)-1],
		"a header":                         file[:40],
		"many sections":                    with(func(b []byte) { le.PutUint16(b[60:], 0) }),
		"size of a section header":         with(func(b []byte) { le.PutUint16(b[58:], 40) }),
		"names of sections":                with(func(b []byte) { le.PutUint16(b[62:], 99) }),
		"names that are no strings":        with(func(b []byte) { le.PutUint16(b[62:], 1) }),
		"no segments":                      with(func(b []byte) { le.PutUint16(b[56:], 0) }),
		"segments behind the end":          with(func(b []byte) { le.PutUint64(b[32:], 1<<63) }),
		"a segment behind the end":         with(func(b []byte) { le.PutUint64(b[64+32:], 1<<62) }),
		"a section behind the end":         with(func(b []byte) { le.PutUint64(b[header(".debug_info")+24:], 1<<63) }),
		"a section's name":                 with(func(b []byte) { le.PutUint32(b[header(".debug_info"):], 1<<31) }),
		"sections that overlap":            with(func(b []byte) { copy(b[header(".debug_info")+24:], b[header(".comment")+24:][:8]) }),
		"a section over the headers":       with(func(b []byte) { le.PutUint64(b[header(".debug_info")+24:], uint64(len(b)-1000)) }),
		"a first section":                  with(func(b []byte) { b[table+4] = 1 }),
	} {
		stripped, err := File(bytes.Clone(content))
		if _, ok := errors.AsType[Refused](err); !ok || stripped != nil {
			t.Errorf("%s: %d bytes became %d, %v", name, len(content), len(stripped), err)
		} else {
			catalogue.Sentences("strip left python/lib.so as it is: ", err.Error())
		}
	}
}

func FuzzFile(f *testing.F) {
	for _, parts := range [][]testelf.Part{linked(), patched(), tableInSegment()} {
		f.Add(testelf.Image(parts...))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		stripped, err := File(bytes.Clone(content))
		if stripped == nil {
			if _, ok := errors.AsType[Refused](err); err != nil && !ok {
				t.Error(err)
			}
			return
		}
		if err != nil || len(stripped) > len(content) {
			t.Fatalf("%d bytes became %d, %v", len(content), len(stripped), err)
		}
		same(t, content, stripped)
		again, err := File(bytes.Clone(stripped))
		if again != nil || err != nil {
			t.Errorf("again: %d bytes became %d, %v", len(stripped), len(again), err)
		}
	})
}

// The bytes that are zeros take no space in a zip.
func TestFilePacksBetter(t *testing.T) {
	noise := make([]byte, 100_000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	parts := patched()
	parts[2].Content = noise
	before := testelf.Image(parts...)
	after := strip(t, before)
	_, x := packed.Pack(before)
	_, y := packed.Pack(after)
	if len(y) > len(x)/10 {
		t.Errorf("%d packed bytes became %d", len(x), len(y))
	}
}
