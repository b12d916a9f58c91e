//go:build !unix

package command

import "os/exec"

// RunInGroup calls program.Run: there are no process groups to signal.
func RunInGroup(program *exec.Cmd) error { return program.Run() }

// StartInGroup calls program.Start: there are no process groups to signal.
func StartInGroup(program *exec.Cmd) (release func(), err error) {
	return func() {}, program.Start()
}

// InGroup does nothing.
func InGroup(*exec.Cmd) {}

// EndGroup does nothing.
func EndGroup(*exec.Cmd) {}
