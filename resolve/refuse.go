package resolve

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/target"
)

// refusal is the fault of one package.
func (g *graph) refusal(n *node, err error, hints ...string) *fault.Error {
	return &fault.Error{
		Kind: fault.Lock, Op: "resolve", Subject: n.String() + " for " + g.target.String(),
		Err: fmt.Errorf("%w (%s, %s)", err, n.Where(), n.asked()), Hints: hints,
	}
}

// report is one fault for all packages that were refused.
func (g *graph) report(refused []*fault.Error) error {
	if len(refused) == 1 {
		return refused[0]
	}
	all := &fault.Error{
		Kind: fault.Lock, Op: "resolve", Subject: g.lock.Path + " for " + g.target.String(),
		Err: fmt.Errorf("%d distributions cannot be installed", len(refused)),
	}
	for _, e := range refused {
		all.Details = append(all.Details, strings.TrimSuffix(e.Subject, " for "+g.target.String())+": "+e.Err.Error())
		for _, line := range e.Details {
			all.Details = append(all.Details, "  "+line)
		}
		for _, hint := range e.Hints {
			if !slices.Contains(all.Hints, hint) {
				all.Hints = append(all.Hints, hint)
			}
		}
	}
	return all
}

// refuse tells what cannot be installed, whatever files there are.
func (g *graph) refuse(n *node) *fault.Error {
	if n.isTree() {
		return cmp.Or(g.checkTree(n), g.checkPython(n))
	}
	switch {
	case n.NoBinary && !g.mayBuild(n):
		return g.refusal(n, errors.New("--no-binary asks for a build from source"),
			append(g.buildHints(n), "or let its wheel be used: take it out of --no-binary")...)
	case n.Unpinned != "" && g.lock.Linked:
		return g.refusal(n, fmt.Errorf("the lock has no package that satisfies %q", n.Unpinned), "lock again: "+g.relock())
	case n.Unpinned != "" && g.lock.Format == lock.Pipenv:
		return g.refusal(n, fmt.Errorf("%q names no single version: Pipenv did not lock it, as it did not need it", n.Unpinned),
			fmt.Sprintf("if it is for another platform only, say so in the Pipfile: %s = {version = \"*\", markers = \"sys_platform == 'win32'\"}; then: %s", n.Name, g.relock()),
			"or leave it out: --exclude "+n.Name)
	case n.Unpinned != "":
		return g.refusal(n, fmt.Errorf("%q names no single version, so it is no lock", n.Unpinned), "pin it: "+g.compile())
	case len(n.Files) == 0 && len(n.Hashes) == 0 && !g.allowUnhashed && (g.lock.Format == lock.Requirements || g.lock.Format == lock.Pipenv):
		return g.refusal(n, errors.New("it has no hash in the lock"), g.hashHints(n)...)
	}
	if err := usable(n.Hashes); err != nil {
		return g.refusal(n, err, g.hashHints(n)...)
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
func (g *graph) checkPython(n *node) *fault.Error {
	v, err := pep440.Parse(g.target.FullVersion)
	if err != nil || n.RequiresPython.Contains(v) {
		return nil
	}
	return g.refusal(n, fmt.Errorf("it needs Python %s, and %s has %s", n.RequiresPython, g.target.Runtime, g.target.FullVersion),
		"choose a runtime that fits, or lock again for this one: "+g.relock())
}

// noWheel is the fault of a package none of whose files fits.
func (g *graph) noWheel(n *node, files []candidate, ranking *pep425.Ranking) *fault.Error {
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
	e := g.refusal(n, err)
	e.Details = reasons
	if fits := g.fitting(wheels); len(fits) > 0 {
		e.Hints = append(e.Hints, fmt.Sprintf("%s has a wheel for %s: --runtime %s", n, strings.Join(fits, ", "), fits[0]))
	}
	if len(files) == 0 && len(n.Hashes) == 0 {
		e.Hints = append(e.Hints, "lock again: "+g.relock())
	} else if g.lock.Format == lock.Requirements {
		e.Hints = append(e.Hints, "pin what has a wheel for this target: "+g.compile())
	} else if command := g.lock.Add(n.Name + "!=" + n.Version); command != "" && n.Source.Kind == lock.FromIndex {
		e.Hints = append(e.Hints, "lock another version: "+command)
	} else if g.lock.Format == lock.Pylock {
		e.Hints = append(e.Hints, "a pylock.toml may hold the wheels of one platform only; lock for this one: "+g.relock())
	}
	if hasSdist {
		e.Hints = append(e.Hints, g.buildHints(n)...)
	}
	return e
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

// buildHints say what would build n, and how to do without.
func (g *graph) buildHints(n *node) []string {
	name := n.Name
	if name == "" {
		name = AllPackages
	}
	hints := []string{"build it from source, which runs code of its authors: --allow-build " + name}
	if n.Name != "" {
		hints = append(hints, "or lock a wheel of it, or leave it out: --exclude "+n.Name)
	}
	return hints
}

// hashHints say how hashes get into the lock, and how to do without.
func (g *graph) hashHints(n *node) []string {
	return []string{g.hashHint(n), "or accept what its source has now, and see the hash to add: --allow-unhashed"}
}

func (g *graph) hashHint(n *node) string {
	switch {
	case n.Source.Kind == lock.FromURL && g.lock.Format == lock.Requirements:
		return fmt.Sprintf("fetch the file, then add --hash=sha256:<hex> to %s, as printed by: pip hash %s", n.Where(), n.Files[0].Name)
	case g.lock.Format == lock.Requirements:
		return "lock with hashes: " + g.compile()
	}
	if g.lock.Format == lock.UV {
		return "its index states no sha256; take it from one that does (tool.uv.index in pyproject.toml), then: uv lock --upgrade-package " + n.Name
	}
	return "its index states no sha256; take it from one that does, then: " + g.relock()
}

// relock is the command that makes the lock anew.
func (g *graph) relock() string {
	if g.lock.Format == lock.Requirements {
		return g.compile()
	}
	return g.lock.Relock()
}

// compile is the command that pins requirements for the target.
func (g *graph) compile() string { return lock.CompileCommand(g.lock.Path, g.target) }
