package check

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/internal/runtimes"
)

// loader finds libraries as glibc's dynamic loader does in Lambda (ld.so(8)). If a library
// is already loaded, the loader uses it, wherever it is. Otherwise, it searches the DT_RPATH
// of the object and of the objects that led to it, then LD_LIBRARY_PATH (the runtime's
// folders, and finally /opt/lib), and then the DT_RUNPATH of the object itself.
type loader struct {
	*content
	byPath map[string]*object
	// byName maps sonames and file names to objects, in any folder.
	byName  map[string][]*object
	visited map[*object]bool

	missing map[string]map[*object]bool // library → objects that need it
	off     map[string]map[*object]bool // the same, for libraries that the layer has elsewhere
	system  map[*object]map[string]bool // libraries that belong to the runtime
}

// loaded is an object in a process, with the object that led to it.
type loaded struct {
	*object
	by *loaded
}

// libraries reports libraries that are missing, and symbol versions that are too new.
func (c *content) libraries() []Finding {
	l := &loader{content: c, byPath: map[string]*object{}, byName: map[string][]*object{}, visited: map[*object]bool{},
		missing: map[string]map[*object]bool{}, off: map[string]map[*object]bool{}, system: map[*object]map[string]bool{}}
	var objects []*object
	needed := map[string]bool{}
	for _, o := range c.objects {
		if o.info.Damage != "" || !audit.Loads(o.Entry, c.target) {
			continue
		}
		objects = append(objects, o)
		l.byPath[o.Name] = o
		for _, name := range names(o) {
			l.byName[name] = append(l.byName[name], o)
		}
		for _, name := range o.info.Needed {
			needed[name] = true
		}
	}
	// A library that another object needs is loaded by that object, under its conditions.
	for _, dependencies := range []bool{false, true} {
		for _, o := range objects {
			isNeeded := slices.ContainsFunc(names(o), func(name string) bool { return needed[name] })
			if isNeeded == dependencies && !l.visited[o] {
				l.load(o)
			}
		}
	}
	return slices.Concat(l.missingLibraries(), l.offPath(), l.symbols(objects))
}

// names returns the names by which the loader knows an object.
func names(o *object) []string {
	list := []string{path.Base(o.Name)}
	if o.info.Soname != "" && o.info.Soname != list[0] {
		list = append(list, o.info.Soname)
	}
	return list
}

// load follows the dependencies of root, breadth first.
func (l *loader) load(root *object) {
	present := map[string]bool{}
	queue := []*loaded{{object: root}}
	for len(queue) > 0 {
		o := queue[0]
		queue = queue[1:]
		l.visited[o.object] = true
		for _, name := range names(o.object) {
			present[name] = true
		}
		for _, library := range o.info.Needed {
			if present[library] {
				continue
			}
			present[library] = true
			if found := l.find(o, library); found != nil {
				queue = append(queue, &loaded{found, o})
			}
		}
		// The versions belong to libraries that the object needs directly or indirectly.
		for _, v := range o.info.Versions {
			has := runtimes.Library(l.target, v.Library) == runtimes.There || len(l.byName[v.Library]) == 0
			if has && l.search(o, v.Library) == nil {
				note(l.system, o.object, v.Library)
			}
		}
	}
}

// find returns the library in the layer that is loaded for o. It returns nil if the
// runtime's library is loaded or if there is none, and records that.
func (l *loader) find(o *loaded, library string) *object {
	if found := l.search(o, library); found != nil {
		return found
	}
	switch {
	case runtimes.Library(l.target, path.Base(library)) == runtimes.There:
	case len(l.byName[library]) > 0:
		note(l.off, library, o.object)
		return l.byName[library][0]
	default:
		note(l.missing, library, o.object)
	}
	return nil
}

// search returns the library in the layer that the loader finds for o, or nil if it finds
// the runtime's library or none.
func (l *loader) search(o *loaded, library string) *object {
	if strings.Contains(library, "/") { // the loader does not search for a path
		return l.byPath[strings.TrimPrefix(library, "/opt/")]
	}
	if len(o.info.RunPath) == 0 {
		for by := o; by != nil; by = by.by {
			if len(by.info.RunPath) > 0 { // DT_RUNPATH makes the loader ignore the object's DT_RPATH
				continue
			}
			if found := l.in(by.object, by.info.RPath, library); found != nil {
				return found
			}
		}
	}
	if runtimes.Library(l.target, library) == runtimes.There {
		return nil
	}
	if found := l.byPath["lib/"+library]; found != nil {
		return found
	}
	return l.in(o.object, o.info.RunPath, library)
}

