package cli

import (
	"testing"

	"github.com/lamella-build/lamella/functions"
)

// A rollback shows versions only if it moves the function from one to the other.
func TestRollbackText(t *testing.T) {
	for want, r := range map[string]functions.Result{
		"rolled back: version 4 → 1":                                            {Outcome: functions.RolledBack, From: 4, To: 1},
		"rolled back: version 4 → none":                                         {Outcome: functions.RolledBack, From: 4},
		"unchanged: $LATEST does not have version 4":                            {Outcome: functions.Unchanged, From: 1, To: 1, Reason: "$LATEST does not have version 4"},
		"rolled back: only alias live, because $LATEST does not have version 4": {Outcome: functions.RolledBack, From: 1, To: 1, Reason: "only alias live, because $LATEST does not have version 4"},
		"moved: version 1 → 4, published as version 7":                          {Outcome: functions.Moved, From: 1, To: 4, Version: "7"},
	} {
		if got := resultText(r); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for want, m := range map[string]functions.Move{
		"rollback: version 4 → 1, 3 layers":                                    {Action: functions.Rollback, From: 4, To: 1, Layers: 3},
		"rollback: keeps its layers, 1 layer: $LATEST does not have version 4": {Action: functions.Rollback, From: 1, To: 1, Layers: 1, Reason: "$LATEST does not have version 4"},
	} {
		if got := moveText(m); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
