package check

import (
	"fmt"
	"maps"
	"slices"

	"github.com/lamella-build/lamella/internal/runtimes"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// wanted is a requirement of a distribution that applies to the target.
type wanted struct {
	by string // the distribution that has the requirement
	pep508.Requirement
}

func (w wanted) name() string { return pep503.Normalize(w.Name) }

// requirements reports distributions that are required but missing in the layer. The
// requirements of an extra count if a distribution in the layer requests that extra.
func (c *content) requirements() []Finding {
	byName := map[string]*distribution{}
	var found []Finding
	for _, d := range c.distributions {
		if d.name == "" {
			found = append(found, Finding{Code: BadMetadata, Severity: Warning, Subject: d.folder, Message: d.folder + "METADATA has no name"})
			continue
		}
		byName[d.name] = d
	}
	all, bad := c.allWanted(byName)
	found = append(found, bad...)
	for _, g := range group(all, wanted.name) {
		if d := byName[g.key]; d != nil {
			found = append(found, wrongVersion(d, g.items)...)
		} else {
			found = append(found, c.absent(g.key, g.items))
		}
	}
	return slices.DeleteFunc(found, func(f Finding) bool { return f.Code == "" })
}

// allWanted returns the requirements of all distributions that apply to the target,
// including those of requested extras, and findings about requirements that cannot be
// parsed.
func (c *content) allWanted(byName map[string]*distribution) (all []wanted, bad []Finding) {
	type demand struct{ name, extra string }
	done := map[demand]bool{}
	var queue []demand
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		queue = append(queue, demand{name, ""})
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		d := byName[at.name]
		if d == nil || done[at] {
			continue
		}
		done[at] = true
		for _, text := range d.requires {
			r, holds, err := c.holds(text, at.extra)
			if err != nil && at.extra == "" {
				bad = append(bad, Finding{Code: BadMetadata, Severity: Note, Subject: d.name, Who: []string{d.name},
					Message: fmt.Sprintf("%s has an invalid requirement: %s", d.name, text)})
			}
			if err != nil || !holds {
				continue
			}
			w := wanted{at.name, r}
			all = append(all, w)
			for _, extra := range r.Extras {
				queue = append(queue, demand{w.name(), extra})
			}
		}
	}
	return all, bad
}

// holds parses a requirement and evaluates its marker for an extra. If extra is "", every
// requirement that does not depend on an extra applies.
func (c *content) holds(text, extra string) (pep508.Requirement, bool, error) {
	r, err := pep508.ParseRequirement(text)
	if err != nil {
		return r, false, err
	}
	env := c.target.Environment()
	env.Extra = map[string]bool{}
	base, err := r.Marker.Evaluate(env)
	if err != nil || extra == "" {
		return r, base, err
	}
	env.Extra[extra] = true
	with, err := r.Marker.Evaluate(env)
	return r, with && !base, err
}

// wrongVersion reports a distribution whose version is not accepted by the distributions
// that require it.
func wrongVersion(d *distribution, by []wanted) []Finding {
	var found []Finding
	for _, w := range by {
		if w.Specifiers.Empty() || w.Specifiers.ContainsText(d.version) {
			continue
		}
		found = append(found, Finding{Code: WrongRequirement, Severity: Warning, Subject: d.name, Who: []string{w.by},
			Message: fmt.Sprintf("%s requires %s%s, but the layer has %s", w.by, d.name, w.Specifiers, d.version),
			Hint:    "lock the project again without an override for " + d.name})
	}
	return found
}

// absent reports a distribution that the layer does not contain. The zero value means that
// there is nothing to report.
func (c *content) absent(name string, by []wanted) Finding {
	f := Finding{Subject: name, Who: distinct(by, func(w wanted) string { return w.by })}
	if p, ok := runtimes.Provided(name); ok {
		return c.provided(f, p, by)
	}
	f.Code, f.Severity = MissingRequirement, Error
	f.Message = fmt.Sprintf("%s %s, which is not in the layer", doing(f.Who, "requires", "require"), name)
	f.Hint = fmt.Sprintf("lock %s, or exclude it if the function or another layer has it: --exclude %[1]s", name)
	if slices.Contains(c.excluded, name) {
		f.Severity = Warning
		f.Message = fmt.Sprintf("%s %s, which is excluded", doing(f.Who, "requires", "require"), name)
		f.Hint = fmt.Sprintf("remove %s from exclude, unless the function or another layer has it", name)
	}
	return f
}

// provided checks a requirement that only the runtime satisfies, with a version that nobody
// but AWS knows.
func (c *content) provided(f Finding, p runtimes.Package, by []wanted) Finding {
	seen, ok := p.Latest(c.target.Runtime)
	if !ok {
		return Finding{}
	}
	by = slices.DeleteFunc(slices.Clone(by), func(w wanted) bool { return w.Specifiers.Empty() || w.Specifiers.ContainsText(seen.Version) })
	if len(by) == 0 {
		return Finding{}
	}
	var texts []string
	for _, w := range by {
		texts = append(texts, fmt.Sprintf("%s requires %s%s", w.by, p.Name, w.Specifiers))
	}
	slices.Sort(texts)
	f.Code, f.Severity, f.Details = RuntimeVersion, Warning, slices.Compact(texts)
	f.Who = distinct(by, func(w wanted) string { return w.by })
	f.Message = fmt.Sprintf("%s, but the layer leaves %s to the runtime, which had %s in %s", f.Details[0], p.Name, seen.Version, seen.Date)
	f.Hint = "remove " + p.Name + " from exclude to include it in the layer"
	return f
}
