package main

import (
	"fmt"
	"go/ast"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// uses is how files of packages use each other.
type uses struct {
	files, uses int
	mutual      []string // pairs of files that use each other
	cyclic      []string // files that use themselves through others
}

func rootUses(packages []*pkg) uses {
	for _, p := range packages {
		if p.path == "" {
			return p.uses()
		}
	}
	return uses{}
}

func allUses(packages []*pkg) uses {
	var all uses
	for _, p := range packages {
		u := p.uses()
		all.files, all.uses = all.files+u.files, all.uses+u.uses
		all.mutual = append(all.mutual, u.mutual...)
	}
	return all
}

// uses finds the files of the package that use what another one declares: a
// package-level name, a method or a field.
func (p *pkg) uses() uses {
	graph := map[string]map[string]bool{}
	for _, f := range p.files {
		from := filepath.Base(f.path)
		graph[from] = map[string]bool{}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok || p.info.Uses[id] == nil || !p.info.Uses[id].Pos().IsValid() {
				return true
			}
			declared := p.fset.Position(p.info.Uses[id].Pos()).Filename
			if to := filepath.Base(declared); to != from && filepath.Dir(declared) == filepath.Dir(f.path) {
				graph[from][to] = true
			}
			return true
		})
	}
	u := uses{files: len(p.files)}
	for _, from := range slices.Sorted(maps.Keys(graph)) {
		u.uses += len(graph[from])
		for _, to := range sorted(graph[from]) {
			if from < to && graph[to][from] {
				u.mutual = append(u.mutual, fmt.Sprintf("%s ↔ %s", path.Join(p.path, from), to))
			}
		}
		if reaches(graph, from, from, map[string]bool{}) {
			u.cyclic = append(u.cyclic, from)
		}
	}
	return u
}

// reaches reports whether a path of at least one edge leads from one node to another.
func reaches(graph map[string]map[string]bool, from, to string, seen map[string]bool) bool {
	for next := range graph[from] {
		if next == to {
			return true
		}
		if !seen[next] {
			seen[next] = true
			if reaches(graph, next, to, seen) {
				return true
			}
		}
	}
	return false
}

// folderCycles returns the pairs of folders whose packages import each other, though
// no two packages do. The folders of internal/ count one by one.
func folderCycles(packages []*pkg) []string {
	folder := func(path string) string {
		parts := strings.SplitN(path, "/", 3)
		if parts[0] == "internal" && len(parts) > 1 {
			return parts[0] + "/" + parts[1]
		}
		return parts[0]
	}
	graph := map[string]map[string]bool{}
	for _, p := range packages {
		from := folder(p.path)
		if graph[from] == nil {
			graph[from] = map[string]bool{}
		}
		for _, i := range p.imports {
			if to := folder(i); to != from {
				graph[from][to] = true
			}
		}
	}
	var pairs []string
	for _, from := range slices.Sorted(maps.Keys(graph)) {
		for _, to := range sorted(graph[from]) {
			if from < to && graph[to][from] {
				pairs = append(pairs, from+" ↔ "+to)
			}
		}
	}
	return pairs
}

// public returns the packages that other modules can import.
func public(packages []*pkg) []string {
	var paths []string
	for _, p := range packages {
		if p.name != "main" && !strings.HasPrefix(p.path, "internal/") && !strings.Contains(p.path, "/internal/") {
			paths = append(paths, path.Join(".", p.path))
		}
	}
	slices.Sort(paths)
	return paths
}

// size is how much code there is.
type size struct {
	files, lines, longest int
	longestName           string
	long                  []string // functions over maxLines
}

func measure(packages []*pkg) size {
	var s size
	for _, p := range packages {
		for _, f := range p.files {
			s.files++
			s.lines += f.lines
			if f.lines > s.longest {
				s.longest, s.longestName = f.lines, path.Join(p.path, filepath.Base(f.path))
			}
			for _, declaration := range f.ast.Decls {
				fn, ok := declaration.(*ast.FuncDecl)
				if !ok {
					continue
				}
				if n := 1 + p.fset.Position(fn.End()).Line - p.fset.Position(fn.Pos()).Line; n > maxLines {
					s.long = append(s.long, fmt.Sprintf("%d %s %s", n, fn.Name.Name, path.Join(p.path, filepath.Base(f.path))))
				}
			}
		}
	}
	return s
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
