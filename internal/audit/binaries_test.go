package audit_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/internal/test/testelf"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/target"
)

func content(path string, data []byte) layer.Entry {
	return layer.Entry{Name: "python/" + path, Size: int64(len(data)), Compressed: int64(len(data)), Source: bytes.NewReader(data),
		Code: layer.CodeOf(data[:min(len(data), layer.CodeHead)])}
}

func check(t *testing.T, runtime, architecture string, entries ...layer.Entry) *fault.Error {
	t.Helper()
	target, err := target.Parse(runtime, architecture)
	if err != nil {
		t.Fatal(err)
	}
	err = audit.CheckBinaries(entries, target)
	var e *fault.Error
	if err != nil && (!errors.As(err, &e) || e.Kind != fault.Layer) {
		t.Fatalf("got %v", err)
	}
	return e
}

// memfd_create came with glibc 2.27, one later than Amazon Linux 2 has.
const newSymbol = "extern int memfd_create(const char *, unsigned); int f(void) { return memfd_create(\"x\", 0); }\n"

func TestCheckBinaries(t *testing.T) {
	object := testenv.SharedObject(t, newSymbol)
	machine := map[byte]string{62: "x86_64", 183: "arm64"}[object[18]] // e_machine
	if machine == "" {
		t.Skipf("this machine (%d) is none of Lambda's", object[18])
	}
	other := slices.Clone(object)
	other[18] = 62 + 183 - object[18]
	swapped := map[string]string{"x86_64": "arm64", "arm64": "x86_64"}[machine]

	if e := check(t, "python3.13", machine, content("m/f.so", object)); e != nil {
		t.Errorf("glibc 2.34 has all that it needs, but: %v", e)
	}
	for name, c := range map[string]struct {
		got  *fault.Error
		want string
	}{
		"glibc":   {check(t, "python3.11", machine, content("m/f.so", object)), "memfd_create@GLIBC_2.27"},
		"machine": {check(t, "python3.13", machine, content("m/f.so", other)), "m/f.so "},
		"target":  {check(t, "python3.13", swapped, content("m/f.so", object)), "m/f.so "},
		"damaged": {check(t, "python3.13", machine, content("m/f.so", object[:64])), "m/f.so "},
		"macOS":   {check(t, "python3.13", machine, content("m/f.so", []byte("\xcf\xfa\xed\xfe...."))), "macOS"},
	} {
		if c.got == nil || !strings.Contains(c.got.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, c.got, c.want)
		}
	}
	if e := check(t, "python3.11", machine, content("a.so", object), content("b.so", object)); e == nil || len(e.Details) != 2 {
		t.Errorf("of two files: %v", e)
	}
}

// What is no machine code, or is not loaded, is let through.
func TestCheckBinariesPassesOthers(t *testing.T) {
	relocatable := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 57)...)
	relocatable[16], relocatable[18], relocatable[20] = 1, 247, 1 // ET_REL, EM_BPF, EV_CURRENT
	relocatable[52], relocatable[58] = 64, 64                     // e_ehsize, e_shentsize
	if e := check(t, "python3.13", "x86_64", content("a.py", []byte("x = 1\n")), content("empty", nil), content("short", []byte("\x7fE")),
		content("launcher.exe", []byte("MZ......")), content("probe.o", relocatable)); e != nil {
		t.Error(e)
	}
}

// Code that needs musl is foreign, unless the layer has the same for glibc.
func TestCheckBinariesOfMusl(t *testing.T) {
	glibc := testelf.Library{Needed: []string{"libc.so.6"}}.Bytes()
	static := testelf.Library{Static: true}.Bytes()
	for name, musl := range map[string]testelf.Library{
		"library":     {Needed: []string{"libc.musl-x86_64.so.1"}},
		"other name":  {Needed: []string{"libc.so"}},
		"program":     {Loader: "/lib/ld-musl-x86_64.so.1", Needed: []string{"libc.so"}},
		"only loader": {Loader: "/lib/ld-musl-x86_64.so.1"},
	} {
		file := content("m/x", musl.Bytes())
		if e := check(t, "python3.13", "x86_64", file, content("m/y", static)); e == nil || !strings.HasPrefix(e.Message, "m/x is linked against musl") || len(e.Hints) == 0 {
			t.Errorf("%s: %v", name, e)
		}
		if file.Code.Libc != "" {
			t.Errorf("%s: the caller's entry was changed", name)
		}
		beside := []layer.Entry{content("m/tool_musl", musl.Bytes()), content("m/tool", glibc), content("m/_x.cpython-313-x86_64-linux-gnu.so", glibc), content("m/_x.abi3.so", musl.Bytes())}
		if e := check(t, "python3.13", "x86_64", beside...); e != nil {
			t.Errorf("%s, beside glibc: %v", name, e)
		}
		if e := check(t, "python3.13", "x86_64", append(beside, content("m/other", musl.Bytes()))...); e == nil || !strings.HasPrefix(e.Message, "m/other ") {
			t.Errorf("%s, one of several: %v", name, e)
		}
	}
	for name, c := range map[string]testelf.Library{"static": {Static: true}, "static-pie": {}, "glibc": {Needed: []string{"libc.so.6"}}} {
		if e := check(t, "python3.13", "x86_64", content("m/x", c.Bytes())); e != nil {
			t.Errorf("%s: %v", name, e)
		}
	}
}

func FuzzCheckBinaries(f *testing.F) {
	f.Add([]byte("\x7fELF\x02\x01\x01"))
	f.Add([]byte("\xcf\xfa\xed\xfe"))
	target, err := target.Parse("python3.13", "arm64")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = audit.CheckBinaries([]layer.Entry{content("x.so", data)}, target)
	})
}
