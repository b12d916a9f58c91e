package resolve

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep508"
	"github.com/lamella-build/lamella/target"
)

// checkCoverage returns an error if the lock does not cover the target. Tools simplify
// markers on the assumption that the target is covered, so a walk for any other target
// could give a wrong result without an error.
func checkCoverage(l *lock.Lock, t target.Target, active map[string]bool) error {
	if ok, err := coversPython(l, t); err != nil || !ok {
		return notCovered(l, t, fmt.Sprintf("covers only Python %s, but the runtime %s has Python %s", l.RequiresPython, t.Runtime, t.FullVersion), nil, err)
	}
	env := t.Environment()
	env.Extra = active
	for _, list := range l.Environments {
		covered := false
		var details []string
		for _, m := range list {
			ok, err := holds(m, env)
			if err != nil {
				return notCovered(l, t, "", nil, err)
			}
			covered = covered || ok
			details = append(details, "covered: "+m.String())
		}
		if !covered {
			reason := "does not cover " + platformName(t)
			if len(list) == 0 {
				reason = "covers no target because its list of environments is empty"
			}
			return notCovered(l, t, reason, details, nil)
		}
	}
	return nil
}

// coversPython reports whether the lock covers a release of t's Python that functions may
// have.
func coversPython(l *lock.Lock, t target.Target) (bool, error) {
	_, ok, err := earliest(l.RequiresPython, t)
	return ok, err
}

// latest is a higher bug-fix release than any version of Python has.
const latest = 99

// earliest returns t with the first release of its Python, starting from the assumed one,
// that satisfies requires. Lambda installs bug-fix releases by itself, and no table says
// which one functions have: the assumed one is only the lowest.
func earliest(requires pep440.Specifiers, t target.Target) (late target.Target, ok bool, err error) {
	v, err := pep440.Parse(t.FullVersion)
	if err != nil || requires.Contains(v) {
		return t, err == nil, err
	}
	var minor, micro int
	if _, err := fmt.Sscanf(t.FullVersion, "3.%d.%d", &minor, &micro); err != nil {
		return t, false, err
	}
	for micro++; micro <= latest; micro++ {
		late = t
		late.FullVersion = fmt.Sprintf("3.%d.%d", minor, micro)
		if v, err := pep440.Parse(late.FullVersion); err != nil || requires.Contains(v) {
			return late, err == nil, err
		}
	}
	return t, false, nil
}

// supported returns t with the first release of its Python that the lock supports. If that is
// not the assumed one, note says so. If there is none, it returns t.
func supported(l *lock.Lock, t target.Target) (late target.Target, note string) {
	late, ok, err := earliest(l.RequiresPython, t)
	if err != nil || !ok || late == t {
		return t, ""
	}
	return late, fmt.Sprintf("%s requires Python %s, so lamella assumes that functions with %s have at least Python %s, not %s", filepath.Base(l.Path), l.RequiresPython, t.Runtime, late.FullVersion, t.FullVersion)
}

// notCovered returns the error for a target that the lock does not cover. reason is a
// predicate of the lock. err, if not nil, says why the coverage could not be determined.
func notCovered(l *lock.Lock, t target.Target, reason string, details []string, err error) error {
	e := &fault.Error{Kind: fault.Lock, Message: l.Path + " " + reason, Subject: l.Path, Details: details}
	if err != nil {
		e.Message, e.Err = "cannot tell whether "+l.Path+" covers "+platformName(t), err
	}
	python, _ := coversPython(l, t)
	if err == nil && strings.Contains(l.Relock(), "lamella resolve ") {
		e.Hints = []string{exportAgain(l, t, python)}
		if runtimes := coveredRuntimes(l, t); !python && len(runtimes) > 0 {
			e.Hints = []string{"choose a covered runtime: " + anyOf("--runtime ", runtimes), "or " + e.Hints[0]}
		}
		return e
	}
	if python && err == nil && !coversArchitecture(l, t) {
		e.Hints = []string{widenPlatforms(l, t)}
		return e
	}
	e.Hints = []string{widen(l, t)}
	if runtimes := coveredRuntimes(l, t); !python && len(runtimes) > 0 {
		e.Hints = []string{"choose a covered runtime: " + anyOf("--runtime ", runtimes), "or " + widen(l, t)}
	}
	return e
}

// exportAgain returns the hint for a pylock.toml that lamella exported for another target:
// a second export, to another file.
func exportAgain(l *lock.Lock, t target.Target, python bool) string {
	name, part := strings.TrimSuffix(filepath.Base(l.Path), ".toml"), t.Architecture
	if !python {
		part = strings.ReplaceAll(t.Runtime, ".", "") // PEP 751 permits no dot in the name
	}
	separator := "-"
	if name == "pylock" {
		separator = "."
	}
	command, _, _ := strings.Cut(l.Relock(), " -o ")
	command = strings.Replace(command, "lamella resolve ", "lamella resolve --runtime "+t.Runtime+" --arch "+t.Architecture+" ", 1)
	return fmt.Sprintf("export the project's original lock file for %s, too: %s -o %s", platformName(t), command, shell.Quote(name+separator+part+".toml"))
}

// coversArchitecture reports whether l covers any runtime on t's architecture. If not,
// another Python version would not help.
func coversArchitecture(l *lock.Lock, t target.Target) bool {
	return slices.ContainsFunc(target.All(), func(other target.Target) bool {
		env := other.Environment()
		env.Extra = map[string]bool{}
		return other.Architecture == t.Architecture && !slices.ContainsFunc(l.Environments, func(list []pep508.Marker) bool {
			return !slices.ContainsFunc(list, func(m pep508.Marker) bool { ok, err := holds(m, env); return ok && err == nil })
		})
	})
}

// widenPlatforms returns the hint that says how to make l cover the platform of t, too.
func widenPlatforms(l *lock.Lock, t target.Target) string {
	switch {
	case l.Format == lock.UV:
		return "add the platform to tool.uv.environments in pyproject.toml, then: " + l.Relock()
	case l.Format != lock.Pylock:
		return widen(l, t)
	case strings.Contains(l.Relock(), "pip lock "): // locks for the machine that it runs on
		return fmt.Sprintf("lock with Python 3.%d on an %s Linux machine: %s", t.Minor, t.Architecture,
			strings.Replace(l.Relock(), "pip lock ", t.Runtime+" -m pip lock ", 1))
	}
	return "lock for " + platformName(t) + ": " + l.Relock()
}

// coveredRuntimes returns the other runtimes that the lock covers, newest first, with
// previews last.
func coveredRuntimes(l *lock.Lock, t target.Target) []string {
	var released, previews []string
	for _, other := range target.All() {
		if ok, _ := coversPython(l, other); !ok || other.Architecture != t.Architecture || other.Runtime == t.Runtime {
			continue
		}
		if other.Lifecycle().Preview {
			previews = append(previews, other.Runtime)
		} else {
			released = append(released, other.Runtime)
		}
	}
	slices.Reverse(released)
	return append(released, previews...)
}

// widen returns the hint that says how to make l cover t, too.
func widen(l *lock.Lock, t target.Target) string {
	what := "requires-python in pyproject.toml"
	switch l.Format {
	case lock.UV:
		what = "requires-python (and tool.uv.environments, if set) in pyproject.toml"
	case lock.Poetry:
		what = "requires-python (or tool.poetry.dependencies.python, if set) in pyproject.toml"
	case lock.Pipenv:
		return fmt.Sprintf("set python_version = \"3.%d\" in the Pipfile, then: %s", t.Minor, l.Relock())
	}
	return "widen " + what + ", then: " + l.Relock()
}
