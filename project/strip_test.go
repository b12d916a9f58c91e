package project

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testelf"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/spec"
)

// A layer with strip is another one, the same in every build, and smaller by what is said
// to be left out, from a lock file and from a folder.
func TestStrip(t *testing.T) {
	dir := t.TempDir()
	library := string(testelf.Image(testelf.Part{Name: ".text", Loaded: true, Content: []byte("code")},
		testelf.Part{Name: ".debug_info", Content: bytes.Repeat([]byte{1}, 10_000)}, testelf.Part{Name: testelf.SectionNames}, testelf.Part{Table: true}))
	wheel := testindex.MakeWheel(t, filepath.Join(dir, "wheels"), "demo", "1.0", "py3-none-manylinux_2_17_x86_64",
		map[string]string{"demo/lib.so": library, "demo/__init__.py": ""})
	content, err := os.ReadFile(wheel)
	if err != nil {
		t.Fatal(err)
	}
	lock := fmt.Sprintf("demo==1.0 --hash=sha256:%x\n", sha256.Sum256(content))
	if err := os.WriteFile(filepath.Join(dir, "requirements.txt"), []byte(lock), 0o644); err != nil {
		t.Fatal(err)
	}
	none := func(string) string { return "" }
	build := func(strip bool, env spec.Env) *Zip {
		t.Helper()
		l := spec.Layer{Project: dir, Name: "demo", Runtime: "python3.13", Build: spec.Build{Strip: strip, FindLinks: []string{filepath.Join(dir, "wheels")}}}
		p, err := Open(t.Context(), l, env)
		if err != nil {
			t.Fatal(err)
		}
		z, err := p.Build(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	env := spec.Env{CacheDir: t.TempDir(), Getenv: none}
	plain, stripped := build(false, env), build(true, env)
	if len(plain.LeftOut) > 0 || len(stripped.LeftOut) != 1 {
		t.Fatalf("left out %+v and %+v", plain.LeftOut, stripped.LeftOut)
	}
	left := stripped.LeftOut[0]
	// The row of RECORD may have fewer digits.
	if saved := plain.Unzipped - stripped.Unzipped; left.Exclude != LeftOutByStrip || left.Files != 1 || left.Bytes < 10_000 || saved-left.Bytes > 2 || saved < left.Bytes {
		t.Errorf("left out %+v, saved %d", left, saved)
	}
	if plain.Inputs == stripped.Inputs {
		t.Error("the inputs are the same")
	}
	for name, again := range map[string]*Zip{"warm": build(true, env), "cold": build(true, spec.Env{CacheDir: t.TempDir(), Getenv: none})} {
		if again.SHA256 != stripped.SHA256 || again.Inputs != stripped.Inputs {
			t.Errorf("%s: another zip", name)
		}
	}

	folder := filepath.Join(dir, "site-packages")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "lib.so"), []byte(library), 0o755); err != nil {
		t.Fatal(err)
	}
	z, err := Package(t.Context(), PackageOptions{Dir: folder, Strip: true}, env)
	if err != nil {
		t.Fatal(err)
	}
	if want := int64(len(library)) - left.Bytes; z.Unzipped != want || !strings.HasSuffix(z.Path, ".zip") {
		t.Errorf("%s has %d bytes unzipped, want %d", z.Path, z.Unzipped, want)
	}
}
