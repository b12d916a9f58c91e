package resolve

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/lock"
)

// refusal says why a package cannot be installed, and what would help.
type refusal struct {
	node     *node
	reason   string   // a predicate of the package, such as "has no hash in the lock file"
	details  []string // one line for each of its files, closest first
	remedies []remedy
}

// sentence returns the whole message: the package, the reason, where the package is locked,
// and its dependents.
func (r *refusal) sentence() string {
	return fmt.Sprintf("%s %s (%s, %s)", r.node, r.reason, r.node.Where(), r.node.dependents())
}

// remedy is something that would help. Remedies of the same kind for several packages are
// combined into one hint.
type remedy struct {
	kind     remedyKind
	text     string // the hint, for otherHelp and likewise
	node     *node
	runtimes []string // for otherRuntime
	cause    string   // for likewise: what the hints of several packages have in common
}

type remedyKind int

const (
	otherHelp        remedyKind = iota
	otherRuntime                // choose a runtime with a compatible wheel
	relock                      // look up the files again (uv)
	likewise                    // do the same for each package
	allowWheel                  // use its wheel in spite of --no-binary
	otherVersion                // lock another version
	otherPinAndWheel            // allow its wheels, and pin another version (requirements.txt)
	otherPin                    // pin another version (requirements.txt)
	upgrade                     // look up the files of the locked version again (uv)
	build                       // build it from source
	orExclude                   // exclude it, as an alternative to another remedy
)

// help returns a remedy for each hint.
func help(hints ...string) []remedy {
	var list []remedy
	for _, text := range hints {
		list = append(list, remedy{text: text})
	}
	return list
}

// helpEach returns a hint for one package, like the hints for other packages with the same
// cause.
func helpEach(n *node, cause, text string) []remedy {
	return []remedy{{kind: likewise, node: n, cause: cause, text: text}}
}

func (g *graph) refusal(n *node, reason string, remedies ...remedy) *refusal {
	return &refusal{node: n, reason: reason, remedies: remedies}
}

// shown is the maximum number of refused packages that an error describes. A lock file may
// have tens of thousands.
const shown = 100

// isTerse reports whether enough packages were refused that the next one is only counted.
func (g *graph) isTerse() bool { return g.refusals >= shown }

// counted counts r, unless it is nil, and returns it, without what will not be shown.
func (g *graph) counted(r *refusal) *refusal {
	if r == nil {
		return nil
	}
	if g.isTerse() {
		r = &refusal{node: r.node, reason: r.reason}
	}
	g.refusals++
	return r
}

// fault returns the error for r alone.
func (g *graph) fault(r *refusal) *fault.Error {
	return &fault.Error{
		Kind: fault.Lock, Message: r.sentence(), Subject: r.node.String(),
		Details: r.details, Hints: g.hints([]*refusal{r}),
	}
}

// report returns one error for all refused packages, with a line or two for each of the first
// packages, and each hint only once.
func (g *graph) report(refused []*refusal) error {
	if len(refused) == 1 {
		return g.fault(refused[0])
	}
	all := &fault.Error{
		Kind: fault.Lock, Subject: g.lock.Path,
		Message: fmt.Sprintf("%d distributions in %s cannot be installed for %s", len(refused), g.lock.Path, g.platform()),
		Hints:   g.hints(refused[:min(shown, len(refused))]),
	}
	for i, r := range refused {
		if i == shown {
			all.Details = append(all.Details, "and "+number.Count(len(refused)-shown, "more distribution"))
			break
		}
		all.Details = append(all.Details, r.sentence())
		switch more := len(r.details) - 1; {
		case more == 0 || more > 0 && r.node.Name == "":
			all.Details = append(all.Details, "  "+r.details[0])
		case more > 0:
			all.Details = append(all.Details, fmt.Sprintf("  %s; to see %s, run: lamella why %s", r.details[0], number.Count(more, "more file"), r.node.Name))
		}
	}
	return all
}

