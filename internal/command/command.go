// Package command runs other programs on the user's behalf: the tools that build wheels, and
// git.
//
// [Run] emits what a program prints as events, and keeps the last lines for the error. It
// ends the program together with everything that it started if the context ends or the
// program takes too long, and also ends what the program leaves behind. [Output] returns
// what a quick program prints, such as its version.
package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/secret"
)

// Command is one run of a program.
type Command struct {
	Path string   // path of the program, as exec.LookPath finds it
	Args []string // without the program's name
	Dir  string   // folder to run in; "" means the current folder
	// Env overrides variables in this process's environment. Secrets belong here, because
	// every user of the machine can read arguments.
	Env     []string
	Without []string // names of variables in this process's environment to withhold
	// Hide hides the secrets in the program's environment and in Netrc in what it prints.
	Hide    bool
	Netrc   string        // content of the netrc file that the program reads
	Timeout time.Duration // 0 means no limit

	Op, Subject string // of the program's events; the error has the same Subject
	Action      string // what the program does, such as "building numpy 2.3.0"; begins the error
	Name        string // name of the program in the error; "" means the last element of Path
}

// ErrTimeout is wrapped by the error of a [Run] that took longer than its Timeout, and of an
// [Output] that took too long.
var ErrTimeout = errors.New("timed out")

// ExitError is the cause of a failed [Run] whose program exited with a nonzero status.
type ExitError struct {
	Program string // name of the program
	Status  int    // not 0
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("%s exited with status %d", e.Program, e.Status)
}

// lastLines is the number of lines of a failed program's output that the error contains.
const lastLines = 20

// grace is how long a program may take to end after it has been interrupted.
const grace = 3 * time.Second

// Run runs c and waits for it to end. Every line that the program prints is a Debug event.
//
// If the program cannot be started, fails, or takes too long, the error is a fault.Error of
// Kind Machine such as "building numpy 2.3.0 failed: pip exited with status 1". If the
// program exited or took too long, the cause is an [ExitError] or [ErrTimeout]. The Details
// are the program's last lines. If ctx ended, the error is that of ctx.
func Run(ctx context.Context, c Command, events event.Sink) error {
	limited, cancel := ctx, context.CancelFunc(func() {})
	if c.Timeout > 0 {
		limited, cancel = context.WithTimeout(ctx, c.Timeout)
	}
	defer cancel()
	out := &lines{emit: func(line string) {
		events.Emit(event.Event{Kind: event.Debug, Op: c.Op, Subject: c.Subject, Message: line})
	}}
	program := exec.CommandContext(limited, c.Path, c.Args...)
	program.Dir, program.Env = c.Dir, append(without(os.Environ(), c.Without), c.Env...)
	if c.Hide {
		out.hide, out.longest = secret.Hide(secret.InEnvironment(program.Env, c.Netrc))
	}
	program.Stdout, program.Stderr = out, out // os/exec never writes concurrently if both are the same
	program.WaitDelay = grace
	err := RunInGroup(program)
	out.flush()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil || errors.Is(err, exec.ErrWaitDelay) { // ErrWaitDelay: a process that the program started kept the output open
		return nil
	}
	return c.fault(err, limited.Err() != nil, out.last)
}

// fault returns the error for a program that did not succeed.
func (c Command) fault(err error, timedOut bool, last []string) error {
	name := cmp.Or(c.Name, strings.TrimSuffix(filepath.Base(c.Path), ".exe"))
	e := &fault.Error{Kind: fault.Machine, Message: c.Action + " failed", Subject: c.Subject, Details: last}
	var exit *exec.ExitError
	switch {
	case timedOut:
		e.Err, e.Sentinel = fmt.Errorf("%s did not finish within %s", name, number.Duration(c.Timeout)), ErrTimeout
	case errors.As(err, &exit) && exit.Exited():
		e.Err = &ExitError{name, exit.ExitCode()}
	case errors.As(err, &exit):
		e.Err = fmt.Errorf("%s was stopped by a signal (%s)", name, strings.TrimPrefix(exit.Error(), "signal: "))
	case errors.Is(err, exec.ErrNotFound):
		e.Err, e.Sentinel = fmt.Errorf("%s is not on PATH", c.Path), err
	default:
		e.Err = fmt.Errorf("cannot start %s: %w", name, err)
	}
	return e
}

// Output runs a quick program and returns its standard output without surrounding white
// space. After half a minute, the error is an [ErrTimeout].
func Output(ctx context.Context, path string, args ...string) (string, error) {
	return OutputWithin(ctx, 30*time.Second, path, args...)
}

// OutputWithin is like [Output], but with the given time limit.
func OutputWithin(ctx context.Context, limit time.Duration, path string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, ErrTimeout)
	defer cancel()
	program := exec.CommandContext(ctx, path, args...)
	program.WaitDelay = grace
	var stdout, stderr bound.Buffer
	program.Stdout, program.Stderr = &stdout, &stderr
	if err := RunInGroup(program); err != nil {
		if errors.Is(context.Cause(ctx), ErrTimeout) {
			return "", &fault.Error{Err: fmt.Errorf("%s did not respond within %s", filepath.Base(path), number.Duration(limit)), Sentinel: ErrTimeout}
		}
		if text := strings.TrimSpace(stderr.String()); text != "" {
			err = fmt.Errorf("%w: %s", err, clean(text))
		}
		return "", fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return strings.TrimSpace(stdout.String()), nil
}

// without removes variables from an environment.
func without(environ, names []string) []string {
	return slices.DeleteFunc(environ, func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(names, name)
	})
}