// in looks for a library in the folders of an object's search path.
func (l *loader) in(o *object, folders []string, library string) *object {
	for _, folder := range folders {
		place, ok := expand(folder, path.Dir(o.Name))
		if !ok {
			continue
		}
		if found := l.byPath[path.Join(place, library)]; found != nil {
			return found
		}
	}
	return nil
}

// expand returns the folder of the layer that an element of a search path refers to. origin
// is the folder of the object. ok is false for a folder of another machine.
func expand(folder, origin string) (place string, ok bool) {
	for _, variable := range []string{"$ORIGIN", "${ORIGIN}"} {
		if rest, found := strings.CutPrefix(folder, variable); found {
			place := path.Join("/opt", origin, rest)
			inside, ok := strings.CutPrefix(place, "/opt/")
			return inside, ok
		}
	}
	return strings.CutPrefix(path.Clean(folder), "/opt/")
}

// note adds a value to one of several sets.
func note[K, V comparable](sets map[K]map[V]bool, key K, value V) {
	if sets[key] == nil {
		sets[key] = map[V]bool{}
	}
	sets[key][value] = true
}

// missingLibraries reports libraries that neither the layer nor the runtime has.
func (l *loader) missingLibraries() []Finding {
	var found []Finding
	for library, needing := range l.missing {
		f := Finding{Code: MissingLibrary, Severity: Error, Subject: library, Who: owners(needing), Details: most(filesOf(needing))}
		switch needs := doing(f.Who, "needs", "need"); {
		case runtimes.Library(l.target, library) == runtimes.Image:
			f.Severity = Warning
			f.Message = fmt.Sprintf("%s %s, which is in the container image of %s, but possibly not in Lambda", needs, library, l.target.Runtime)
		default:
			f.Message = fmt.Sprintf("%s %s, which is in neither the layer nor %s", needs, library, l.target.Runtime)
		}
		f.Hint = libraryHint(library, f.Who)
		found = append(found, f)
	}
	return found
}

// replacements maps distributions to distributions that contain the same modules, with fewer
// or with all of their libraries.
var replacements = map[string]string{
	"opencv-python":         "opencv-python-headless",
	"opencv-contrib-python": "opencv-contrib-python-headless",
	"psycopg2":              "psycopg2-binary",
}

func libraryHint(library string, needing []string) string {
	for _, name := range needing {
		if other := replacements[name]; other != "" {
			return fmt.Sprintf("require %s instead of %s", other, name)
		}
	}
	return fmt.Sprintf("put %s in the folder lib/ of another layer of the function, because Lambda searches /opt/lib", library)
}

// offPath reports libraries that the layer contains in folders that the loader does not
// search. That is intended if a package loads them first.
func (l *loader) offPath() []Finding {
	var found []Finding
	for library, needing := range l.off {
		f := Finding{Code: LibraryPath, Severity: Note, Subject: library, Who: owners(needing), Details: most(filesOf(needing))}
		f.Message = fmt.Sprintf("%s %s only if something else has already loaded %s", doing(f.Who, "finds", "find"), library, l.byName[library][0].Path())
		found = append(found, f)
	}
	return found
}

// owners returns the distributions of objects, sorted.
func owners(set map[*object]bool) []string {
	var list []*object
	for o := range set {
		list = append(list, o)
	}
	return distinct(list, func(o *object) string { return who(o.Entry) })
}

// filesOf returns the paths of objects, sorted.
func filesOf(set map[*object]bool) []string {
	var list []*object
	for o := range set {
		list = append(list, o)
	}
	return distinct(list, func(o *object) string { return o.Path() })
}

// doing formats names for a sentence, followed by its verb, which is one or several.
func doing(names []string, one, several string) string {
	if len(names) > 1 {
		return list(names) + " " + several
	}
	return list(names) + " " + one
}

// list formats names for a sentence.
func list(names []string) string {
	switch n := len(names); {
	case n == 0:
		return "the layer"
	case n == 1:
		return names[0]
	case n > 3:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:2], ", "), n-2)
	default:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
}
