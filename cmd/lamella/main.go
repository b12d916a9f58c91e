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

// firstCollection is how many bytes are allocated before memory is collected for the first
// time. Go would begin at 4 MB, and collect five times in a build that takes 0.1 s.
const firstCollection = 16 << 20

func main() {
	// Memory that nobody touches takes no space. The collector takes it for half of what there
	// is, and so waits until the other half is used, too.
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
