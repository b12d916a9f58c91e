package builder

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/layer"
)

// maxListed is the maximum number of colliding paths to list for the same distributions.
// maxHinted is the maximum number of groups of distributions with hints.
const (
	maxListed = 100
	maxHinted = 3
)

// fault returns an error that lists all collisions, grouped by their distributions. The
// hints say how to resolve them, and which files each way would lose.
func (m *merger) fault() error {
	var groups [][]collision // of the same distributions
	for _, c := range m.collisions {
		slices.Sort(c.owners[1:])
		i := slices.IndexFunc(groups, func(g []collision) bool { return slices.Equal(sorted(g[0].owners), sorted(c.owners)) })
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], c)
	}
	e := &fault.Error{Kind: fault.Layer, Message: m.say(m.collisions[0]), Subject: m.collisions[0].name}
	for i, g := range groups {
		if len(m.collisions) > 1 {
			e.Details = append(e.Details, m.details(g)...)
		}
		if i < maxHinted {
			e.Hints = append(e.Hints, about(g, len(groups), m.hints(g))...)
		}
	}
	return e
}

// about puts the distributions of one of several groups before each of its hints, because
// every group needs one of its hints.
func about(g []collision, groups int, hints []string) []string {
	if groups == 1 {
		return hints
	}
	for i := range hints {
		hints[i] = number.And(sorted(g[0].owners)) + ": " + strings.TrimPrefix(hints[i], "or ")
	}
	return hints
}

func sorted(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return names
}

// say describes one collision.
func (m *merger) say(c collision) string {
	if c.folder {
		return fmt.Sprintf("%s is a file in %s, but a folder in %s", c.name, m.describe(c.owners[0]), m.list(c.owners[1:]))
	}
	return fmt.Sprintf("%s is in %s with different content", c.name, m.list(c.owners))
}

// details lists the collisions of the same distributions.
func (m *merger) details(g []collision) []string {
	count := "1 path"
	if len(g) > 1 {
		count = fmt.Sprintf("%d paths", len(g))
	}
	lines := []string{m.list(sorted(g[0].owners)) + ": " + count}
	for i, c := range g {
		if i == maxListed {
			lines = append(lines, fmt.Sprintf("  and %d more", len(g)-i))
			break
		}
		if c.folder {
			lines = append(lines, "  "+m.say(c))
			continue
		}
		lines = append(lines, "  "+c.name)
	}
	return lines
}

// hints returns the ways to resolve the collisions of one group.
func (m *merger) hints(g []collision) []string {
	var hints []string
	owners := sorted(g[0].owners)
	for _, keep := range owners {
		var flags []string
		var gone []string
		for _, other := range owners {
			if other != keep {
				flags = append(flags, "--exclude "+other)
				gone = append(gone, m.only(other)...)
			}
		}
		hints = append(hints, fmt.Sprintf("keep only %s: %s   # %s", keep, strings.Join(flags, " "), lost(gone)))
	}
	all := "both"
	if len(owners) > 2 {
		all = "all"
	}
	for _, keep := range owners {
		text := keep
		if len(g) == 1 {
			text = "'" + keep + ":" + literal(m.path(g[0])) + "'"
		}
		others := strings.Join(slices.DeleteFunc(slices.Clone(owners), func(o string) bool { return o == keep }), " and ")
		hints = append(hints, fmt.Sprintf("keep %s and prefer the files of %s: --prefer %s   # may break %s", all, keep, text, others))
	}
	if slices.ContainsFunc(g, func(c collision) bool { return c.folder || isCode(c.name) }) || len(g) > 5 {
		hints[len(hints)-1] = "or " + hints[len(hints)-1]
		return hints
	}
	var flags []string
	for _, c := range g {
		flags = append(flags, "--exclude '"+literal(m.path(c))+"'")
	}
	read := "these files"
	if len(flags) == 1 {
		read = "the file"
	}
	return append(hints, "or exclude every copy if nothing reads "+read+": "+strings.Join(flags, " "))
}

// path returns the path of a collision relative to python/, as in patterns.
func (m *merger) path(c collision) string {
	return m.entries[slices.IndexFunc(m.entries, func(e layer.Entry) bool { return e.Name == c.name })].Path()
}

// only returns the files of owner that no other distribution has, without metadata.
func (m *merger) only(owner string) []string {
	var names []string
	for i, e := range m.entries {
		shared := i > 0 && m.entries[i-1].Name == e.Name || i+1 < len(m.entries) && m.entries[i+1].Name == e.Name
		if e.Owner == owner && !shared && !inMetadata(e.Path()) {
			names = append(names, e.Name)
		}
	}
	return names
}

// lost describes the files that would be missing.
func lost(names []string) string {
	switch len(names) {
	case 0:
		return "loses no other file"
	case 1:
		return "loses " + names[0]
	}
	return fmt.Sprintf("loses %d files, such as %s", len(names), names[0])
}

// isCode reports whether the file is needed for an import, which would fail without it.
func isCode(name string) bool {
	switch path.Ext(name) {
	case ".py", ".pyc", ".pyd", ".so", ".dylib", ".dll":
		return true
	}
	return strings.Contains(path.Base(name), ".so.") // libx.so.1
}

// literal returns a pattern for path, which is relative to python/. The pattern can be put
// in single quotes.
func literal(path string) string {
	path = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`'",[]{}!*`, r) {
			return '?'
		}
		return r
	}, path)
	return anchored(path)
}

// describe returns the distribution with its version.
func (m *merger) describe(owner string) string {
	i := slices.IndexFunc(m.inputs, func(in Input) bool { return in.Distribution == owner })
	if i < 0 {
		return owner
	}
	return m.inputs[i].String()
}

// list returns the distributions as a phrase.
func (m *merger) list(owners []string) string {
	words := make([]string, len(owners))
	for i, owner := range owners {
		words[i] = m.describe(owner)
	}
	if n := len(words); n > 2 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, " and ")
}
