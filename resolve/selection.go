package resolve

import "strings"

// Selection chooses what of a lock file goes into the layer. It means what the
// tool that wrote the lock means by the same names, except for the defaults: a
// layer has no development groups, and the project itself is left out. Names may
// be in any spelling.
type Selection struct {
	Extras    []string `json:"extra,omitzero"`      // extras of the project to include
	AllExtras bool     `json:"all-extras,omitzero"` // include all of them
	Groups    []string `json:"group,omitzero"`      // dependency groups to include
	// NoDefaultGroups turns off the groups that the lock itself turns on
	// (default-groups of a pylock.toml; no other format has them).
	NoDefaultGroups bool `json:"no-default-groups,omitzero"`
	// OnlyGroups, if not empty, replace the project's own dependencies. In a
	// pylock.toml they are the active groups; what depends on no group is installed
	// all the same.
	OnlyGroups []string `json:"only-group,omitzero"`
	// Package is the workspace member (uv.lock) to start from, with its extras and
	// groups; "" is the project in the lock's own folder, else all members.
	Package string `json:"package,omitzero"`
	// Exclude leaves out distributions ("boto3"); what they depend on stays. What
	// has a slash or a wildcard is a path pattern ("**/tests/**"), which is for
	// whoever makes the files of the layer, and is ignored here.
	Exclude []string `json:"exclude,omitzero"`
}

// Encode returns the selection as lists of strings by name, which identify it in a
// record. What is not set leaves no trace, so that a new option does not change the
// identity of layers made without it. [DecodeSelection] is the inverse.
func (s Selection) Encode() map[string][]string {
	options := map[string][]string{"extras": s.Extras, "groups": s.Groups, "only-groups": s.OnlyGroups, "exclude": s.Exclude}
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

// DecodeSelection reads what [Selection.Encode] returned.
func DecodeSelection(options map[string][]string) Selection {
	s := Selection{Extras: options["extras"], Groups: options["groups"], OnlyGroups: options["only-groups"], Exclude: options["exclude"],
		AllExtras: len(options["all-extras"]) > 0, NoDefaultGroups: len(options["no-default-groups"]) > 0}
	if p := options["package"]; len(p) > 0 {
		s.Package = p[0]
	}
	return s
}

// All returns the selection of everything in a list, without the distributions to
// exclude: for a list that was selected already.
func (s Selection) All() Selection {
	return Selection{Exclude: s.ExcludedPaths()}
}

// ExcludedDistributions returns the names of distributions in Exclude.
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
