package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/internal/secret"
)

// printError writes err to stderr: what failed, the details, and what to type next.
func (a *app) printError(err error) {
	paint := painter{colour: colourful(a.Err, a.getenv)}
	var b strings.Builder
	if statusOf(err) == statusInterrupted {
		b.WriteString("lamella: interrupted\n")
	} else {
		fmt.Fprintf(&b, "lamella: %s %s\n", paint.red("error:"), escape(fault.Text(err.Error())))
	}
	if _, said := errors.AsType[*errPartly](err); !said && statusOf(err) != statusInterrupted {
		for _, line := range fault.Details(err) {
			fmt.Fprintf(&b, "  %s\n", escape(line))
		}
		for _, hint := range a.hints(err) {
			fmt.Fprintf(&b, "lamella: %s %s\n", paint.cyan("hint:"), escape(hint))
		}
	}
	fmt.Fprint(a.Err, b.String())
}

// hints returns the hints of err with their commands completed.
func (a *app) hints(err error) []string {
	hints := fault.Hints(err)
	for i, hint := range hints {
		hints[i] = a.complete(hint, err.Error())
	}
	return hints
}

// failure returns err as JSON, or nil if err is nil.
func (a *app) failure(err error) *output.Error {
	if err == nil {
		return nil
	}
	e := &output.Error{
		Kind: kindName(err), ExitStatus: statusOf(err), Message: fault.Text(err.Error()),
		Details: fault.Details(err), Hints: a.hints(err),
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		e.Subject = secret.Text(f.Subject)
	}
	return e
}
