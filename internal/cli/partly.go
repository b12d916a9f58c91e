package cli

import "fmt"

// errInResult is an error that the printed result has already, as JSON.
type errInResult struct{ error }

func (e errInResult) Unwrap() error { return e.error }

// errPartly ends a run in which layers failed, whose errors were printed already.
// If all did it has the exit status of the first.
type errPartly struct {
	failed, all int
	first       error
	again       bool // the same command does what is left
}

func (e *errPartly) add(err error) {
	e.failed++
	if e.first == nil {
		e.first = err
	}
}

func (e *errPartly) Error() string {
	text := fmt.Sprintf("%d of %d layers failed", e.failed, e.all)
	if e.again {
		text += "; to finish, run the same command again"
	}
	return text
}

func (e *errPartly) Unwrap() error { return e.first }
