package command

import "syscall"

// endWithParent makes Linux kill a program when the thread that starts it ends.
func endWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
