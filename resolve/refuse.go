package resolve

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/target"
)

// refuse returns the reason why a package cannot be installed, whatever its files are, or
// nil.
func (g *graph) refuse(n *node) *refusal {
	if n.isTree() {
		return cmp.Or(g.checkTree(n), g.checkPython(n))
	}
	switch {
	case n.NoBinary && !g.mayBuild(n):
		return g.refusal(n, "must be built from source because of --no-binary",
			append(n.buildRemedies(), remedy{kind: allowWheel, node: n})...)
	case n.Unpinned != "" && g.lock.Linked:
		return g.refusal(n, fmt.Sprintf("has no locked version that satisfies %q", n.Unpinned), help("lock again: "+g.relock())...)
	case n.Unpinned != "" && g.lock.Format == lock.Pipenv:
		version := strings.Replace(" ("+n.Unpinned+")", " ("+n.Name+")", "", 1) // the name alone would add nothing
		return g.refusal(n, "is not pinned to one version"+version+" because it was not needed on the platform where Pipenv created the lock file",
			append(helpEach(n, "marker", fmt.Sprintf("if %[1]s is needed only on other platforms, set a marker for it in the Pipfile: %[1]s = {version = \"*\", markers = \"sys_platform == 'win32'\"}; then lock again: %[2]s", n.Name, g.relock())),
				remedy{kind: orExclude, node: n})...)
	case n.Unpinned != "":
		requirement := fmt.Sprintf("the requirement is %q", n.Unpinned)
		if n.Unpinned == n.Name {
			requirement = "it has no version specifier"
		}
		return g.refusal(n, "is not pinned to one version: "+requirement, help("pin all requirements: "+g.compile())...)
	case len(n.Files) == 0 && len(n.Hashes) == 0 && !g.allowUnhashed && (g.lock.Format == lock.Requirements || g.lock.Format == lock.Pipenv):
		return g.refusal(n, "has no hash in the lock file", g.hashRemedies(n)...)
	}
	if err := usable(n.Hashes); err != nil {
		return g.refusal(n, "has no usable hash: "+err.Error(), g.hashRemedies(n)...)
	}
	return g.checkPython(n)
}

// usable returns an error if none of the hashes can be verified. It returns nil if there
// are no hashes.
func usable(hashes []digest.Digest) error {
	var err error
	for _, h := range hashes {
		if _, err = digest.Parse(string(h)); err == nil {
			return nil
		}
	}
	return err
}

// checkPython refuses a package that, according to the lock file, does not support the
// target's Python version (PEP 751, "packages.requires-python").
func (g *graph) checkPython(n *node) *refusal {
	if _, ok, err := earliest(n.RequiresPython, g.target); err != nil || ok {
		return nil
	}
	return g.refusal(n, fmt.Sprintf("requires Python %s, but %s has %s", n.RequiresPython, g.target.Runtime, g.target.FullVersion),
		help(fmt.Sprintf("choose another --runtime, or lock again for %s: %s", g.target.Runtime, g.relock()))...)
}

// noWheel returns the refusal of a package that has no compatible file.
func (g *graph) noWheel(n *node, files []candidate, ranking *pep425.Ranking) *refusal {
	var wheels []pep425.WheelName // for other targets
	for i := range files {
		if files[i].wrong == nil {
			wheels = append(wheels, files[i].wheel)
		}
	}
	hasSdist := slices.ContainsFunc(files, func(c candidate) bool { return !strings.HasSuffix(c.file.Name, ".whl") })
	reason := "has no wheel for " + g.platform()
	if len(wheels) == 0 && hasSdist {
		reason = "has no wheel, only a source distribution"
	}
	r := g.refusal(n, n.noFile(files, reason))
	if g.isTerse() {
		return r
	}
	sortNearest(files, ranking)
	for i := range files {
		r.details = append(r.details, files[i].file.Name+" "+g.why(&files[i], ranking))
	}
	if fits := g.fitting(wheels); len(fits) > 0 {
		r.remedies = append(r.remedies, remedy{kind: otherRuntime, node: n, runtimes: fits})
	}
	switch {
	case len(files) == 0 && len(n.Hashes) == 0 && g.lock.Format == lock.UV: // uv lock without options keeps what is locked
		r.remedies = append(r.remedies, remedy{kind: relock, node: n})
	case len(files) == 0 && len(n.Hashes) == 0:
		r.remedies = append(r.remedies, help("lock again: "+g.relock())...)
	case len(files) == 0 && !n.NoBinary:
		r.remedies = append(r.remedies, help(g.otherIndex()...)...)
	case n.NoBinary && g.lock.Format == lock.Requirements:
		r.remedies = append(r.remedies, remedy{kind: otherPinAndWheel, node: n})
	case g.lock.Format == lock.Requirements:
		r.remedies = append(r.remedies, remedy{kind: otherPin, node: n})
	case g.lock.Format == lock.Pylock:
		r.remedies = append(r.remedies, help(fmt.Sprintf("lock for %s, because %s may be for another platform: %s", g.platform(), g.lock.Name, g.relock()))...)
	case n.Source.Kind == lock.FromIndex:
		r.remedies = append(r.remedies, remedy{kind: otherVersion, node: n})
	}
	if hasSdist {
		r.remedies = append(r.remedies, n.buildRemedies()...)
	}
	return r
}

// noFile returns why none of the files is a wheel for the target: reason, unless there are no
// files, or wheels are not wanted.
func (n *node) noFile(files []candidate, reason string) string {
	switch {
	case n.NoBinary:
		return "must be built from source because of --no-binary, but has no source distribution"
	case len(files) == 0 && len(n.Hashes) > 0:
		return noMatch
	case len(files) == 0:
		return "has no files in the lock file"
	}
	return reason
}

// fitting returns the runtimes that one of the wheels is compatible with on the target's
// architecture, oldest first.
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

// platform returns the target for messages, such as "python3.13 on x86_64".
func (g *graph) platform() string { return platformName(g.target) }

func platformName(t target.Target) string { return t.Runtime + " on " + t.Architecture }

// relock returns the command that updates the lock file.
func (g *graph) relock() string {
	if g.lock.Format == lock.Requirements {
		return g.compile()
	}
	return g.lock.Relock()
}

// compile returns the command that pins the requirements for the target.
func (g *graph) compile() string { return g.lock.Compile(g.target) }
