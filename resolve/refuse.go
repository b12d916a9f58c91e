package resolve

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/target"
)

// refuse tells what cannot be installed, whatever files there are.
func (g *graph) refuse(n *node) *refusal {
	if n.isTree() {
		return cmp.Or(g.checkTree(n), g.checkPython(n))
	}
	switch {
	case n.NoBinary && !g.mayBuild(n):
		return g.refusal(n, errors.New("--no-binary asks for a build from source"),
			append(n.buildRemedies(), help("or let its wheel be used: take it out of --no-binary")...)...)
	case n.Unpinned != "" && g.lock.Linked:
		return g.refusal(n, fmt.Errorf("the lock has no package that satisfies %q", n.Unpinned), help("lock again: "+g.relock())...)
	case n.Unpinned != "" && g.lock.Format == lock.Pipenv:
		return g.refusal(n, fmt.Errorf("%q names no single version: Pipenv did not lock it, as it did not need it", n.Unpinned),
			help(fmt.Sprintf("if it is for another platform only, say so in the Pipfile: %s = {version = \"*\", markers = \"sys_platform == 'win32'\"}; then: %s", n.Name, g.relock()),
				"or leave it out: --exclude "+n.Name)...)
	case n.Unpinned != "":
		return g.refusal(n, fmt.Errorf("%q names no single version, so it is no lock", n.Unpinned), help("pin it: "+g.compile())...)
	case len(n.Files) == 0 && len(n.Hashes) == 0 && !g.allowUnhashed && (g.lock.Format == lock.Requirements || g.lock.Format == lock.Pipenv):
		return g.refusal(n, errors.New("it has no hash in the lock"), g.hashRemedies(n)...)
	}
	if err := usable(n.Hashes); err != nil {
		return g.refusal(n, err, g.hashRemedies(n)...)
	}
	return g.checkPython(n)
}

// usable returns why none of the hashes can be verified, nil if one can or
// there is none.
func usable(hashes []digest.Digest) error {
	var err error
	for _, h := range hashes {
		if _, err = digest.Parse(string(h)); err == nil {
			return nil
		}
	}
	return err
}

// checkPython refuses a package that the lock states not to be for the
// target's Python (PEP 751, "packages.requires-python").
func (g *graph) checkPython(n *node) *refusal {
	v, err := pep440.Parse(g.target.FullVersion)
	if err != nil || n.RequiresPython.Contains(v) {
		return nil
	}
	return g.refusal(n, fmt.Errorf("it needs Python %s, and %s has %s", n.RequiresPython, g.target.Runtime, g.target.FullVersion),
		help("choose a runtime that fits, or lock again for this one: "+g.relock())...)
}

// noWheel is the refusal of a package none of whose files fits.
func (g *graph) noWheel(n *node, files []candidate, ranking *pep425.Ranking) *refusal {
	var wheels []pep425.WheelName // of the package, for other targets
	var reasons []string
	sortNearest(files, ranking)
	for i := range files {
		c := &files[i]
		reasons = append(reasons, c.file.Name+": "+g.why(c, ranking))
		if c.wrong == nil {
			wheels = append(wheels, c.wheel)
		}
	}
	err := errors.New("no wheel fits")
	hasSdist := slices.ContainsFunc(files, func(c candidate) bool { return !strings.HasSuffix(c.file.Name, ".whl") })
	switch {
	case n.NoBinary:
		err = errors.New("--no-binary asks for a build from source, and it has no source distribution")
	case len(files) == 0 && len(n.Hashes) > 0:
		err = errors.New("the index has no file with a hash of the lock")
	case len(files) == 0:
		err = errors.New("the lock names no file")
	case len(wheels) == 0 && hasSdist:
		err = errors.New("it has no wheel, only a source distribution")
	}
	r := g.refusal(n, err)
	r.details = reasons
	if fits := g.fitting(wheels); len(fits) > 0 {
		r.remedies = append(r.remedies, remedy{kind: otherRuntime, node: n, runtimes: fits})
	}
	switch {
	case len(files) == 0 && len(n.Hashes) == 0:
		r.remedies = append(r.remedies, help("lock again: "+g.relock())...)
	case g.lock.Format == lock.Requirements:
		r.remedies = append(r.remedies, help("pin what has a wheel for this target: "+g.compile())...)
	case g.lock.Format == lock.Pylock:
		r.remedies = append(r.remedies, help("a pylock.toml may hold the wheels of one platform only; lock for this one: "+g.relock())...)
	case n.Source.Kind == lock.FromIndex:
		r.remedies = append(r.remedies, remedy{kind: otherVersion, node: n})
	}
	if hasSdist {
		r.remedies = append(r.remedies, n.buildRemedies()...)
	}
	return r
}

// fitting returns the runtimes of the target's architecture that one of
// wheels fits, oldest first.
func (g *graph) fitting(wheels []pep425.WheelName) []string {
	var runtimes []string
	for _, t := range target.All() {
		if t.Architecture != g.target.Architecture {
			continue
		}
		ranking := t.Ranking()
		if slices.ContainsFunc(wheels, func(w pep425.WheelName) bool { _, ok := ranking.Best(w); return ok }) {
			runtimes = append(runtimes, t.Runtime)
		}
	}
	return runtimes
}

// relock is the command that makes the lock anew.
func (g *graph) relock() string {
	if g.lock.Format == lock.Requirements {
		return g.compile()
	}
	return g.lock.Relock()
}

// compile is the command that pins requirements for the target.
func (g *graph) compile() string { return g.lock.Compile(g.target) }
