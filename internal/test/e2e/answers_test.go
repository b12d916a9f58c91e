package e2e

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// disturbances are what can happen to a call besides the right answer.
var disturbances = []struct {
	name    string
	disturb testenv.Disturbance
	slow    bool // takes as long as lamella waits for a silent server
}{
	{"409 conflict", testenv.Refuse(409, "ConditionalRequestConflict"), false},
	{"412", testenv.Refuse(412, "PreconditionFailed"), false},
	{"poisoned", testenv.Poison, false},
	{"429", testenv.Refuse(429, "TooManyRequestsException"), false},
	{"500", testenv.Refuse(500, "InternalError"), false},
	{"503 slow down", testenv.Refuse(503, "SlowDown"), false},
	{"reset", testenv.Reset(false), false},
	{"reset acted", testenv.Reset(true), false},
	{"hang", testenv.Hang(false), true},
	{"hang acted", testenv.Hang(true), true},
	{"cut", testenv.Cut, false},
	{"200 empty", testenv.Say(200, ""), false},
	{"204", testenv.Say(204, ""), false},
	{"{}", testenv.Say(200, "{}"), false},
	{"html", testenv.Say(200, "<!DOCTYPE html><html><body>Log in</body></html>"), false},
}

// TestAnswerMatrix disturbs each call of a deployment in each way. It ends as
// always, or with an error that says what to do, and the next run does. Package
// publish has the same test in one process, with every answer; here a sample
// goes through the true program unless all are asked for.
func TestAnswerMatrix(t *testing.T) {
	r := newRig(t, 1, noBulk)
	calls := r.calls(t, 0)
	table := make([][]string, len(calls))
	slots := make(chan struct{}, 8)
	slow := make(chan struct{}, 64) // these only wait
	var group sync.WaitGroup
	for i := range calls {
		table[i] = make([]string, len(disturbances))
		for j, d := range disturbances {
			if table[i][j] = "-"; !testenv.All() && (d.slow || (i+j)%5 != 0) {
				continue
			}
			layer, env := fmt.Sprintf("answer-%d-%d", i, j), r.env(t)
			group.Go(func() {
				queue := slots
				if d.slow {
					queue = slow
				}
				queue <- struct{}{}
				defer func() { <-queue }()
				table[i][j] = r.answer(t, env, layer, i, d.name, d.disturb)
			})
		}
	}
	group.Wait()
	var text strings.Builder
	fmt.Fprintf(&text, "\n%-34s", "")
	for _, d := range disturbances {
		fmt.Fprintf(&text, " %-13s", d.name)
	}
	for i, call := range calls {
		fmt.Fprintf(&text, "\n%2d %-31s", i+1, call)
		for _, outcome := range table[i] {
			fmt.Fprintf(&text, " %-13s", outcome)
		}
	}
	t.Log(text.String() + "\n" + testenv.Totals(table))
}

// answer is one cell of the matrix: "done" in the disturbed run, "again" by the
// one after it.
func (r *rig) answer(t *testing.T, env []string, layer string, call int, name string, disturb testenv.Disturbance) string {
	fail := func(format string, args ...any) string {
		t.Errorf("%s at call %d: %s", name, call+1, fmt.Sprintf(format, args...))
		return "WRONG"
	}
	d := testenv.Disturb(t, r.endpoint, call, disturb)
	out, err := r.deploy(at(env, d.URL), layer, r.locks[0])
	if strings.ContainsAny(out, "\x1b\a") {
		return fail("it is shown as it came: %q", out)
	}
	outcome := "done"
	if err != nil {
		outcome = "again"
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok || exit.ExitCode() != 6 || !strings.Contains(out, "lamella: error: ") {
			return fail("not a clear error: %v\n%s", err, out)
		}
		if out, err := r.deploy(env, layer, r.locks[0]); err != nil {
			return fail("the next run: %v\n%s", err, out)
		}
	}
	if wrong := r.complain(t, layer, "requirements.txt", 1); wrong != "" {
		return fail("%s\n%s", wrong, out)
	}
	return outcome
}
