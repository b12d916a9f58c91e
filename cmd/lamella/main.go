// Command lamella turns a Python project's lock file into an AWS Lambda layer.
// `lamella --help` lists what it does; docs/cli.md is the same on one page.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/lamella-build/lamella/internal/cli"
)

func main() {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signals = append(signals, syscall.SIGHUP) // the terminal is gone: the programs that lamella runs would go on
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	context.AfterFunc(ctx, stop) // a second signal kills at once
	os.Exit(cli.Main(ctx, os.Args[1:], cli.Stdio{Out: os.Stdout, Err: os.Stderr, LookupEnv: os.LookupEnv}))
}
