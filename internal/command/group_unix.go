//go:build unix

package command

import (
	"os/exec"
	"syscall"
)

// InGroup gives the program a process group of its own, so that all it starts
// can be ended with it. Its Cancel asks the group to end; what has not done so
// when the program's WaitDelay is over is killed by EndGroup.
func InGroup(program *exec.Cmd) {
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	program.Cancel = func() error { return syscall.Kill(-program.Process.Pid, syscall.SIGTERM) }
}

// EndGroup kills what a program that has ended left behind.
func EndGroup(program *exec.Cmd) {
	if program.Process != nil {
		_ = syscall.Kill(-program.Process.Pid, syscall.SIGKILL) // fails if nothing is left
	}
}
