package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/output"
	"github.com/lamella-build/lamella/internal/secret"
)

// printError writes err to stderr: what failed, the details, what to type next.
func (a *app) printError(err error) {
	paint := painter{colour: colourful(a.Err, a.getenv)}
	var b strings.Builder
	if statusOf(err) == statusInterrupted {
		b.WriteString("lamella: interrupted\n")
	} else {
		fmt.Fprintf(&b, "lamella: %s %s\n", paint.red("error:"), escape(secret.Text(err.Error())))
	}
	if _, said := errors.AsType[*errPartly](err); !said && statusOf(err) != statusInterrupted {
		for _, line := range fault.Details(err) {
			fmt.Fprintf(&b, "  %s\n", escape(line))
		}
		for _, hint := range fault.Hints(err) {
			fmt.Fprintf(&b, "lamella: %s %s\n", paint.cyan("hint:"), escape(hint))
		}
	}
	fmt.Fprint(a.Err, b.String())
}

// failure is err as JSON; nil if err is.
func failure(err error) *output.Error {
	if err == nil {
		return nil
	}
	e := &output.Error{
		Kind: kindName(err), ExitStatus: statusOf(err), Message: secret.Text(err.Error()),
		Details: fault.Details(err), Hints: fault.Hints(err),
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		e.Subject = secret.Text(f.Subject)
	}
	return e
}
