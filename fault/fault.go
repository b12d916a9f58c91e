// Package fault is how lamella's packages report what went wrong: an operation,
// its subject, the cause, and what the user can type next. The command line
// prints it as "error:" and "hint:" lines and turns its Kind into the exit
// status; a program matches it with errors.As.
package fault

import (
	"errors"
	"strings"

	"github.com/lamella-build/lamella/internal/secret"
)

// Kind groups faults by who can mend them. It decides the exit status; the
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

// Error is one failure. Error() reads "<Op> <Subject>: <Err>". Whatever its parts
// say, what comes out of it, of Details and of Hints has no secret of a URL.
type Error struct {
	Kind    Kind
	Op      string // what was being done, a verb: "resolve", "fetch", "publish"
	Subject string // to what: a distribution, file, URL (credentials removed), layer
	Err     error  // why
	// Details are further lines printed below the error, such as every file
	// that was refused and the reason. Plain text, one line an element.
	Details []string
	// Hints say what to do next, each a sentence or, better, the exact command.
	Hints []string
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.Subject != "" {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(e.Subject)
	}
	if e.Err != nil {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(e.Err.Error())
	}
	return secret.Text(b.String())
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the Kind of the outermost Error in err's chain that has one,
// Other if there is none.
func KindOf(err error) Kind {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return Other
		}
		if e.Kind != Other {
			return e.Kind
		}
		err = e.Err
	}
	return Other
}

// Details collects the detail lines of all Errors in err's chain, outermost first.
func Details(err error) []string {
	return collect(err, func(e *Error) []string { return e.Details })
}

// Hints collects the hints of all Errors in err's chain, outermost first.
func Hints(err error) []string {
	return collect(err, func(e *Error) []string { return e.Hints })
}

func collect(err error, get func(*Error) []string) []string {
	var lines []string
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			break
		}
		for _, line := range get(e) {
			lines = append(lines, secret.Text(line))
		}
		err = e.Err
	}
	return lines
}
