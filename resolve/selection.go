package resolve

import "strings"

// Selection chooses the packages of a lock file that go into the layer. Its options mean
// the same as in the tool that created the lock file, except for the defaults: a layer
// contains neither development groups nor the project itself. Names need not be normalized.
type Selection struct {
	Extras    []string `json:"extra,omitzero"`      // extras of the project to include
	AllExtras bool     `json:"all-extras,omitzero"` // include all extras
	Groups    []string `json:"group,omitzero"`      // dependency groups to include
	// NoDefaultGroups ignores the default groups of the lock file (default-groups in a
	// pylock.toml).
	NoDefaultGroups bool `json:"no-default-groups,omitzero"`
	// OnlyGroups, if not empty, replaces the project's own dependencies. With a
	// pylock.toml, packages that do not depend on a group are installed anyway.
	OnlyGroups []string `json:"only-group,omitzero"`
	// Package is the workspace member (uv.lock) whose dependencies, extras, and groups are
	// used. If it is "", the project in the lock file's folder is used, or else all
	// members.
	Package string `json:"package,omitzero"`
	// Exclude removes distributions: "boto3" removes boto3; "boto3+" also removes
	// everything that only boto3 requires. Elements with a slash or a wildcard are path
	// patterns ("**/tests/**"), which this package ignores.
	Exclude []string `json:"exclude,omitzero"`
	// Slim omits files according to rules: "tests", "headers", "docs", "typing". This
	// package ignores it.
	Slim []string `json:"slim,omitzero"`
}

// Encode returns the selection as lists of strings by name, for a record. It omits options
// that are not set, so that a new option does not change the identity of existing layers.
// [DecodeSelection] is the inverse.
func (s Selection) Encode() map[string][]string {
	options := map[string][]string{"extras": s.Extras, "groups": s.Groups, "only-groups": s.OnlyGroups, "exclude": s.Exclude, "slim": s.Slim}
	if s.Package != "" {
		options["package"] = []string{s.Package}
	}
	for name, on := range map[string]bool{"all-extras": s.AllExtras, "no-default-groups": s.NoDefaultGroups} {
		if on {
			options[name] = []string{"true"}
		}
	}
	return options
}

// DecodeSelection decodes the result of [Selection.Encode].
func DecodeSelection(options map[string][]string) Selection {
	s := Selection{Extras: options["extras"], Groups: options["groups"], OnlyGroups: options["only-groups"], Exclude: options["exclude"], Slim: options["slim"],
		AllExtras: len(options["all-extras"]) > 0, NoDefaultGroups: len(options["no-default-groups"]) > 0}
	if p := options["package"]; len(p) > 0 {
		s.Package = p[0]
	}
	return s
}

// All returns a selection of everything, with only the path patterns and rules of s. It is
// for a list of packages that are already selected.
func (s Selection) All() Selection {
	return Selection{Exclude: s.ExcludedPaths(), Slim: s.Slim}
}

// ExcludedDistributions returns the elements of Exclude that name distributions, unchanged:
// "boto3" or "boto3+".
func (s Selection) ExcludedDistributions() []string {
	distributions, _ := s.split()
	return distributions
}

// ExcludedPaths returns the path patterns in Exclude.
func (s Selection) ExcludedPaths() []string {
	_, patterns := s.split()
	return patterns
}

func (s Selection) split() (distributions, patterns []string) {
	for _, e := range s.Exclude {
		if strings.ContainsAny(e, `/\*?`) {
			patterns = append(patterns, e)
		} else {
			distributions = append(distributions, e)
		}
	}
	return distributions, patterns
}
