//go:build unix

package command

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// RunInGroup is program.Run within InGroup and EndGroup. If this process is killed,
// Linux kills the program, but not what that has started; other systems let both go on.
func RunInGroup(program *exec.Cmd) error {
	InGroup(program)
	defer EndGroup(program)
	// Linux takes the end of the thread that started a program for the end of its
	// parent, so the thread is kept until then.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	endWithParent(program.SysProcAttr)
	return program.Run()
}

// StartInGroup is program.Start within InGroup, for a program that [RunInGroup] would
// run. The caller calls release after program.Wait.
func StartInGroup(program *exec.Cmd) (release func(), err error) {
	InGroup(program)
	endWithParent(program.SysProcAttr)
	started, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // see RunInGroup
		defer runtime.UnlockOSThread()
		started <- program.Start()
		<-ended
	}()
	return sync.OnceFunc(func() { close(ended) }), <-started
}

// InGroup gives the program a process group of its own, so that everything it
// starts ends with it. The program's Cancel interrupts the group; EndGroup kills
// whatever is left of it after the program's WaitDelay.
func InGroup(program *exec.Cmd) {
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	program.Cancel = func() error { return syscall.Kill(-program.Process.Pid, syscall.SIGTERM) }
}

// EndGroup kills the processes that a program left behind.
func EndGroup(program *exec.Cmd) {
	if program.Process != nil {
		_ = syscall.Kill(-program.Process.Pid, syscall.SIGKILL) // fails if nothing is left
	}
}
