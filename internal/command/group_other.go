//go:build !unix

package command

import "os/exec"

// InGroup does nothing: there are no process groups to signal.
func InGroup(*exec.Cmd) {}

// EndGroup does nothing.
func EndGroup(*exec.Cmd) {}
