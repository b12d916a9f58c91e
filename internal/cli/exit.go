package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
)

const (
	statusOK          = 0
	statusOther       = 1
	statusPending     = 2 // for status, and with --detailed-exitcode, which reserves it for pending changes
	statusPartly      = 8
	statusInterrupted = 130
)

// errInterrupted is the error of a run that was stopped by a signal.
var errInterrupted = errors.New("interrupted")

// errPending is the error of a command with --detailed-exitcode if changes are pending.
var errPending = errors.New("changes are pending")

// detailedExitcode is the flag that gives [statusPending] a single meaning.
const detailedExitcode = "detailed-exitcode"

// statusOf returns the exit status of this run if it ends with err. If 2 means that changes
// are pending, an invalid command line has the same status as any other error.
func (a *app) statusOf(err error) int {
	status := statusOf(err)
	if status == statusPending && a.detailed() {
		return statusOther
	}
	return status
}

// detailed reports whether 2 means that changes are pending. The flags may not have been
// parsed yet.
func (a *app) detailed() bool {
	command := slices.IndexFunc(a.args, func(word string) bool { return !strings.HasPrefix(word, "-") })
	return slices.Contains(a.args, "--"+detailedExitcode) || command >= 0 && a.args[command] == "status"
}

// exitStatus is one row in the table of exit statuses.
type exitStatus struct {
	status  int
	name    string // value of "kind" in a JSON error
	meaning string
}

// exitStatuses returns the table that is also in help texts and docs/errors.md.
func exitStatuses() []exitStatus {
	return []exitStatus{
		{statusOK, "ok", "success, including when nothing changed"},
		{statusOther, "other", "unexpected error"},
		{2, "usage", "invalid command, flag, argument, or configuration"},
		{3, "lock", "lock file: unreadable, versions or hashes missing, or no wheel for the target"},
		{4, "index", "package index or wheel: unreachable, access denied, wrong hash, or damaged"},
		{5, "layer", "layer: too large, conflicting files, or something else that would not work in Lambda"},
		{6, "destination", "destination (S3, Lambda, or a local folder): access denied, missing, or in an unexpected state"},
		{7, "machine", "this machine: folder not writable, or disk full"},
		{statusPartly, "partly", "some layers failed and others succeeded; fix the errors, then run the same command again"},
		{statusInterrupted, "interrupted", "interrupted by a signal; no partial files are left behind"},
	}
}

// statusOf returns the exit status of a run that ended with err.
func statusOf(err error) int {
	if errors.Is(err, errInterrupted) || errors.Is(err, context.Canceled) {
		return statusInterrupted
	}
	if partly, ok := errors.AsType[*errPartly](err); ok && partly.failed < partly.all {
		return statusPartly
	}
	switch fault.KindOf(err) {
	case fault.Usage:
		return 2
	case fault.Lock:
		return 3
	case fault.Index:
		return 4
	case fault.Layer:
		return 5
	case fault.Destination:
		return 6
	case fault.Machine:
		return 7
	}
	return statusOther
}

// kindName returns the name of the exit status of err.
func kindName(err error) string {
	status := statusOf(err)
	for _, s := range exitStatuses() {
		if s.status == status {
			return s.name
		}
	}
	return ""
}

// exitStatusHelp returns the text of `lamella help exit-codes`.
func exitStatusHelp() string {
	var b strings.Builder
	b.WriteString(`Every command exits with one of these statuses, except lamella status and
lamella plan --detailed-exitcode, where 2 means that something differs, and 1 also covers
usage errors.
The name is the "kind" of a JSON error.

`)
	for _, s := range exitStatuses() {
		fmt.Fprintf(&b, "  %3d  %-11s  %s\n", s.status, s.name, s.meaning)
	}
	return b.String()
}
