package testenv

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Totals counts the outcomes of a matrix in one line, the most frequent first:
// "612 tried: 580 done, 32 again". A cell that was not tried is "-" or ".".
func Totals(table [][]string) string {
	counts, tried := map[string]int{}, 0
	for _, row := range table {
		for _, outcome := range row {
			if outcome != "-" && outcome != "." {
				counts[outcome]++
				tried++
			}
		}
	}
	byCount := func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) }
	var parts []string
	for _, outcome := range slices.SortedFunc(maps.Keys(counts), byCount) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[outcome], outcome))
	}
	return fmt.Sprintf("%d tried: %s", tried, strings.Join(parts, ", "))
}
