// Command counts prints how large and how tangled the product's code is, without
// tests, test servers and tools:
//
//	go run ./tools/counts [DIR]
//
// DIR is the root of the repository, by default the current folder. It can be the
// work tree of another commit, to compare.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	maxLines      = 50 // of a function
	maxComplexity = 25 // cognitive, of a function
	gocognit      = "github.com/uudashr/gocognit/cmd/gocognit@v1.3.0"
)

func main() {
	dir := "."
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	if err := run(dir); err != nil {
		fmt.Fprintln(os.Stderr, "counts:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	packages, err := load(dir)
	if err != nil {
		return err
	}
	folders, err := topFolders(dir)
	if err != nil {
		return err
	}
	complex, err := complexFunctions(dir, packages)
	if err != nil {
		return err
	}
	root, all := rootUses(packages), allUses(packages)
	size := measure(packages)
	for _, row := range []struct {
		what  string
		count int
		names []string
	}{
		{"root files", root.files, nil},
		{"public packages", len(public(packages)), public(packages)},
		{"top-level folders", len(folders), folders},
		{"uses between root files", root.uses, nil},
		{"pairs of root files that use each other", len(root.mutual), root.mutual},
		{"root files in cycles", len(root.cyclic), root.cyclic},
		{"pairs of files in a package that use each other", len(all.mutual), nil},
		{"pairs of folders that import each other", len(folderCycles(packages)), folderCycles(packages)},
		{"lines of the longest file", size.longest, []string{size.longestName}},
		{fmt.Sprintf("functions over %d lines", maxLines), len(size.long), size.long},
		{fmt.Sprintf("functions with a cognitive complexity over %d", maxComplexity), len(complex), complex},
		{"packages", len(packages), nil},
		{"files", size.files, nil},
		{"lines of code, comments and blank lines", size.lines, nil},
	} {
		fmt.Printf("%7d  %s\n", row.count, row.what)
		for _, name := range row.names {
			fmt.Println("           " + name)
		}
	}
	return nil
}

// isProduct reports whether the package at a path in the repository is part of the
// binary or the library.
func isProduct(path string) bool {
	for _, prefix := range []string{
		"internal/test", "internal/bench", "tools", "bench", // and, before they moved to internal/test:
		"internal/e2e", "internal/fakeaws", "internal/house", "internal/largelock", "internal/oracle", "internal/versitygw",
	} {
		if strings.HasPrefix(path, prefix) {
			return false
		}
	}
	return true
}

// topFolders returns the top-level folders with files in the repository, without
// hidden ones.
func topFolders(dir string) ([]string, error) {
	cmd := exec.Command("git", "ls-files")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	set := map[string]bool{}
	for path := range strings.Lines(string(out)) {
		if folder, _, ok := strings.Cut(path, "/"); ok && !strings.HasPrefix(folder, ".") {
			set[folder] = true
		}
	}
	return sorted(set), nil
}

// complexFunctions runs gocognit on all files.
func complexFunctions(dir string, packages []*pkg) ([]string, error) {
	args := []string{"run", gocognit, "-over", fmt.Sprint(maxComplexity)}
	for _, p := range packages {
		for _, file := range p.files {
			absolute, err := filepath.Abs(file.path)
			if err != nil {
				return nil, err
			}
			args = append(args, absolute)
		}
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output() // it fails if it finds functions
	if err != nil && len(out) == 0 {
		return nil, fmt.Errorf("gocognit: %w\n%s", err, stderr.String())
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	var functions []string
	for line := range strings.Lines(string(out)) {
		if fields := strings.Fields(line); len(fields) == 4 {
			position := strings.TrimPrefix(fields[3], absolute+string(filepath.Separator))
			functions = append(functions, fmt.Sprintf("%s %s %s", fields[0], fields[2], position))
		}
	}
	return functions, nil
}
