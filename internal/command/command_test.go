package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

// modes are further ways in which the test binary runs.
var modes = map[string]func(){}

// The program that the tests run is the test binary itself.
func TestMain(m *testing.M) {
	switch os.Getenv("COMMAND_TEST") {
	case "":
		os.Exit(catalogue.Main(m, "command"))
	case "talk":
		fmt.Println("one")
		fmt.Fprintln(os.Stderr, "two \x1b[31mred\x1b[0m https://me:secret@host.example/simple")
		fmt.Print("three, unfinished")
	case "fail":
		for i := range 1000 {
			fmt.Println("line", i)
		}
		os.Exit(3)
	case "secrets":
		fmt.Println(os.Environ())
		fmt.Println("token", os.Getenv("DEMO_TOKEN"), "password", "n3tr c\"word", "of", os.Getenv("PIP_INDEX_URL"))
		fmt.Println("only s3cr/t+word and s3cr%2Ft%2Bword")
		fmt.Println(strings.Repeat(os.Getenv("DEMO_TOKEN")+" ", 400))
		for i := range 40 {
			fmt.Println(strings.Repeat("x", maxLine-i), os.Getenv("DEMO_TOKEN"))
		}
		os.Exit(1)
	case "hang":
		fmt.Println("waiting")
		time.Sleep(time.Minute)
	case "flood":
		chunk := strings.Repeat("x", 1<<20)
		for range 8 {
			fmt.Print(chunk)
		}
		os.Exit(1)
	default:
		modes[os.Getenv("COMMAND_TEST")]()
	}
}

func self(t *testing.T, mode string) Command {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Command{Path: path, Env: []string{"COMMAND_TEST=" + mode}, Op: "build", Subject: "demo 1.0", Action: "building demo 1.0"}
}

// collect returns a sink and what it got.
func collect() (event.Sink, func() []string) {
	var mu sync.Mutex
	var messages []string
	return func(e event.Event) {
			mu.Lock()
			defer mu.Unlock()
			messages = append(messages, e.Message)
		}, func() []string {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(messages)
		}
}

func TestRunStreamsCleanLines(t *testing.T) {
	sink, messages := collect()
	if err := Run(context.Background(), self(t, "talk"), sink); err != nil {
		t.Fatal(err)
	}
	got := messages()
	slices.Sort(got)
	want := []string{"one", "three, unfinished", "two red https://host.example/simple"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestRunHides: no secret that the program is given is in what it prints, nor a part of one.
func TestRunHides(t *testing.T) {
	c := self(t, "secrets")
	c.Env = append(c.Env, "DEMO_TOKEN=t0ken-of-demo", "PIP_INDEX_URL=https://me:s3cr%2Ft%2Bword@index.example/simple", "FILE=machine h login me password in-a-variable")
	c.Hide, c.Netrc = true, `machine index.example login me password "n3tr c\"word"`+"\n"
	sink, messages := collect()
	err := Run(context.Background(), c, sink)
	if err == nil {
		t.Fatal("no error")
	}
	text := strings.Join(append(messages(), fault.Details(err)...), "\n")
	for _, secret := range []string{"t0k", "s3cr", "n3tr", "in-a-variable"} {
		if i := strings.Index(text, secret); i >= 0 {
			t.Errorf("it has %q", text[max(0, i-20):i+20])
		}
	}
	if !strings.Contains(text, "token *** password *** of https://index.example/simple\n") {
		t.Errorf("got %q", text[:min(len(text), 4000)])
	}
	for _, line := range messages() {
		if len(line) > maxLine {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

func TestRunReportsFailure(t *testing.T) {
	err := Run(context.Background(), self(t, "fail"), nil)
	var e *fault.Error
	var exit *ExitError
	if !errors.As(err, &e) || e.Kind != fault.Machine || e.Subject != "demo 1.0" || !errors.As(err, &exit) || exit.Status != 3 {
		t.Fatalf("got %v", err)
	}
	if len(e.Details) != lastLines || e.Details[lastLines-1] != "line 999" {
		t.Errorf("the last lines are %q", e.Details)
	}
	err = Run(context.Background(), self(t, "flood"), nil)
	if !errors.As(err, &e) || len(e.Details) != 1 || len(e.Details[0]) != maxLine {
		t.Errorf("of a flood, %d lines were kept", len(e.Details))
	}
	err = Run(context.Background(), Command{Path: "no-such-program", Action: "building x"}, nil)
	if !errors.Is(err, exec.ErrNotFound) || catalogue.KindOf(err) != fault.Machine {
		t.Errorf("got %v", err)
	}
}

func TestRunEndsWhatHangs(t *testing.T) {
	c := self(t, "hang")
	c.Timeout = 300 * time.Millisecond
	begin := time.Now()
	err := Run(context.Background(), c, nil)
	if !errors.Is(err, ErrTimeout) || catalogue.KindOf(err) != fault.Machine {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	sink := func(e event.Event) { cancel() } // it has started
	if err := Run(ctx, self(t, "hang"), sink); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestOutput(t *testing.T) {
	t.Setenv("COMMAND_TEST", "talk")
	got, err := Output(context.Background(), self(t, "").Path)
	if want := "one\nthree, unfinished"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	t.Setenv("COMMAND_TEST", "fail")
	if _, err := Output(context.Background(), self(t, "").Path); !isExit(err, 3) {
		t.Errorf("got %v", err)
	}
}

func isExit(err error, status int) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && exit.ExitCode() == status
}
