package house

import (
	"bytes"
	"cmp"
	_ "embed"
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

const maxLines = 400

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

// imports.txt lists the packages of the product in the order in which data flows, each
// with the packages of the module that it may import, which are listed before it.
//
//go:embed imports.txt
var importList string

// isProduct reports a package that is part of the binary or the library.
func (p goPackage) isProduct() bool {
	return len(p.GoFiles) > 0 && !strings.HasPrefix(p.path(), "internal/test/") && !strings.HasPrefix(p.path(), "tools/") && p.path() != "internal/bench"
}

func TestImports(t *testing.T) {
	allowed := map[string]string{}
	for line := range strings.Lines(importList) {
		path, imports, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			continue
		}
		for _, i := range strings.Fields(imports) {
			if _, above := allowed[i]; !above {
				t.Errorf("imports.txt: %s imports %s, which is not listed before it", path, i)
			}
		}
		allowed[path] = path + ":" + imports
	}
	for _, p := range packages(t) {
		if !p.isProduct() {
			continue
		}
		line := cmp.Or(p.path(), ".") + ":"
		for _, i := range p.Imports {
			if path, ours := strings.CutPrefix(i, module+"/"); ours {
				line += " " + path
			} else if i == module {
				line += " ."
			}
		}
		if allowed[cmp.Or(p.path(), ".")] != line {
			t.Errorf("imports.txt needs this line, below all that it names: %s", line)
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
	build := exec.Command("go", "build", "-ldflags=-w", "-o", binary, "./cmd/lamella")
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
	host := regexp.MustCompile(`(?i)py[p]i\.org|f[u]ry\.io|cloud[s]mith\.io|package[c]loud\.io|python[h]osted|npm[j]s\.|proxy\.go[l]ang`)
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
