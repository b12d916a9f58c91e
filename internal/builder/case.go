package builder

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/layer"
)

// noteCase emits a note about files whose names differ only in case. They are different
// files in Lambda, but not on a file system that ignores case, as on macOS and Windows.
// entries must be sorted by name.
func noteCase(entries []layer.Entry, events event.Sink) {
	folded := map[string]string{} // names with capitals, by their lower-case form
	for i := range entries {
		name := entries[i].Name
		small := strings.ToLower(name)
		if small == name {
			continue
		}
		other, ok := folded[small]
		if !ok {
			folded[small] = name
			if at, found := slices.BinarySearchFunc(entries, small, func(e layer.Entry, name string) int { return strings.Compare(e.Name, name) }); found {
				other, ok = entries[at].Name, true
			}
		}
		if ok {
			events.Emit(event.Event{Kind: event.Note, Op: "compose", Subject: name,
				Message: fmt.Sprintf("%s and %s differ only in case: Lambda keeps both, but a file system that ignores case keeps only one", other, name)})
		}
	}
}
