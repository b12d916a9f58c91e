package resolve

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/lock"
)

// refusal is why one package cannot be installed, and what would help.
type refusal struct {
	node     *node
	err      error
	details  []string // of each of its files, nearest first
	remedies []remedy
}

// remedy is one thing that would help. What helps several packages in the same
// way becomes one hint.
type remedy struct {
	kind     remedyKind
	text     string // of otherHelp: the hint itself
	node     *node
	runtimes []string // of otherRuntime
}

type remedyKind int

const (
	otherHelp    remedyKind = iota
	otherRuntime            // a runtime that a wheel of it fits
	otherVersion            // lock another version
	upgrade                 // look up the locked version's files anew (uv)
	build                   // build it from source
	orExclude               // leave it out, after what would keep it
)

// help makes a remedy of each hint.
func help(hints ...string) []remedy {
	var list []remedy
	for _, text := range hints {
		list = append(list, remedy{text: text})
	}
	return list
}

func (g *graph) refusal(n *node, err error, remedies ...remedy) *refusal {
	return &refusal{node: n, err: fmt.Errorf("%w (%s, %s)", err, n.Where(), n.asked()), remedies: remedies}
}

// fault is the error for r alone.
func (g *graph) fault(r *refusal) *fault.Error {
	return &fault.Error{
		Kind: fault.Lock, Op: "resolve", Subject: r.node.String() + " for " + g.target.String(),
		Err: r.err, Details: r.details, Hints: g.hints([]*refusal{r}),
	}
}

// report is one fault for all packages that were refused: a line or two for each,
// and a hint for each thing that would help.
func (g *graph) report(refused []*refusal) error {
	if len(refused) == 1 {
		return g.fault(refused[0])
	}
	all := &fault.Error{
		Kind: fault.Lock, Op: "resolve", Subject: g.lock.Path + " for " + g.target.String(),
		Err:   fmt.Errorf("%d distributions cannot be installed", len(refused)),
		Hints: g.hints(refused),
	}
	for _, r := range refused {
		all.Details = append(all.Details, r.node.String()+": "+r.err.Error())
		switch more := len(r.details) - 1; {
		case more == 0 || more > 0 && r.node.Name == "":
			all.Details = append(all.Details, "  "+r.details[0])
		case more > 0:
			all.Details = append(all.Details, fmt.Sprintf("  %s; lamella why %s tells of %d more", r.details[0], r.node.Name, more))
		}
	}
	return all
}

// hints are what helps the refused packages, each thing once for all of them.
func (g *graph) hints(refused []*refusal) []string {
	var hints []string
	nodes := map[remedyKind][]*node{}
	runtimes := map[*node][]string{}
	var kinds []remedyKind // in the order in which they come first
	for _, r := range refused {
		for _, m := range r.remedies {
			if m.kind == otherHelp {
				if !slices.Contains(hints, m.text) {
					hints = append(hints, m.text)
				}
				continue
			}
			if !slices.Contains(kinds, m.kind) {
				kinds = append(kinds, m.kind)
			}
			nodes[m.kind] = append(nodes[m.kind], m.node)
			if m.kind == otherRuntime {
				runtimes[m.node] = m.runtimes
			}
		}
	}
	slices.Sort(kinds)
	at := 0 // what helps otherwise stands where it did: behind another runtime
	for _, kind := range kinds {
		for _, hint := range g.hintsOf(kind, nodes[kind], runtimes) {
			if kind == otherRuntime {
				hints = slices.Insert(hints, at, hint)
				at++
				continue
			}
			hints = append(hints, hint)
		}
	}
	return hints
}

// hintsOf are the hints of one kind for the given packages.
func (g *graph) hintsOf(kind remedyKind, nodes []*node, runtimes map[*node][]string) []string {
	it, itself, author := "it", "a wheel of it", "its authors"
	if len(nodes) > 1 {
		it, itself, author = "them", "wheels of them", "their authors"
	}
	switch kind {
	case otherRuntime:
		return runtimeHint(nodes, runtimes)
	case otherVersion:
		var packages []*lock.Package
		for _, n := range nodes {
			packages = append(packages, n.Package)
		}
		return g.lock.Avoid(packages)
	case upgrade:
		return []string{"its index states no sha256; take it from one that does (tool.uv.index in pyproject.toml), then: " + g.lock.Relock() + flags("upgrade-package", nodes)}
	case build:
		return []string{"build " + it + " from source, which runs code of " + author + ":" + flags("allow-build", nodes)}
	case orExclude:
		return []string{"or lock " + itself + ", or leave " + it + " out:" + flags("exclude", nodes)}
	}
	return nil
}

// runtimeHint names the runtimes that wheels of all the given packages fit.
func runtimeHint(nodes []*node, runtimes map[*node][]string) []string {
	fits := slices.Clone(runtimes[nodes[0]])
	var names []string
	for _, n := range nodes {
		names = append(names, n.String())
		fits = slices.DeleteFunc(fits, func(runtime string) bool { return !slices.Contains(runtimes[n], runtime) })
	}
	if len(fits) == 0 {
		return nil
	}
	has := "has a wheel"
	if len(nodes) > 1 {
		has = "have wheels"
	}
	return []string{fmt.Sprintf("%s %s for %s: --runtime %s", strings.Join(names, ", "), has, strings.Join(fits, ", "), fits[0])}
}

// flags repeats a flag for the name of each package.
func flags(flag string, nodes []*node) string {
	var b strings.Builder
	for _, n := range nodes {
		if one := " --" + flag + " " + cmp.Or(n.Name, AllPackages); !strings.Contains(b.String()+" ", one+" ") {
			b.WriteString(one)
		}
	}
	return b.String()
}

// buildRemedies are to build n, and to do without.
func (n *node) buildRemedies() []remedy {
	if n.Name == "" {
		return []remedy{{kind: build, node: n}}
	}
	return []remedy{{kind: build, node: n}, {kind: orExclude, node: n}}
}

// hashRemedies say how hashes get into the lock, and how to do without.
func (g *graph) hashRemedies(n *node) []remedy {
	return append(g.hashRemedy(n), help("or accept what its source has now, and see the hash to add: --allow-unhashed")...)
}

func (g *graph) hashRemedy(n *node) []remedy {
	switch {
	case n.Source.Kind == lock.FromURL && g.lock.Format == lock.Requirements:
		return help(fmt.Sprintf("fetch the file, then add --hash=sha256:<hex> to %s, as printed by: pip hash %s", n.Where(), n.Files[0].Name))
	case g.lock.Format == lock.Requirements:
		return help("lock with hashes: " + g.compile())
	case g.lock.Format == lock.UV:
		return []remedy{{kind: upgrade, node: n}}
	}
	return help("its index states no sha256; take it from one that does, then: " + g.relock())
}

// isRefusal reports an error of the index that is about one package of the lock,
// and not about the index.
func isRefusal(err error) (*fault.Error, bool) {
	var e *fault.Error
	return e, errors.As(err, &e) && e.Kind == fault.Lock
}

// notFound is the refusal of a package of which the index has no file that the
// lock permits.
func (g *graph) notFound(n *node, e *fault.Error) *refusal {
	r := g.refusal(n, e.Err, help(e.Hints...)...)
	r.details = e.Details
	return r
}
