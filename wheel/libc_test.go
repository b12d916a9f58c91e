package wheel

import (
	"bytes"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testelf"
	"github.com/lamella-build/lamella/layer"
)

// A wheel whose tags do not promise glibc says which of its files need musl, whether it is
// examined as a whole or while it arrives.
func TestLibc(t *testing.T) {
	musl := testelf.Library{Needed: []string{"libc.musl-x86_64.so.1"}, Padding: 100_000}
	files := []zipEntry{
		{name: "demo/alpine.so", content: string(musl.Bytes())},
		{name: "demo/musl.so", content: string(testelf.Library{Needed: []string{"libc.so"}}.Bytes()), stored: true},
		{name: "demo/bin/program", content: string(testelf.Library{Loader: "/lib/ld-musl-x86_64.so.1"}.Bytes())},
		{name: "demo/glibc.so", content: string(testelf.Library{Needed: []string{"libc.so.6"}}.Bytes())},
		{name: "demo/bin/static", content: string(testelf.Library{Static: true}.Bytes())},
		{name: "demo/text", content: "libc.musl-x86_64.so.1"},
	}
	b := demo(files...).bytes()
	for name, read := range map[string]bool{
		"demo-1.0-cp313-cp313-linux_x86_64.whl":                                true,
		"demo-1.0-py3-none-any.whl":                                            true,
		"demo-1.0-py3-none-manylinux_2_17_x86_64.musllinux_1_1_x86_64.whl":     true,
		"demo-1.0-cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64.whl":  false,
		"https://index.example/demo-1.0-cp313-cp313-manylinux_2_28_x86_64.whl": false,
		"": true,
	} {
		whole, err := Examine(bytes.NewReader(b), int64(len(b)), name)
		if err != nil {
			t.Fatal(err)
		}
		a := NewArriving(bytes.NewReader(b))
		defer a.Close()
		a.Grow(int64(len(b)))
		arrived, err := a.Examine(int64(len(b)), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, facts := range []*Facts{whole, arrived} {
			for i, file := range files {
				code := facts.code[i]
				if (code != nil) != (file.name != "demo/text") {
					t.Errorf("%s: %s is %+v", name, file.name, code)
				} else if code != nil && (code.Libc == layer.Musl) != (read && i < 3) {
					t.Errorf("%s: %s is %+v", name, file.name, code)
				}
			}
		}
	}
	w, err := mustExamine(t, b).Open(bytes.NewReader(b), int64(len(b)), demoName)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := w.Entries(nil)
	if err != nil {
		t.Fatal(err)
	}
	needing := 0
	for _, e := range entries {
		if e.Code != nil && e.Code.Libc == layer.Musl {
			needing++
		}
	}
	if needing != 3 {
		t.Errorf("%d entries need musl", needing)
	}
}
