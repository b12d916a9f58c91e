package audit

import (
	"cmp"
	"fmt"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/layer"
)

// shown is the number of distributions that an error lists.
const shown = 10

// CheckLimit returns a fault.Error of Kind Layer if entries take more than limit bytes
// unzipped (Lambda's limit is target.MaxUnzippedSize). Its Details list the largest
// distributions.
func CheckLimit(entries []layer.Entry, limit int64) error {
	r := Measure(entries)
	if r.Unzipped <= limit {
		return nil
	}
	e := &fault.Error{Kind: fault.Layer, Message: fmt.Sprintf(
		"the layer is %s bytes unzipped, %s over Lambda's limit of %s", number.Group(r.Unzipped), number.Group(r.Unzipped-limit), number.Group(limit))}
	e.Details = append(e.Details, "largest distributions, in bytes:")
	for _, s := range r.Distributions[:min(shown, len(r.Distributions))] {
		e.Details = append(e.Details, line(s.Bytes, cmp.Or(s.Name, "(files that belong to no distribution)")))
	}
	return e
}

// line formats a row of a table with the bytes right-aligned.
func line(bytes int64, name string) string { return fmt.Sprintf("%15s  %s", number.Group(bytes), name) }
