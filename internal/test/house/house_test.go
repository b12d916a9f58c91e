package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

const module = "github.com/lamella-build/lamella"

// levels is the order in which data flows. A package may import those of its
// own level and above; packages under internal/ that are not named here serve
// tests and are not checked.
var levels = [][]string{
	{"internal/secret"},
	{"fault", "event", "digest", "command", "container", "pypa/pep440", "pypa/pep503", "pypa/pep425", "pypa/pep508", "pypa/pysource"},
	{"internal/textfile"},
	{"target"},
	{"lock"},
	{"resolve"},
	{"cache", "index", "index/codeartifact"},
	{"layer", "wheel"},
	{"builder", "audit", "installer"},
	{"sdist"},
	{"layerzip"},
	{"store", "store/aws", "store/local", "store/storetest"},
	{"publish", "publish/delta"},
	{"functions", "policy", "shard", "spec"},
	{"project"},
	{"versions", "status", "doctor", "export"},
	{"deploy"},
	{""},
	{"config", "cmd/lamella/output"},
	{"internal/cli"},
	{"cmd/lamella"},
}

const maxLines = 450

type goPackage struct {
	ImportPath string
	Name       string
	Doc        string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func (p goPackage) path() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	list := exec.Command("go", "list", "-json=ImportPath,Name,Doc,Dir,GoFiles,Imports", "./...")
	list.Dir = testenv.Root()
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestEveryPackageHasADocComment(t *testing.T) {
	for _, p := range packages(t) {
		if p.Doc == "" && len(p.GoFiles) > 0 {
			t.Errorf("package %q has no package comment", p.path())
		}
	}
}

func TestNoUpwardImports(t *testing.T) {
	level := map[string]int{}
	for i, paths := range levels {
		for _, path := range paths {
			level[path] = i
		}
	}
	for _, p := range packages(t) {
		own, known := level[p.path()]
		if !known {
			if !strings.HasPrefix(p.path(), "internal/") && p.path() != "bench" && p.path() != "tools/release" {
				t.Errorf("package %q has no place in the order of levels", p.path())
			}
			continue
		}
		for _, imported := range p.Imports {
			path, ours := strings.CutPrefix(imported, module)
			if ours && level[strings.TrimPrefix(path, "/")] > own {
				t.Errorf("package %q imports %q, which is downstream of it", p.path(), imported)
			}
		}
	}
}

// Templates call methods by names that only exist at run time, so a linker that
// meets them has to keep every exported method of every type: six more
// megabytes of AWS SDK.
func TestNoTemplates(t *testing.T) {
	for _, p := range packages(t) {
		for _, imported := range p.Imports {
			if imported == "html/template" || imported == "text/template" {
				t.Errorf("package %q imports %s", p.path(), imported)
			}
		}
	}
}

// A dependency may import templates as long as nothing reachable runs them.
func TestTheLinkerDropsTemplates(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "lamella")
	build := exec.Command("go", "build", "-o", binary, "./cmd/lamella")
	build.Dir = testenv.Root()
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	symbols, err := exec.Command("go", "tool", "nm", binary).Output()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(symbols, []byte("main.main")) {
		t.Fatal("the symbol table is not readable")
	}
	if bytes.Contains(symbols, []byte("template.(*Template).Execute")) {
		t.Error("the binary can run a template")
	}
}

func TestNoFileIsTooLong(t *testing.T) {
	eachFile(t, func(path string, content []byte) {
		if filepath.Ext(path) == ".go" && bytes.Count(content, []byte("\n")) > maxLines {
			t.Errorf("%s has more than %d lines", path, maxLines)
		}
	})
}

// The index is discovered, or linked in when the binary is built.
func TestNoRegistryHost(t *testing.T) {
	host := regexp.MustCompile(`(?i)py[p]i\.org|python[h]osted|npm[j]s\.|proxy\.go[l]ang`)
	eachFile(t, func(path string, content []byte) {
		if found := host.Find(content); found != nil {
			t.Errorf("%s names %s", path, found)
		}
	})
}

// eachFile calls visit with every file that belongs to the repository.
func eachFile(t *testing.T, visit func(path string, content []byte)) {
	t.Helper()
	root := testenv.Root()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if name == ".git" || name == ".cache" || strings.HasPrefix(name, ".venv") ||
				name == "bin" || name == "dist" || name == "out" || name == "build" || name == "__pycache__" {
				return filepath.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		visit(filepath.ToSlash(relative), content)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
