// Command lamella turns a Python project's lock file into an AWS Lambda layer.
// `lamella --help` lists what it does; docs/cli.md is the same on one page.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/lamella-build/lamella/internal/cli"
)

// firstCollection is how many bytes the program may allocate before the garbage collector
// runs for the first time. By default it runs at 4 MB, and five times in a build that takes
// 0.1 s.
const firstCollection = 16 << 20

func main() {
	// This array takes no physical memory, because nothing touches it. The collector counts it
	// as live, and runs again only after as much has been allocated.
	untouched := make([]byte, firstCollection)
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signals = append(signals, syscall.SIGHUP) // the terminal is gone: the programs that lamella runs would go on
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	context.AfterFunc(ctx, stop) // a second signal kills at once
	status := cli.Main(ctx, os.Args[1:], cli.Stdio{Out: os.Stdout, Err: os.Stderr, LookupEnv: os.LookupEnv})
	runtime.KeepAlive(untouched)
	os.Exit(status)
}
