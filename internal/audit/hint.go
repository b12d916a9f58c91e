package audit

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/target"
)

// codeHints returns two ways to leave out all of the foreign code: by excluding its
// distributions or its files.
func codeHints(code []Foreign, entries []layer.Entry, t target.Target) []string {
	var hints, owners []string
	for _, f := range code {
		if f.Entry.Owner != "" {
			owners = append(owners, f.Entry.Owner)
		}
	}
	slices.Sort(owners)
	switch owners = slices.Compact(owners); len(owners) {
	case 0:
	case 1:
		hints = append(hints, fmt.Sprintf("lock a version of %s that has a wheel for %s, or exclude it: --exclude %[1]s", owners[0], t))
	default:
		hints = append(hints, fmt.Sprintf("lock versions of %s that have wheels for %s, or exclude them: --exclude %s",
			strings.Join(owners, ", "), t, strings.Join(owners, " --exclude ")))
	}
	patterns := excludes(code, entries)
	what, they := "files", "them"
	if len(code) == 1 {
		what, they = "file", "it"
	}
	return append(hints, fmt.Sprintf("or exclude the %s if the layer works without %s: --exclude '%s'", what, they, strings.Join(patterns, "' --exclude '")))
}

// excludes returns patterns that match the foreign code and nothing else: for its files, or
// for folders that contain nothing else.
func excludes(code []Foreign, entries []layer.Entry) []string {
	out := make(map[string]bool, len(code))
	for _, f := range code {
		out[f.Entry.Name] = true
	}
	mixed := map[string]bool{} // folders that contain something else
	for i := range entries {
		for folder := entries[i].Path(); !out[entries[i].Name] && folder != "."; {
			folder = path.Dir(folder)
			mixed[folder] = true
		}
	}
	var patterns []string
	for _, f := range code {
		pattern := f.Entry.Path()
		for folder := path.Dir(pattern); folder != "." && !mixed[folder]; folder = path.Dir(folder) {
			pattern = folder + "/"
		}
		patterns = append(patterns, Pattern(pattern))
	}
	slices.Sort(patterns)
	return slices.Compact(patterns)
}

// Pattern converts the path of an entry, as returned by [layer.Entry.Path], to a pattern for
// --exclude that can be quoted with single quotes.
func Pattern(path string) string {
	path = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]{}\'",*`, r) {
			return '?'
		}
		return r
	}, path)
	if strings.Contains(strings.TrimSuffix(path, "/"), "/") && path[0] != '!' {
		return path
	}
	return "./" + path
}
