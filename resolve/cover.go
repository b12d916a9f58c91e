package resolve

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/target"
)

// checkCoverage refuses a target that the lock was not made for. Its markers
// are simplified under the assumption that it was, so a walk for another
// target would look right and be wrong.
func checkCoverage(l *lock.Lock, t target.Target, active map[string]bool) error {
	if ok, err := coversPython(l, t); err != nil || !ok {
		return notCovered(l, t, fmt.Errorf("it covers Python %s, and %s has %s", l.RequiresPython, t.Runtime, t.FullVersion), nil, err)
	}
	env := t.Environment()
	env.Extra = active
	for _, list := range l.Environments {
		covered := false
		var details []string
		for _, m := range list {
			ok, err := holds(m, env)
			if err != nil {
				return notCovered(l, t, nil, nil, err)
			}
			covered = covered || ok
			details = append(details, "it covers: "+m.String())
		}
		if !covered {
			err := fmt.Errorf("none of the environments it covers is %s", t)
			if len(list) == 0 {
				err = errors.New("its list of environments is empty, so it covers none")
			}
			return notCovered(l, t, err, details, nil)
		}
	}
	return nil
}

func coversPython(l *lock.Lock, t target.Target) (bool, error) {
	v, err := pep440.Parse(t.FullVersion)
	return err == nil && l.RequiresPython.Contains(v), err
}

// notCovered is the fault of a target outside the lock; damage, if not nil, is
// why that could not be decided.
func notCovered(l *lock.Lock, t target.Target, err error, details []string, damage error) error {
	if damage != nil {
		err = damage
	}
	e := &fault.Error{Kind: fault.Lock, Op: "resolve", Subject: l.Path + " for " + t.String(), Err: err, Details: details}
	var runtimes []string
	for _, other := range target.All() {
		if ok, _ := coversPython(l, other); ok && other.Architecture == t.Architecture && other.Runtime != t.Runtime {
			runtimes = append(runtimes, other.Runtime)
		}
	}
	if details == nil && len(runtimes) > 0 {
		e.Hints = append(e.Hints, "choose a runtime that it covers: --runtime "+strings.Join(runtimes, " or "))
	}
	e.Hints = append(e.Hints, widen(l))
	return e
}

// widen says how a lock comes to cover more.
func widen(l *lock.Lock) string {
	what := "requires-python in pyproject.toml"
	switch l.Format {
	case lock.UV:
		what = "requires-python (and tool.uv.environments, if set) in pyproject.toml"
	case lock.Poetry:
		what = "requires-python, or python in tool.poetry.dependencies, in pyproject.toml"
	case lock.Pipenv:
		return "set python_version in the Pipfile to the runtime's, then: " + l.Relock()
	}
	return "widen " + what + ", then: " + l.Relock()
}
