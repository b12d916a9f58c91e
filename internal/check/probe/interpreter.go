package probe

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/command"
	"github.com/lamella-build/lamella/target"
)

//go:embed ask.py
var askScript string

// Interpreter is a CPython that can import the modules of a target.
type Interpreter struct {
	Command  []string `json:"command"`  // words of the command that starts the interpreter, such as "qemu-aarch64", "-L", "/arm64", "/arm64/usr/bin/python3.13"
	Version  string   `json:"version"`  // version of the interpreter, such as "3.13.7"
	Emulated bool     `json:"emulated"` // whether the interpreter runs in an emulator such as QEMU, so that times are meaningless
}

// askTimeout is how long an interpreter may take to identify itself. An emulated interpreter
// takes half a second.
const askTimeout = 30 * time.Second

// Ask runs a command and returns it as an interpreter, provided that it is a CPython of t's
// minor version for Linux on t's processor. The error is a fault.Error of Kind Usage.
func Ask(ctx context.Context, words []string, t target.Target) (Interpreter, error) {
	text := strings.Join(words, " ")
	refuse := func(err error) (Interpreter, error) {
		return Interpreter{}, &fault.Error{Kind: fault.Usage, Subject: text, Err: err,
			Message: fmt.Sprintf("%s cannot import modules for %s", text, t),
			Hints:   []string{fmt.Sprintf("choose a CPython 3.%d for Linux on %s: --python CMD", t.Minor, t.Machine)}}
	}
	if len(words) == 0 {
		return refuse(errors.New("the command is empty"))
	}
	var answer struct {
		Version, Implementation, Machine, System, Executable string

		FreeThreaded bool `json:"free_threaded"`
		Debug        bool
	}
	found := false
	err := command.Run(ctx, command.Command{Path: words[0], Args: append(words[1:len(words):len(words)], "-I", "-S", "-c", askScript),
		Without: []string{"LD_LIBRARY_PATH"}, Timeout: askTimeout, Op: "check", Subject: text, Action: "starting it"}, func(e event.Event) {
		if line, ok := strings.CutPrefix(e.Message, "lamella "); ok {
			found = json.Unmarshal([]byte(line), &answer) == nil
		}
	})
	switch {
	case ctx.Err() != nil:
		return Interpreter{}, ctx.Err()
	case err != nil:
		return refuse(err)
	case !found || answer.Implementation == "":
		return refuse(errors.New("it does not behave like Python"))
	case answer.Implementation != "cpython":
		return refuse(fmt.Errorf("it is %s, not CPython", strings.Replace(answer.Implementation, "pypy", "PyPy", 1)))
	case !strings.HasPrefix(answer.Version, fmt.Sprintf("3.%d.", t.Minor)):
		return refuse(fmt.Errorf("it is Python %s", answer.Version))
	case answer.System != "linux":
		return refuse(fmt.Errorf("it runs on %s, not Linux", answer.System))
	case answer.Machine != t.Machine:
		return refuse(fmt.Errorf("it runs on %s, not %s", answer.Machine, t.Machine))
	case answer.FreeThreaded:
		return refuse(errors.New("it is a free-threaded build, which loads other extension modules"))
	case answer.Debug:
		return refuse(errors.New("it is a debug build, which loads other extension modules"))
	}
	it := Interpreter{Command: words, Version: answer.Version, Emulated: len(words) > 1}
	if !it.Emulated && answer.Executable != "" {
		it.Command = []string{answer.Executable} // what a shim starts depends on the environment
	}
	return it, nil
}
