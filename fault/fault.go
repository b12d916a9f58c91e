// Package fault defines the errors of lamella's packages. An error has a one-sentence
// message, a subject, a cause, and hints about what the user can do next. The command line
// prints it as "error:" and "hint:" lines, and derives the exit status from the Kind.
// Programs match it with errors.As.
package fault

import (
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/secret"
)

// Kind groups errors by where the problem is. It determines the exit status; docs/errors.md
// lists them.
type Kind int

const (
	// Other is an unexpected error. Exit status 1.
	Other Kind = iota
	// Usage is an invalid command, flag, argument, or configuration. Exit status 2.
	Usage
	// Lock is a lock file that is unreadable, has no versions or hashes, or has no wheel
	// for the target. Exit status 3.
	Lock
	// Index is a package index or wheel that is unreachable, damaged, or has the wrong
	// hash, or access is denied. Exit status 4.
	Index
	// Layer is a layer that Lambda would reject or that would not work: too large, or with
	// conflicting files. Exit status 5.
	Layer
	// Destination is S3, Lambda, or a local folder that denies access, is missing, or is in
	// an unexpected state. Exit status 6.
	Destination
	// Machine is this machine: for example, a folder is not writable or the disk is full.
	// Exit status 7.
	Machine
)

// Error is a failure. Error() returns "<Message>: <Err>". Secrets in URLs are removed from
// its text, Details, and Hints.
type Error struct {
	Kind Kind
	// Message is one whole sentence that begins in lower case and has no full stop, such as
	// "numpy 2.3.0 has no wheel for python3.11 on x86_64". It names the subject.
	Message string
	Subject string // what the error is about: a distribution, file, layer, or URL without credentials
	Err     error  // the cause, printed after Message and a colon; nil if there is none
	// Sentinel is an additional error for errors.Is. It is never printed.
	Sentinel error
	// Details are further lines to print below the message, such as each rejected file with
	// the reason. Each element is one line of plain text.
	Details []string
	// Hints suggest what to do next. Each is a sentence or, preferably, an exact command.
	Hints []string
}

func (e *Error) Error() string {
	var parts []string
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	if e.Err != nil {
		parts = append(parts, e.cause())
	}
	return Text(strings.Join(parts, ": "))
}

// Text returns the text of an error on one line, without secrets in URLs and without words
// that only Go programmers know.
func Text(text string) string {
	text = plainJSON(eof.ReplaceAllString(text, "${1}the data ends too early$2"))
	return secret.Text(strings.ReplaceAll(text, "\n", "; "))
}

// eof matches package io's words for data that ends too early.
var eof = regexp.MustCompile(`(^|: )(?:unexpected )?EOF($| )`)

// cause returns the text of Err, without its path if the path is in Message.
func (e *Error) cause() string {
	p, ok := e.Err.(*fs.PathError) //nolint:errorlint // Err itself, not what it wraps
	if !ok || p.Path == "" {
		return e.Err.Error()
	}
	for _, end := range []string{" ", ",", ")", "\n"} {
		if strings.Contains(e.Message+"\n", p.Path+end) {
			return p.Err.Error()
		}
	}
	return e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the Sentinel of e.
func (e *Error) Is(target error) bool { return e.Sentinel != nil && errors.Is(e.Sentinel, target) }

// KindOf returns the Kind of the outermost Error in err's tree whose Kind is not Other. It
// returns Other if there is none.
func KindOf(err error) Kind {
	kind := Other
	walk(err, func(e *Error) bool {
		kind = e.Kind
		return kind == Other
	})
	return kind
}

// Details returns the details of all Errors in err's tree, outermost first.
func Details(err error) []string {
	return collect(err, func(e *Error) []string { return e.Details })
}

// Hints returns the hints of all Errors in err's tree, outermost first, except that hints
// that follow the others ("then …") come last. If an alternative ("or …") or a "then …" hint
// comes first, it loses that word.
func Hints(err error) []string {
	hints := collect(err, func(e *Error) []string { return e.Hints })
	follows := func(hint string) int {
		if strings.HasPrefix(hint, "then ") {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(hints, func(a, b string) int { return follows(a) - follows(b) })
	if len(hints) > 0 {
		hints[0] = strings.TrimPrefix(strings.TrimPrefix(hints[0], "or "), "then ")
	}
	return hints
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

// walk visits the Errors in err's tree until visit returns false: an Error before its
// causes, and the branches in order. It returns false if visit did.
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
