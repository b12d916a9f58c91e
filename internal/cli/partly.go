package cli

import "fmt"

// errInResult is an error that the printed result already contains, as JSON.
type errInResult struct{ error }

func (e errInResult) Unwrap() error { return e.error }

// errPartly is the error of a run in which layers failed whose errors have already been
// printed. If all layers failed, it has the exit status of the first error.
type errPartly struct {
	failed, all int
	first       error
	again       bool // running the same command again does the rest
}

func (e *errPartly) add(err error) {
	e.failed++
	if e.first == nil {
		e.first = err
	}
}

func (e *errPartly) Error() string {
	text := fmt.Sprintf("%d of %d layers failed", e.failed, e.all)
	if e.again && e.failed == 1 {
		text += "; fix the error above, then run the same command again"
	} else if e.again {
		text += "; fix the errors above, then run the same command again"
	}
	return text
}

func (e *errPartly) Unwrap() error { return e.first }
