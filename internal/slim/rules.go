package slim

import (
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/layer"
)

// folders are the names of the folders that a preset leaves out.
var folders = map[string][]string{
	// The places that pytest and unittest describe in their good practices.
	Tests: {"test", "tests"},
	Docs:  {"doc", "docs", "example", "examples", "demos"},
}

// headers are the extensions of headers (GCC's manual, section 3.2, and CUDA's), and of
// Cython's declarations.
var headers = []string{".h", ".hh", ".hpp", ".hxx", ".cuh", ".pxd"}

// included are what headers include besides, taken only below a folder include.
var included = []string{".inc", ".inl", ".tcc", ".ipp", ".txx"}

// compilers are distributions that compile when they run, against headers of their own
// or of others: these keep theirs.
var compilers = []string{"cffi", "cupy", "cython", "numba", "pybind11", "pythran", "setuptools", "torch", "triton", "ziglang"}

// shared are the folders of documentation that the Filesystem Hierarchy Standard 3.0
// (section 4.11) names. A wheel's data puts them there.
var shared = []string{"share/doc/", "share/man/", "share/info/", "share/gtk-doc/"}

// IsCandidate reports a file that one of the presets would leave out if nothing needs it.
func IsCandidate(presets []string, e *layer.Entry) bool {
	return slices.ContainsFunc(presets, func(p string) bool { return candidate(p, e) })
}

// candidate reports a file that a preset would leave out if nothing needs it.
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
// out, "" if there is none.
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

// inMetadata reports the files of a .dist-info folder.
func inMetadata(name string) bool {
	return strings.HasSuffix(path.Dir(name), ".dist-info") || strings.Contains(name, ".dist-info/")
}

func isEntryPoints(name string) bool {
	return path.Base(name) == "entry_points.txt" && inMetadata(name)
}

// mentions are strings in sources that name a folder and do not read it.
var mentions = map[string][]string{
	// util/_exceptions.py compares the paths of callers with it, util/_tester.py runs pytest.
	"pandas": {"tests"},
}

// selection decides what is left out.
type selection struct {
	entries    []layer.Entry
	out        map[int]string // preset that leaves an entry out; what stays is absent
	next       []int          // that stay, and whose references were not looked at
	references map[string]references
}

// keepNeeded keeps what something that stays refers to, until there is nothing more.
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

// keepModule keeps the files of a module and of the packages that it is in. A package
// that stays keeps its data, too.
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

// keepPath keeps the file or the folders of a path that a distribution has.
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
