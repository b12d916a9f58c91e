package elf_test

import (
	"archive/zip"
	"bytes"
	debugelf "debug/elf"
	"errors"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/elf"
	"github.com/lamella-build/lamella/internal/test/testelf"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

func read(t *testing.T, content []byte) elf.Info {
	t.Helper()
	info, err := elf.Read(func() io.Reader { return bytes.NewReader(content) }, int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestRead(t *testing.T) {
	l := testelf.Library{Soname: "libdemo.so.1", Needed: []string{"libc.so.6", "libz.so.1"}, RPath: "$ORIGIN/../demo.libs:/opt/lib",
		Versions: map[string][]string{"libc.so.6": {"GLIBC_2.2.5", "GLIBC_2.34"}}, Weak: map[string][]string{"libz.so.1": {"ZLIB_9"}}}
	want := elf.Info{Soname: "libdemo.so.1", Needed: []string{"libc.so.6", "libz.so.1"}, RPath: []string{"$ORIGIN/../demo.libs", "/opt/lib"},
		Versions: []elf.Need{{Library: "libc.so.6", Versions: []string{"GLIBC_2.2.5", "GLIBC_2.34"}}}}
	for _, padding := range []int{0, 65_000, 5 << 20, 30 << 20} {
		l.Padding = padding
		if got := read(t, l.Bytes()); !reflect.DeepEqual(got, want) {
			t.Errorf("padding %d: got %+v", padding, got)
		}
	}
}

func TestReadOthers(t *testing.T) {
	if got := read(t, testelf.Library{Static: true}.Bytes()); !reflect.DeepEqual(got, elf.Info{}) {
		t.Errorf("static: %+v", got)
	}
	bits32 := testelf.Library{Needed: []string{"libc.so.6"}}.Bytes()
	bits32[4] = 1
	if got := read(t, bits32); !reflect.DeepEqual(got, elf.Info{}) {
		t.Errorf("32 bits: %+v", got)
	}
	musl := read(t, testelf.Library{Needed: []string{"libc.musl-x86_64.so.1"}, RunPath: "/x"}.Bytes())
	if !slices.Equal(musl.Needed, []string{"libc.musl-x86_64.so.1"}) || !slices.Equal(musl.RunPath, []string{"/x"}) {
		t.Errorf("musl: %+v", musl)
	}
}

// A file that ends early, wherever, is damaged or says less: never an error, never a
// library that it does not need.
func TestReadCutShort(t *testing.T) {
	whole := testelf.Library{Needed: []string{"libc.so.6"}, Versions: map[string][]string{"libc.so.6": {"GLIBC_2.34"}}}.Bytes()
	for n := range whole {
		if got := read(t, whole[:n]); got.Damage == "" || got.Needed != nil {
			t.Fatalf("cut at %d of %d: %+v", n, len(whole), got)
		}
	}
	// The stream may end before the size that the archive states.
	got, err := elf.Read(func() io.Reader { return bytes.NewReader(whole[:100]) }, int64(len(whole)))
	if err != nil || got.Damage == "" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestReadLyingHeaders(t *testing.T) {
	whole := testelf.Library{Needed: []string{"libc.so.6"}, Versions: map[string][]string{"libc.so.6": {"GLIBC_2.34"}}}.Bytes()
	for name, lie := range map[string]func(b []byte){
		"no program headers":       func(b []byte) { b[56] = 0 },
		"headers behind the end":   func(b []byte) { b[39] = 0xff },
		"size of a header":         func(b []byte) { b[54] = 1 },
		"segment behind the end":   func(b []byte) { b[64+56+15] = 0x7f },
		"dynamic section too long": func(b []byte) { b[64+56+39] = 0x7f },
		"first name":               func(b []byte) { b[len(b)-6*16+8+1] = 0xff },
	} {
		b := slices.Clone(whole)
		lie(b)
		if got := read(t, b); got.Damage == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("broken")
	_, err := elf.Read(func() io.Reader { return io.MultiReader(strings.NewReader(elf.Magic), failing{broken}) }, 1000)
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Against Go's own reader, which goes by section headers, over the wheels of the
// three example locks.
func TestReadAgreesWithDebugELF(t *testing.T) {
	wheels, _ := filepath.Glob(filepath.Join(testenv.Root(), ".cache", "wheels", "*x86_64*.whl"))
	if len(wheels) == 0 {
		testenv.Missing(t, "no wheels in .cache/wheels: run make test")
	}
	if testing.Short() || !testenv.All() {
		wheels = wheels[:min(len(wheels), 6)]
	}
	files := 0
	for _, path := range wheels {
		z, err := zip.OpenReader(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range z.File {
			files += compare(t, filepath.Base(path), f)
		}
		z.Close()
	}
	t.Logf("%d files of %d wheels", files, len(wheels))
	if files == 0 {
		t.Error("no file was compared")
	}
}

func compare(t *testing.T, wheel string, f *zip.File) int {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	head := make([]byte, 4)
	if _, err := io.ReadFull(r, head); err != nil || string(head) != elf.Magic {
		return 0
	}
	rest, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	content := append(head, rest...)
	theirs, err := debugelf.NewFile(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	ours := read(t, content)
	var want elf.Info
	want.Needed, _ = theirs.ImportedLibraries()
	soname, _ := theirs.DynString(debugelf.DT_SONAME)
	want.Soname = strings.Join(soname, "")
	needs, _ := theirs.DynamicVersionNeeds()
	for _, n := range needs {
		need := elf.Need{Library: n.Name}
		for _, v := range n.Needs {
			if v.Flags&debugelf.VER_FLG_WEAK == 0 {
				need.Versions = append(need.Versions, v.Dep)
			}
		}
		if need.Versions != nil {
			want.Versions = append(want.Versions, need)
		}
	}
	if ours.Damage != "" || !slices.Equal(ours.Needed, want.Needed) || ours.Soname != want.Soname || !reflect.DeepEqual(ours.Versions, want.Versions) {
		t.Errorf("%s, %s: got %+v, want %+v", wheel, f.Name, ours, want)
	}
	return 1
}

func FuzzRead(f *testing.F) {
	f.Add(testelf.Library{Soname: "libdemo.so.1", Needed: []string{"libc.so.6"}, RPath: "$ORIGIN",
		Versions: map[string][]string{"libc.so.6": {"GLIBC_2.34"}, "libm.so.6": {"GLIBC_2.29"}}}.Bytes())
	f.Add(testelf.Library{Static: true}.Bytes())
	f.Add([]byte(elf.Magic))
	f.Fuzz(func(t *testing.T, content []byte) {
		info, err := elf.Read(func() io.Reader { return bytes.NewReader(content) }, int64(len(content)))
		if err != nil {
			t.Fatalf("reading from memory cannot fail: %v", err)
		}
		if info.Damage != "" && info.Needed != nil {
			t.Errorf("damaged, but %+v", info)
		}
	})
}

func TestNeedsMusl(t *testing.T) {
	glibc := map[string][]string{"libc.so": {"GLIBC_2.17"}}
	for name, c := range map[string]struct {
		file testelf.Library
		want bool
	}{
		"Alpine":              {testelf.Library{Needed: []string{"libz.so.1", "libc.musl-x86_64.so.1"}}, true},
		"Alpine, arm64":       {testelf.Library{Needed: []string{"libc.musl-aarch64.so.1"}, Machine: testelf.AArch64}, true},
		"musl-gcc":            {testelf.Library{Needed: []string{"libc.so"}}, true},
		"program":             {testelf.Library{Loader: "/lib/ld-musl-x86_64.so.1", Needed: []string{"libc.so"}}, true},
		"only the loader":     {testelf.Library{Loader: "/lib/ld-musl-aarch64.so.1"}, true},
		"its own loader":      {testelf.Library{Loader: "/opt/python/m/ld-musl-x86_64.so.1", Needed: []string{"libc.so"}}, false},
		"static":              {testelf.Library{Static: true}, false},
		"static-pie":          {testelf.Library{}, false},
		"glibc":               {testelf.Library{Needed: []string{"libc.so.6"}}, false},
		"glibc, program":      {testelf.Library{Loader: "/lib64/ld-linux-x86-64.so.2", Needed: []string{"libc.so.6"}}, false},
		"glibc by its symbol": {testelf.Library{Needed: []string{"libc.so"}, Versions: glibc}, false},
		"another library":     {testelf.Library{Needed: []string{"libmusl.so", "libcc.so"}}, false},
	} {
		for _, padding := range []int{0, 5 << 20} {
			c.file.Padding = padding
			if got := read(t, c.file.Bytes()); got.Damage != "" || got.NeedsMusl() != c.want {
				t.Errorf("%s, padding %d: %t from %+v", name, padding, got.NeedsMusl(), got)
			}
		}
	}
}
