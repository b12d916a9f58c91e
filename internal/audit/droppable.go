package audit

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/layer"
)

// Names of folders that a layer usually does not need. Tests are packages of
// their own that nothing else imports. The others qualify only if they hold no
// Python code: botocore.docs, for one, is imported whenever a client is made.
// "testing" is in neither list: other packages import numpy.testing and the like.
var (
	testNames = map[string]bool{"tests": true, "test": true}
	dataNames = map[string]bool{"include": true, "docs": true, "doc": true, "examples": true, "example": true, "samples": true, "benchmarks": true}
)

// findDroppable groups files by the outermost such folder around them.
func findDroppable(entries []layer.Entry) []Folder {
	folders := make(map[string]*Folder) // by folder path
	code := make(map[string]bool)       // folders that hold Python code
	for i := range entries {
		path, ok := strings.CutPrefix(entries[i].Name, layer.Root)
		if !ok {
			continue
		}
		folder, isTest := outermost(path)
		if folder == "" {
			continue
		}
		f := folders[folder]
		if f == nil {
			top, _, _ := strings.Cut(folder, "/")
			f = &Folder{Pattern: folder + "/**", Package: top, Tests: isTest}
			folders[folder] = f
		}
		f.Files++
		f.Bytes += entries[i].Size
		if !isTest && (strings.HasSuffix(path, ".py") || strings.HasSuffix(path, ".so")) {
			code[folder] = true
		}
	}
	maps.DeleteFunc(folders, func(path string, _ *Folder) bool { return code[path] })
	return joinTests(folders)
}

// outermost returns the first folder of path that has one of the names, ""
// if there is none. At the top, where packages are, only tests count, and the
// metadata of a distribution is never one.
func outermost(path string) (folder string, isTest bool) {
	for start := 0; ; {
		length := strings.IndexByte(path[start:], '/')
		if length < 0 {
			return "", false
		}
		name := path[start : start+length]
		if start == 0 && strings.HasSuffix(name, ".dist-info") {
			return "", false
		}
		if testNames[name] || start > 0 && dataNames[name] {
			return path[:start+length], testNames[name]
		}
		start += length + 1
	}
}

// joinTests makes one Folder of the folders "tests" (or "test") of a package, since
// there may be dozens, and sorts the result.
func joinTests(folders map[string]*Folder) []Folder {
	joined := make(map[string]*Folder)
	for _, path := range slices.Sorted(maps.Keys(folders)) {
		f := folders[path]
		key := f.Pattern
		if f.Tests {
			key = f.Package + "/" + base(path)
		}
		first := joined[key]
		if first == nil {
			joined[key] = f
			continue
		}
		first.Pattern = f.Package + "/**/" + base(path) + "/**"
		first.Files += f.Files
		first.Bytes += f.Bytes
	}
	var list []Folder
	for _, f := range joined {
		list = append(list, *f)
	}
	slices.SortFunc(list, func(a, b Folder) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Pattern, b.Pattern))
	})
	return list
}

// base returns path's last segment.
func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