// hints returns the hints for the refused packages, each only once: other runtimes, other
// help, the rest, and the alternatives to all of them.
func (g *graph) hints(refused []*refusal) []string {
	var runtimeHints, help, rest, alternatives []string
	nodes := map[remedyKind][]*node{}
	runtimes := map[*node][]string{}
	var each []remedy
	for _, r := range refused {
		for _, m := range r.remedies {
			switch {
			case m.kind == otherHelp && strings.HasPrefix(m.text, "or "):
				alternatives = appendNew(alternatives, m.text)
			case m.kind == otherHelp:
				help = appendNew(help, m.text)
			case m.kind == likewise:
				each = append(each, m)
			default:
				nodes[m.kind] = append(nodes[m.kind], m.node)
			}
			if m.kind == otherRuntime {
				runtimes[m.node] = m.runtimes
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(nodes)) {
		if kind == otherRuntime {
			runtimeHints = runtimeHint(nodes[kind], runtimes, len(refused))
		} else {
			rest = append(rest, g.hintsOf(kind, nodes[kind])...)
		}
	}
	return slices.Concat(runtimeHints, help, hintsOfEach(each), rest, alternatives)
}

// hintsOfEach returns one hint for each cause: the hint for the first package, with the
// other packages in a comment.
func hintsOfEach(remedies []remedy) []string {
	var hints []string
	for i, m := range remedies {
		alike := func(other remedy) bool { return other.cause == m.cause }
		if slices.ContainsFunc(remedies[:i], alike) {
			continue
		}
		var others []string
		for _, other := range remedies[i+1:] {
			if alike(other) {
				others = append(others, cmp.Or(other.node.Name, other.node.Where()))
			}
		}
		if len(others) > 0 {
			m.text += "   # likewise for " + strings.Join(others, ", ")
		}
		hints = append(hints, m.text)
	}
	return hints
}

// appendNew appends text unless list already contains it.
func appendNew(list []string, text string) []string {
	if slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// hintsOf returns the hints of the given kind for the packages.
func (g *graph) hintsOf(kind remedyKind, nodes []*node) []string {
	it, its := "it", "its"
	if len(nodes) > 1 {
		it, its = "them", "their"
	}
	switch kind {
	case relock:
		return []string{"lock again: " + g.relock() + flags("upgrade-package", nodes)}
	case otherVersion:
		var packages []*lock.Package
		for _, n := range nodes {
			packages = append(packages, n.Package)
		}
		return g.lock.Avoid(packages)
	case allowWheel:
		var names []string
		for _, n := range nodes {
			names = append(names, n.Name)
		}
		wheel := "wheel"
		if len(nodes) > 1 {
			wheel = "wheels"
		}
		return []string{"use " + its + " " + wheel + ": remove " + number.And(names) + " from --no-binary"}
	case otherPinAndWheel:
		return []string{"remove " + it + " from --no-binary, and " + g.pin(nodes)}
	case otherPin:
		return []string{g.pin(nodes)}
	case upgrade:
		return []string{"use an index that provides SHA-256 hashes (tool.uv.index in pyproject.toml), then: " + g.lock.Relock() + flags("upgrade-package", nodes)}
	case build:
		if slices.ContainsFunc(nodes, func(n *node) bool { return n.Name == "" }) {
			return []string{"allow all distributions to be built from source, which runs their code: --allow-build " + AllPackages}
		}
		return []string{"build " + it + " from source, which runs " + its + " code:" + flags("allow-build", nodes)}
	case orExclude:
		or := "or exclude " + it
		switch {
		case g.hintsVersion(nodes):
		case len(nodes) > 1:
			or = "or lock versions that have wheels, or exclude the distributions"
		default:
			or = fmt.Sprintf("or lock a version of %[1]s that has a wheel, or exclude %[1]s", nodes[0].Name)
		}
		return []string{or + ":" + flags("exclude", nodes)}
	}
	return nil
}

// pin returns the hint to pin other versions of the packages, which are in a
// requirements.txt. A command that reads this file would only repeat its versions.
func (g *graph) pin(nodes []*node) string {
	pin, version, other := "a version that has a wheel", "the version", "one that has a wheel"
	if len(nodes) > 1 {
		pin, version, other = "versions that have wheels", "the versions", "ones that have wheels"
	}
	if !g.lock.IsSource() {
		return "pin " + pin + " for this target: " + g.compile()
	}
	var places []string
	for _, n := range nodes {
		places = append(places, n.Where())
	}
	return "change " + version + " in " + number.And(places) + " to " + other + " for this target, then: " + g.compile()
}

// hintsVersion reports whether another hint already says to lock other versions of the
// packages, or whether that would not help.
func (g *graph) hintsVersion(nodes []*node) bool {
	return !slices.ContainsFunc(nodes, func(n *node) bool {
		pinned := g.lock.Format == lock.Requirements
		avoided := n.Source.Kind == lock.FromIndex && len(g.lock.Avoid([]*lock.Package{n.Package})) > 0
		return !n.NoBinary && !pinned && !avoided && !n.isTree()
	})
}

// anyOf returns option with the first value, and with the other values in a comment.
func anyOf(option string, values []string) string {
	text := option + values[0]
	if len(values) > 1 {
		text += "   # or " + strings.Join(values[1:], ", ")
	}
	return text
}

// runtimeHint lists the runtimes for which all the given packages have wheels. refused is
// the number of packages that were refused for any reason.
func runtimeHint(nodes []*node, runtimes map[*node][]string, refused int) []string {
	fits := slices.Clone(runtimes[nodes[0]])
	for _, n := range nodes {
		fits = slices.DeleteFunc(fits, func(runtime string) bool { return !slices.Contains(runtimes[n], runtime) })
	}
	if len(fits) == 0 {
		return nil
	}
	has := nodes[0].String() + " has a wheel"
	switch {
	case len(nodes) > 1 && len(nodes) == refused:
		has = "they all have wheels"
	case len(nodes) > 1:
		has = fmt.Sprintf("%d of them have wheels", len(nodes))
	}
	return []string{"choose a runtime for which " + has + ": " + anyOf("--runtime ", fits)}
}

// flags returns a flag for each package.
func flags(flag string, nodes []*node) string {
	var b strings.Builder
	for _, n := range nodes {
		if one := " --" + flag + " " + cmp.Or(n.Name, AllPackages); !strings.Contains(b.String()+" ", one+" ") {
			b.WriteString(one)
		}
	}
	return b.String()
}

// buildRemedies returns the remedies to build n or to exclude it.
func (n *node) buildRemedies() []remedy {
	if n.Name == "" {
		return []remedy{{kind: build, node: n}}
	}
	return []remedy{{kind: build, node: n}, {kind: orExclude, node: n}}
}

// hashRemedies returns the remedies to lock with hashes or to allow a missing hash.
func (g *graph) hashRemedies(n *node) []remedy {
	return append(g.hashRemedy(n), help("or download without checking hashes, and print the hashes to add to the lock file: --allow-unhashed")...)
}

func (g *graph) hashRemedy(n *node) []remedy {
	switch {
	case n.Source.Kind == lock.FromURL && g.lock.Format == lock.Requirements:
		return helpEach(n, "hash", fmt.Sprintf("download the file, then add its hash to %s; to print the hash, run: pip hash %s", n.Where(), n.Files[0].Name))
	case g.lock.Format == lock.Requirements:
		return help("lock with hashes: " + g.compile())
	case g.lock.Format == lock.UV:
		return []remedy{{kind: upgrade, node: n}}
	}
	return help("use an index that provides SHA-256 hashes, then: " + g.relock())
}

// isRefusal reports whether an error from the index is about a locked package rather than
// about the index itself.
func isRefusal(err error) (*fault.Error, bool) {
	var e *fault.Error
	return e, errors.As(err, &e) && e.Kind == fault.Lock
}

// The predicates of a package whose files in the index are not the locked ones.
const (
	noMatch           = "has no file whose hash is in the lock file"
	noCompatibleMatch = "has no compatible file whose hash is in the lock file"
)

// otherIndex returns the hints for such a package.
func (g *graph) otherIndex() []string {
	relock := g.relock()
	for _, compile := range []string{"uv pip compile ", "pip-compile "} { // they use PyPI unless told otherwise
		if !strings.Contains(relock, "index") {
			relock = strings.Replace(relock, compile, compile+"--index-url URL ", 1)
		}
	}
	return []string{"use the index that the lock file was created with: --index-url URL", "or lock again with the current index: " + relock}
}

// notFound returns the refusal of a package for which the index has no file that the lock
// permits.
func (g *graph) notFound(n *node, e *fault.Error) *refusal {
	r := g.refusal(n, noMatch, help(e.Hints...)...)
	r.details = append([]string{e.Error()}, e.Details...)
	return r
}
