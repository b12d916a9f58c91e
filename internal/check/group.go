package check

import (
	"fmt"
	"maps"
	"slices"
)

// items are elements with the same key.
type items[T any] struct {
	key   string
	items []T
}

// group groups the elements of a list by key. The groups are sorted by key.
func group[T any](list []T, key func(T) string) []items[T] {
	by := map[string][]T{}
	for _, item := range list {
		by[key(item)] = append(by[key(item)], item)
	}
	var groups []items[T]
	for _, k := range slices.Sorted(maps.Keys(by)) {
		groups = append(groups, items[T]{k, by[k]})
	}
	return groups
}

// distinct returns the distinct keys of a list, sorted.
func distinct[T any](list []T, key func(T) string) []string {
	var keys []string
	for _, item := range list {
		keys = append(keys, key(item))
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// most returns the first lines of a long list, and a line with the number of the others.
func most(lines []string) []string {
	const limit = 20
	if len(lines) <= limit {
		return lines
	}
	return append(slices.Clone(lines[:limit]), fmt.Sprintf("and %d more", len(lines)-limit))
}
