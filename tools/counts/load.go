package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// pkg is a package of the product, type-checked.
type pkg struct {
	path    string // in the repository, "" for the root
	name    string
	imports []string // of packages in the repository, by path
	files   []file
	fset    *token.FileSet
	info    *types.Info
}

type file struct {
	path  string
	lines int
	ast   *ast.File
}

// listed is a package as go list prints it.
type listed struct {
	ImportPath, Name, Dir, Export string
	GoFiles, Imports              []string
	Standard                      bool
	Module                        *struct {
		Path string
		Main bool
	}
}

// load type-checks the product's packages, with export data for their imports.
func load(dir string) ([]*pkg, error) {
	all, err := list(dir)
	if err != nil {
		return nil, err
	}
	exports := map[string]string{}
	for _, l := range all {
		exports[l.ImportPath] = l.Export
	}
	fset := token.NewFileSet()
	lookup := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	var packages []*pkg
	for _, l := range all {
		if l.Module == nil || !l.Module.Main || len(l.GoFiles) == 0 {
			continue
		}
		p := &pkg{path: strings.TrimPrefix(strings.TrimPrefix(l.ImportPath, l.Module.Path), "/"), name: l.Name, fset: fset}
		if !isProduct(p.path) {
			continue
		}
		for _, path := range l.Imports {
			if inside, ok := strings.CutPrefix(path, l.Module.Path); ok {
				p.imports = append(p.imports, strings.TrimPrefix(inside, "/"))
			}
		}
		if err := p.check(l, lookup); err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
	return packages, nil
}

func list(dir string) ([]listed, error) {
	cmd := exec.Command("go", "list", "-deps", "-export", "-json=ImportPath,Name,Dir,Export,GoFiles,Imports,Standard,Module", "./...")
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var l listed
		if err := decoder.Decode(&l); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
}

// check parses and type-checks the package.
func (p *pkg) check(l listed, imports types.Importer) error {
	var parsed []*ast.File
	for _, name := range l.GoFiles {
		path := filepath.Join(l.Dir, name)
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		tree, err := parser.ParseFile(p.fset, path, content, parser.ParseComments)
		if err != nil {
			return err
		}
		parsed = append(parsed, tree)
		p.files = append(p.files, file{path, strings.Count(string(content), "\n"), tree})
	}
	p.info = &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: imports}
	_, err := config.Check(l.ImportPath, p.fset, parsed, p.info)
	return err
}
