// Package fault is how lamella's packages report what went wrong: one sentence,
// what it is about, the cause, and what the user can type next. The command line
// prints it as "error:" and "hint:" lines and turns its Kind into the exit
// status; a program matches it with errors.As.
package fault

import (
	"errors"
	"strings"

	"github.com/lamella-build/lamella/internal/secret"
)

// Kind groups faults by who can fix them. It decides the exit status; the
// table is in docs/errors.md.
type Kind int

const (
	// Other is anything unforeseen. Exit status 1.
	Other Kind = iota
	// Usage is a wrong flag, argument or configuration key. Exit status 2.
	Usage
	// Lock is a lock file that cannot be read, is not pinned or hashed, does
	// not cover the target, or holds nothing that fits it. Exit status 3.
	Lock
	// Index is a package index or a wheel from it: unreachable, refused, a
	// hash that does not match, a damaged archive. Exit status 4.
	Index
	// Layer is a layer that Lambda would refuse or that would not work: over
	// the size limit, two files for one path. Exit status 5.
	Layer
	// Destination is the place the layer goes to: S3, Lambda or the local
	// folder refused, is absent, or holds another state. Exit status 6.
	Destination
	// Machine is this machine: a folder that cannot be written, a full disk. Exit status 7.
	Machine
)

// Error is one failure. Error() reads "<Message>: <Err>". Whatever its parts say,
// the text of an Error, of its Details and of its Hints has no secret of a URL.
type Error struct {
	Kind Kind
	// Message is one whole sentence in lower case without a full stop, such as
	// "numpy 2.3.0 has no wheel for python3.11 on x86_64". It names its subject.
	Message string
	Subject string // what it is about: a distribution, file, URL (without credentials), layer
	Err     error  // the cause, printed after Message and a colon; nil if Message says it all
	// Sentinel is what errors.Is finds beside the cause; it is never printed.
	Sentinel error
	// Details are further lines printed below the error, such as every file
	// that was refused and the reason. Plain text, one line an element.
	Details []string
	// Hints say what to do next, each a sentence or, better, the exact command.
	Hints []string
}

func (e *Error) Error() string {
	var parts []string
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return secret.Text(strings.Join(parts, ": "))
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether e's Sentinel is target.
func (e *Error) Is(target error) bool { return e.Sentinel != nil && errors.Is(e.Sentinel, target) }

// KindOf returns the Kind of the outermost Error in err's tree that has one,
// Other if there is none.
func KindOf(err error) Kind {
	kind := Other
	walk(err, func(e *Error) bool {
		kind = e.Kind
		return kind == Other
	})
	return kind
}

// Details collects the detail lines of all Errors in err's tree, outermost first.
func Details(err error) []string {
	return collect(err, func(e *Error) []string { return e.Details })
}

// Hints collects the hints of all Errors in err's tree, outermost first.
func Hints(err error) []string {
	return collect(err, func(e *Error) []string { return e.Hints })
}

func collect(err error, get func(*Error) []string) []string {
	var lines []string
	walk(err, func(e *Error) bool {
		for _, line := range get(e) {
			lines = append(lines, secret.Text(line))
		}
		return true
	})
	return lines
}

// walk visits the Errors in err's tree, outermost and first branch first, until
// visit returns false. It returns false if visit did.
func walk(err error, visit func(*Error) bool) bool {
	if e, ok := err.(*Error); ok && !visit(e) { //nolint:errorlint // the tree is walked here
		return false
	}
	switch wrapped := err.(type) { //nolint:errorlint // the tree is walked here
	case interface{ Unwrap() error }:
		return walk(wrapped.Unwrap(), visit)
	case interface{ Unwrap() []error }:
		for _, inner := range wrapped.Unwrap() {
			if !walk(inner, visit) {
				return false
			}
		}
	}
	return true
}
