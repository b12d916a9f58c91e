//go:build !unix

package command

import "os/exec"

// inGroup does nothing: there are no process groups to signal.
func inGroup(*exec.Cmd) {}

func endGroup(*exec.Cmd) {}
