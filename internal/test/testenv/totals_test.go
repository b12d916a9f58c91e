package testenv_test

import (
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

func TestTotals(t *testing.T) {
	got := testenv.Totals([][]string{{"done", "-", "again"}, {".", "done", "WRONG"}})
	if want := "4 tried: 2 done, 1 WRONG, 1 again"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
