//go:build unix

package command

import (
	"os/exec"
	"syscall"
)

// inGroup gives the program a process group of its own, so that all it starts
// can be ended with it. Its Cancel asks the group to end; what has not done so
// when the program's WaitDelay is over is killed by endGroup.
func inGroup(program *exec.Cmd) {
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	program.Cancel = func() error { return syscall.Kill(-program.Process.Pid, syscall.SIGTERM) }
}

// endGroup kills what a program that has ended left behind.
func endGroup(program *exec.Cmd) {
	if program.Process != nil {
		_ = syscall.Kill(-program.Process.Pid, syscall.SIGKILL) // fails if nothing is left
	}
}
