package check

import (
	"maps"
	"slices"

	"github.com/lamella-build/lamella/target"
)

// Owners returns the distributions of a layer's files, keyed by the files' names in the zip,
// and the top-level modules that can be imported, sorted. A file that no distribution lists
// is not in owners.
func Owners(l Layer, t target.Target) (owners map[string]string, modules []string, err error) {
	c := &content{target: t}
	c.entries = slices.Clone(l.Entries)
	if err := c.readDistributions(); err != nil {
		return nil, nil, err
	}
	owners = make(map[string]string, len(c.entries))
	for i := range c.entries {
		if owner := c.entries[i].Owner; owner != "" {
			owners[c.entries[i].Name] = owner
		}
	}
	return owners, slices.Sorted(maps.Keys(c.importable())), nil
}
