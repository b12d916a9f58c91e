// Package command runs other programs on the user's behalf: the tools that
// build wheels, and git.
//
// [Run] streams what a program prints as events, keeps its last lines for the
// error, and ends it together with everything that it started: when the context
// ends, when it takes longer than it may, and when it leaves something behind.
// [Output] asks a program a short question, such as its version.
package command

import (
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
)

// Command is one run of a program.
type Command struct {
	Path string   // of the program, as exec.LookPath finds it
	Args []string // less the program's name
	Dir  string   // to run in; "" is the current folder
	// Env is added to this process's environment and wins over it. What is
	// secret goes here: arguments can be read by every user of the machine.
	Env     []string
	Without []string      // names of variables of this process's that it does not get
	Timeout time.Duration // 0 is none

	Op, Subject string // of its events and its error
}

// ExitError is the cause of a failed [Run]: the program itself said so.
type ExitError struct {
	Program string // its name
	Status  int    // not 0
}

func (e *ExitError) Error() string {
	return fmt.Sprintf("%s ended with exit status %d", e.Program, e.Status)
}

// lastLines is how much of a failed program's output is in the error.
const lastLines = 20

// grace is how long a program that was told to end may take to do so.
const grace = 3 * time.Second

// Run runs c and waits for its end. Every line it prints is a Debug event.
// A program that cannot be started, fails or takes too long is a fault.Error of
// kind Machine, with its exit status and last lines; if ctx ended, the error is
// ctx's.
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
	program.Stdout, program.Stderr = out, out // one writer for both: they are never written at once
	program.WaitDelay = grace
	err := RunInGroup(program)
	out.flush()
	name := strings.TrimSuffix(filepath.Base(c.Path), ".exe")
	e := &fault.Error{Kind: fault.Machine, Op: c.Op, Subject: c.Subject, Details: out.last}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil, errors.Is(err, exec.ErrWaitDelay): // what it left behind kept its output open
		return nil
	case limited.Err() != nil:
		e.Err = fmt.Errorf("%s did not end within %s, and was stopped", name, c.Timeout)
	case errors.As(err, &exit) && exit.Exited():
		e.Err = &ExitError{name, exit.ExitCode()}
	case errors.As(err, &exit):
		e.Err = fmt.Errorf("%s was ended by a signal (%s)", name, exit) //nolint:errorlint // a signal is not an exit status
	default:
		e.Err = fmt.Errorf("%s could not be started: %w", name, err)
	}
	return e
}

// Output runs a program that is quick to answer and returns what it prints to
// its standard output, less white space around it.
func Output(ctx context.Context, path string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	program := exec.CommandContext(ctx, path, args...)
	program.WaitDelay = grace
	var stdout, stderr bound.Buffer
	program.Stdout, program.Stderr = &stdout, &stderr
	if err := RunInGroup(program); err != nil {
		if text := strings.TrimSpace(stderr.String()); text != "" {
			err = fmt.Errorf("%w: %s", err, clean(text))
		}
		return "", fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return strings.TrimSpace(stdout.String()), nil
}

// without takes variables out of an environment.
func without(environ, names []string) []string {
	return slices.DeleteFunc(environ, func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(names, name)
	})
}
