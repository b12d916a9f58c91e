package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/layer"
)

// shown is how many distributions and folders a fault lists.
const shown = 10

// CheckLimit returns a fault.Error of kind Layer if entries take more than limit
// bytes unzipped (Lambda's limit is target.MaxUnzippedSize). Its Details list the
// largest distributions and droppable folders. Its Hints have the exclude to
// configure: the largest folders, as many as it takes for the layer to fit, and
// every other of at least a hundredth of the limit, because the function's own code
// counts towards the limit, too.
func CheckLimit(entries []layer.Entry, limit int64) error {
	r := Measure(entries)
	if r.Unzipped <= limit {
		return nil
	}
	e := &fault.Error{Kind: fault.Layer, Message: fmt.Sprintf(
		"the layer is %s bytes unzipped, %s over Lambda's limit of %s", number.Group(r.Unzipped), number.Group(r.Unzipped-limit), number.Group(limit))}
	e.Details = append(e.Details, "largest distributions:")
	for _, s := range r.Distributions[:min(shown, len(r.Distributions))] {
		e.Details = append(e.Details, line(s.Bytes, cmp.Or(s.Name, "(files that belong to no distribution)")))
	}
	if len(r.Droppable) > 0 {
		e.Details = append(e.Details, "largest folders that --exclude could leave out:")
	}
	for _, f := range r.Droppable[:min(shown, len(r.Droppable))] {
		e.Details = append(e.Details, line(f.Bytes, f.Pattern))
	}
	patterns, saved := r.suggest(r.Unzipped-limit, limit/100)
	if len(patterns) > 0 {
		e.Hints = append(e.Hints, "exclude = ["+strings.Join(patterns, ", ")+"]   # in [tool.lamella] of pyproject.toml")
	}
	if left := r.Unzipped - saved; left > limit {
		e.Hints = append(e.Hints, fmt.Sprintf("exclude a distribution as well, because the layer would still be %s bytes: --exclude NAME", number.Group(left)),
			"or split the function in two")
	}
	return e
}

// suggest returns quoted patterns and the bytes that they save: largest first,
// until they save need bytes and the others save less than worth bytes each. All
// tests are one pattern.
func (r *Report) suggest(need, worth int64) (patterns []string, saved int64) {
	var candidates []Folder
	all := make(map[string]int) // pattern → index in candidates
	for _, f := range r.Droppable {
		if f.Tests {
			f.Pattern = "**/" + base(strings.TrimSuffix(f.Pattern, "/**")) + "/**"
		}
		if i, ok := all[f.Pattern]; ok {
			candidates[i].Bytes += f.Bytes
			continue
		}
		all[f.Pattern] = len(candidates)
		candidates = append(candidates, f)
	}
	slices.SortStableFunc(candidates, func(a, b Folder) int { return cmp.Compare(b.Bytes, a.Bytes) })
	for _, f := range candidates {
		if saved >= need && f.Bytes < worth {
			break
		}
		patterns = append(patterns, strconv.Quote(f.Pattern))
		saved += f.Bytes
	}
	return patterns, saved
}

// line formats a row of a table with the bytes right-aligned.
func line(bytes int64, name string) string { return fmt.Sprintf("%15s  %s", number.Group(bytes), name) }
