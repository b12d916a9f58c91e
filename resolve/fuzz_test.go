package resolve

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/lock"
)

// FuzzResolve walks locks of every format: it comes to an end, and says what is
// wrong as a fault.
func FuzzResolve(f *testing.F) {
	formats := []string{"uv.lock", "poetry.lock", "pylock.toml", "pdm.lock", "Pipfile.lock", "requirements.txt"}
	for i, format := range formats {
		f.Add(uint8(i), goodLocks[format], "x", "dev")
	}
	f.Add(uint8(0), "version = 1\nrequires-python = \">=3.9\"\nconflicts = [[{ package = \"a\", extra = \"x\" }, { package = \"a\", group = \"dev\" }]]\n"+
		"[[package]]\nname = \"a\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"b\", extra = [\"z\"], marker = \"extra != 'extra-1-a-x'\" }]\n"+
		"[package.optional-dependencies]\nx = [{ name = \"b\" }]\n[package.dev-dependencies]\ndev = [{ name = \"a\", extra = [\"x\"] }]\n"+
		"[[package]]\nname = \"b\"\nversion = \"1\"\nsource = { url = \"https://files.example/b-1-py3-none-any.whl\" }\ndependencies = [{ name = \"a\" }]\n", "x", "dev")
	index := &finder{files: map[string][]string{"six": {"six-1.0-py3-none-any.whl", "six-1.0.tar.gz"}}}
	tt := targetOf(f, "python3.13/x86_64")
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, format uint8, content, extra, group string) {
		path := filepath.Join(dir, formats[int(format)%len(formats)])
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		testenv.Frugal(t, func() {
			l, err := lock.Read(path)
			if err != nil {
				return
			}
			o := Options{Selection: Selection{Extras: []string{extra}, Groups: []string{group}}, AllowUnhashed: len(content)%2 == 0}
			for _, o := range []Options{{}, {Selection: Selection{AllExtras: true, OnlyGroups: o.Groups}}, o} {
				r, err := Resolve(context.Background(), l, tt, o, index)
				if kind := fault.KindOf(err); err != nil && kind != fault.Lock && kind != fault.Usage {
					t.Errorf("neither a lock nor a usage fault: %v", err)
				}
				if err == nil {
					r.Inputs()
				}
				if x, err := Explain(l, tt, o); err == nil {
					for i := range l.Packages {
						_, _, _ = x.Files(context.Background(), i, index)
					}
				}
			}
		})
	})
}
