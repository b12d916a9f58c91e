package check

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/internal/runtimes"
	"github.com/lamella-build/lamella/target"
)

// symbolVersion is a version of a family of symbols, such as GLIBC_2.34.
type symbolVersion struct {
	family string // such as "GLIBC", "GLIBCXX", "CXXABI", or "GCC"
	number []int
}

// parseSymbol parses a symbol version of any library.
func parseSymbol(text string) (v symbolVersion, ok bool) {
	if text == "GLIBC_ABI_DT_RELR" { // marks compact relocations, which glibc supports since 2.36
		text = "GLIBC_2.36"
	}
	family, number, ok := strings.Cut(text, "_")
	if !ok {
		return v, false
	}
	v.family = family
	for part := range strings.SplitSeq(number, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return v, false
		}
		v.number = append(v.number, n)
	}
	return v, true
}

// newer reports whether v is newer than the version with the given number.
func (v symbolVersion) newer(number string) bool {
	other, ok := parseSymbol(v.family + "_" + number)
	return ok && slices.Compare(v.number, other.number) > 0
}

// use is a symbol version that a file needs from the runtime.
type use struct {
	*object
	symbolVersion
	text string
}

// symbols reports files that need newer symbol versions than the runtime has. For each
// distribution and family, it reports the newest version. Versions of libraries in the layer
// do not count.
func (l *loader) symbols(objects []*object) []Finding {
	var tooNew []use
	for _, o := range objects {
		for _, need := range o.info.Versions {
			if !l.system[o][need.Library] {
				continue
			}
			for _, text := range need.Versions {
				v, ok := parseSymbol(text)
				if !ok {
					continue
				}
				if sure, _ := runtimes.Symbols(l.target, v.family); sure != "" && v.newer(sure) {
					tooNew = append(tooNew, use{o, v, text})
				}
			}
		}
	}
	var found []Finding
	for _, g := range group(tooNew, func(u use) string { return who(u.Entry) + "\n" + u.family }) {
		found = append(found, l.symbolFinding(g.items))
	}
	return found
}

// symbolFinding returns the finding about one distribution and one family.
func (l *loader) symbolFinding(uses []use) Finding {
	newest := slices.MaxFunc(uses, func(a, b use) int {
		return cmp.Or(slices.Compare(a.number, b.number), cmp.Compare(b.Name, a.Name))
	})
	by := who(newest.Entry)
	sure, last := runtimes.Symbols(l.target, newest.family)
	f := Finding{Code: SymbolVersion, Severity: Error, Subject: newest.text, Who: []string{by},
		Message: fmt.Sprintf("%s needs %s, but %s has %s_%s", by, newest.text, l.target.Runtime, newest.family, sure)}
	if !newest.newer(last) {
		f.Severity = Warning
		f.Message = fmt.Sprintf("%s needs %s, which only newer releases of %s have; Lambda's may be older (%s_%s)", by, newest.text, l.target.OS, newest.family, sure)
	}
	for _, u := range uses {
		f.Details = append(f.Details, fmt.Sprintf("%s needs %s", u.Path(), u.text))
	}
	slices.Sort(f.Details)
	f.Details = most(slices.Compact(f.Details))
	f.Hint = fmt.Sprintf("lock a version of %s whose wheels are built for glibc 2.%d or older", by, l.target.GlibcMinor)
	if later, ok := laterRuntime(l.target, newest); ok {
		f.Hint += ", or build for " + later
	}
	return f
}

// laterRuntime returns the oldest runtime that certainly has a symbol version.
func laterRuntime(t target.Target, v use) (string, bool) {
	for _, other := range target.All() {
		if sure, _ := runtimes.Symbols(other, v.family); other.Architecture == t.Architecture && other.Minor > t.Minor && !v.newer(sure) {
			return other.Runtime, true
		}
	}
	return "", false
}
