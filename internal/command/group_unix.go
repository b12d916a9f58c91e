//go:build unix

package command

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// RunInGroup calls program.Run between InGroup and EndGroup. If this process is killed,
// Linux kills the program, but not the processes that it has started. Other systems kill
// neither.
func RunInGroup(program *exec.Cmd) error {
	InGroup(program)
	defer EndGroup(program)
	// For Linux, the parent of a program ends when the thread that started it ends, so keep
	// the thread until the program has ended.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	endWithParent(program.SysProcAttr)
	return program.Run()
}

// StartInGroup calls program.Start after InGroup, for a program that could also be run with
// [RunInGroup]. The caller must call release after program.Wait.
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

// InGroup gives the program a process group of its own, so that everything it starts ends
// with it. The program's Cancel interrupts the group. EndGroup kills whatever is left of the
// group after the program's WaitDelay.
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
