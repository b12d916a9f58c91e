package command

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// isGone reports that no process pid runs.
func isGone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := bytes.Cut(stat, []byte(") "))
	return err != nil || bytes.HasPrefix(state, []byte("Z"))
}

// TestChildrenEndWithTheirParent: a process that runs a tool gets a signal. The tool
// ignores SIGTERM and has started another program.
func TestChildrenEndWithTheirParent(t *testing.T) {
	for _, c := range []struct {
		end     syscall.Signal
		command string // how the tool is run
		within  time.Duration
		all     bool // what the tool started ends, too
	}{
		{syscall.SIGTERM, "run", 0, true},
		{syscall.SIGINT, "run", 0, true},
		{syscall.SIGTERM, "output", 0, true},
		{syscall.SIGKILL, "run", 10 * time.Second, false},
		{syscall.SIGKILL, "output", 10 * time.Second, false},
		{syscall.SIGKILL, "start", 10 * time.Second, false},
	} {
		t.Run(fmt.Sprintf("%s/%v", c.command, c.end), func(t *testing.T) {
			t.Parallel()
			tool, started := endedBy(t, c.end, c.command)
			for deadline := time.Now().Add(c.within); !isGone(tool); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("the tool still runs")
				}
			}
			// SIGKILL has been sent; the kernel may need a moment.
			for deadline := time.Now().Add(time.Second); c.all && !isGone(started); time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("what the tool started still runs")
				}
			}
		})
	}
}

// endedBy runs a parent, ends it by a signal once its tool runs, and returns the
// processes of the tool and of what that started.
func endedBy(t *testing.T, end syscall.Signal, command string) (tool, started int) {
	t.Helper()
	pids, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pids.Close()
	parent := exec.Command(self(t, "").Path)
	parent.Env = append(os.Environ(), "COMMAND_TEST=parent", "COMMAND_TEST_BY="+command)
	parent.ExtraFiles = []*os.File{write}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	line, err := bufio.NewReader(pids).ReadString('\n')
	if _, scanErr := fmt.Sscan(line, &tool, &started); err != nil || scanErr != nil {
		t.Fatal(line, err, scanErr)
	}
	t.Cleanup(func() {
		for _, pid := range []int{tool, started} {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	if err := parent.Process.Signal(end); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // its status does not matter
	return tool, started
}

func init() {
	modes["parent"], modes["stubborn"] = runParent, runStubborn
}

// runParent is the parent's main function.
func runParent() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	path, _ := os.Executable()
	os.Setenv("COMMAND_TEST", "stubborn")
	switch os.Getenv("COMMAND_TEST_BY") {
	case "output":
		_, _ = Output(ctx, path)
		return
	case "start":
		program := exec.CommandContext(ctx, path)
		if release, err := StartInGroup(program); err == nil {
			defer release()
			_ = program.Wait()
		}
		return
	}
	_ = Run(ctx, Command{Path: path, Op: "build", Subject: "demo 1.0"}, nil)
}

// runStubborn is the tool's main function. It reports by the file that the test gave
// its parent.
func runStubborn() {
	signal.Ignore(syscall.SIGTERM)
	path, _ := os.Executable()
	other := exec.Command(path)
	other.Env = append(os.Environ(), "COMMAND_TEST=hang")
	if err := other.Start(); err != nil {
		panic(err)
	}
	report, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/3", os.Getppid()), os.O_WRONLY, 0)
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(report, os.Getpid(), other.Process.Pid)
	report.Close()
	time.Sleep(time.Minute)
}
