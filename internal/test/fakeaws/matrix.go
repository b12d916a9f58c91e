package fakeaws

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// many calls make a matrix of which every 23rd cell is tried, of a smaller one every
// 5th, unless all tests are asked for.
const many = 20

// Matrix gives each of the answers to each of the calls of a command, once and
// from there on, and prints what came of it. prepare makes an account for one
// try; the try returns a word for the table: "done" in the same run, "again" by
// the next one. It reports itself what is wrong.
func Matrix(t *testing.T, calls []string, answers []Named, prepare func() (try func(name string, f Fault) string)) {
	t.Helper()
	every := 1
	switch {
	case testenv.All():
	case len(calls) > many:
		every = 23
	default:
		every = 5
	}
	table := make([][]string, len(calls))
	var group errgroup.Group
	group.SetLimit(96)
	for i, call := range calls {
		table[i] = make([]string, len(answers))
		for j, answer := range answers {
			if table[i][j] = "-"; answer.Change != nil && !answer.Concerns(call) {
				continue
			}
			if table[i][j] = "."; (i+j)%every != 0 {
				continue
			}
			var outcomes [2]string
			var both sync.WaitGroup
			for k, times := range []int{1, 1000} {
				try, f := prepare(), answer.Fault
				f.Skip, f.Times = i, times
				both.Add(1)
				group.Go(func() error {
					defer both.Done()
					outcomes[k] = try(fmt.Sprintf("%s at %d %s, %d times", answer.Name, i+1, call, times), f)
					return nil
				})
			}
			group.Go(func() error {
				both.Wait()
				table[i][j] = outcomes[0] + "/" + outcomes[1]
				return nil
			})
		}
	}
	_ = group.Wait()
	t.Log(format(calls, answers, table) + testenv.Totals(table))
}

// format draws a table, a few answers at a time.
func format(calls []string, answers []Named, table [][]string) string {
	const columns = 10
	var text strings.Builder
	for from := 0; from < len(answers); from += columns {
		to := min(from+columns, len(answers))
		fmt.Fprintf(&text, "\n%-31s", "")
		for _, answer := range answers[from:to] {
			fmt.Fprintf(&text, " %-14s", answer.Name)
		}
		for i, call := range calls {
			fmt.Fprintf(&text, "\n%2d %-28s", i+1, call)
			for _, outcome := range table[i][from:to] {
				fmt.Fprintf(&text, " %-14s", outcome)
			}
		}
		text.WriteByte('\n')
	}
	return text.String()
}

// All are all the answers, for a matrix.
func All() []Named { return slices.Concat(Refusals, Hangs, Silences) }
