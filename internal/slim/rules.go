package slim

import (
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/layer"
)

// folders maps presets to the names of the folders that they leave out.
var folders = map[string][]string{
	// The folders that pytest and unittest recommend in their good practices.
	Tests: {"test", "tests"},
	Docs:  {"doc", "docs", "example", "examples", "demos"},
}

// headers are the extensions of header files (GCC's manual, section 3.2, and CUDA's), and of
// Cython's declarations.
var headers = []string{".h", ".hh", ".hpp", ".hxx", ".cuh", ".pxd"}

// included are the extensions of other files that headers include. They are left out only
// below a folder called include.
var included = []string{".inc", ".inl", ".tcc", ".ipp", ".txx"}

// compilers are distributions that compile at run time, using their own headers or those of
// others. They keep their headers.
var compilers = []string{"cffi", "cupy", "cython", "numba", "pybind11", "pythran", "setuptools", "torch", "triton", "ziglang"}

// shared are the folders for documentation in the Filesystem Hierarchy Standard 3.0 (section
// 4.11). A wheel's data can contain them.
var shared = []string{"share/doc/", "share/man/", "share/info/", "share/gtk-doc/"}

// IsCandidate reports whether one of the presets would leave out a file if nothing needs it.
func IsCandidate(presets []string, e *layer.Entry) bool {
	return slices.ContainsFunc(presets, func(p string) bool { return candidate(p, e) })
}

// candidate reports whether a preset would leave out a file if nothing needs it.
func candidate(preset string, e *layer.Entry) bool {
	if inMetadata(e.Name) {
		return false
	}
	name, folder := e.Path(), candidateFolder(preset, e.Name)
	extension := strings.ToLower(path.Ext(name))
	switch preset {
	case Tests:
		return folder != "" || path.Base(name) == "conftest.py"
	case Docs:
		return folder != "" || slices.ContainsFunc(shared, func(s string) bool { return strings.HasPrefix(name, s) })
	case Typing:
		return extension == ".pyi"
	case Headers:
		if slices.ContainsFunc(compilers, func(c string) bool { return e.Owner == c || strings.HasPrefix(e.Owner, c+"-") }) {
			return false
		}
		return slices.Contains(headers, extension) ||
			slices.Contains(included, extension) && strings.Contains("/"+path.Dir(name)+"/", "/include/")
	}
	return false
}

// candidateFolder returns the outermost folder around a file that the preset would leave
// out, or "" if there is none.
func candidateFolder(preset, name string) string {
	for at, rest := 0, name; ; {
		part, tail, nested := strings.Cut(rest, "/")
		if !nested {
			return ""
		}
		if slices.Contains(folders[preset], part) {
			return name[:at+len(part)]
		}
		at += len(part) + 1
		rest = tail
	}
}

// inMetadata reports whether a file is in a .dist-info folder.
func inMetadata(name string) bool {
	return strings.HasSuffix(path.Dir(name), ".dist-info") || strings.Contains(name, ".dist-info/")
}

func isEntryPoints(name string) bool {
	return path.Base(name) == "entry_points.txt" && inMetadata(name)
}

// mentions maps distributions to strings in their sources that name a folder without reading
// it.
var mentions = map[string][]string{
	// util/_exceptions.py compares the paths of callers with it, and util/_tester.py runs
	// pytest.
	"pandas": {"tests"},
}

// selection decides what is left out.
type selection struct {
	entries    []layer.Entry
	out        map[int]string // preset that leaves out the entry; entries that are kept are absent
	next       []int          // entries that are kept, and whose references have not been followed
	references map[string]references
}

// keepNeeded keeps everything that kept entries refer to, directly or indirectly.
func (s *selection) keepNeeded() {
	for i := range s.entries {
		if s.out[i] == "" {
			s.next = append(s.next, i)
		}
	}
	seen := map[string]bool{}
	for len(s.next) > 0 {
		e := &s.entries[s.next[len(s.next)-1]]
		s.next = s.next[:len(s.next)-1]
		r := s.references[e.Name]
		for _, module := range r.Modules {
			if !seen[module] {
				seen[module] = true
				s.keepModule(module)
			}
		}
		for _, text := range r.Paths {
			if key := e.Owner + ":" + text; !seen[key] && !slices.Contains(mentions[e.Owner], text) {
				seen[key] = true
				s.keepPath(e.Owner, text)
			}
		}
		if r.Stubs {
			s.keepStubs(e.Owner)
		}
	}
}

func (s *selection) keep(i int) {
	delete(s.out, i)
	s.next = append(s.next, i)
}

// keepModule keeps the files of a module and of the packages that contain it. A package that
// is kept also keeps its data.
func (s *selection) keepModule(module string) {
	at := strings.ReplaceAll(module, ".", "/")
	for i, preset := range s.out {
		if preset != Tests && preset != Docs {
			continue
		}
		name := s.entries[i].Path()
		folder := path.Dir(name)
		stem, _, _ := strings.Cut(path.Base(name), ".")
		inPackage := at == folder || strings.HasPrefix(at, folder+"/")
		if folder+"/"+stem == at || inPackage && (stem == "__init__" || !strings.HasSuffix(name, ".py")) {
			s.keep(i)
		}
	}
}

// keepPath keeps the file or the folders of a distribution that text names.
func (s *selection) keepPath(owner, text string) {
	for i := range s.out {
		if e := &s.entries[i]; e.Owner == owner && strings.Contains(e.Name, text) && strings.Contains("/"+e.Name+"/", "/"+text+"/") {
			s.keep(i)
		}
	}
}

// keepStubs keeps the stubs of a distribution.
func (s *selection) keepStubs(owner string) {
	for i, preset := range s.out {
		if preset == Typing && s.entries[i].Owner == owner {
			s.keep(i)
		}
	}
}
