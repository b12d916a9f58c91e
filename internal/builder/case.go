package builder

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/layer"
)

// noteCase tells of files whose names differ by case only. Lambda has them both;
// whoever unpacks the layer on a disk that ignores case, as on macOS and Windows,
// gets one of them. entries are sorted by name.
func noteCase(entries []layer.Entry, events event.Sink) {
	folded := map[string]string{} // names with capitals, by themselves in small letters
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
				Message: fmt.Sprintf("%s and %s differ by case only: Lambda has both, a disk that ignores case would have one of them.", other, name)})
		}
	}
}
