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
}

func (e *errPartly) add(err error) {
	e.failed++
	if e.first == nil {
		e.first = err
	}
}

func (e *errPartly) orNil() error {
	if e.failed == 0 {
		return nil
	}
	return e
}

func (e *errPartly) Error() string {
	return fmt.Sprintf("%d of %d layers failed; the same command again does what is left", e.failed, e.all)
}

func (e *errPartly) Unwrap() error { return e.first }
