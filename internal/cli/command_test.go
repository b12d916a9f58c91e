package cli

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lamella-build/lamella/internal/bytecode"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/target"
)

// commands are what the scripts have beside testscript's own.
var commands = map[string]func(*testscript.TestScript, bool, []string){
	"wheel":  wheelCommand,
	"serve":  serveCommand,
	"asked":  askedCommand,
	"fill":   fillCommand,
	"status": statusCommand,
}

type (
	testKey    struct{}
	serversKey struct{}
)

// wheel FOLDER FILE [REQUIREMENT...]
//
// Makes a wheel of that file name, which requires these.
func wheelCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: wheel FOLDER FILE [REQUIREMENT...]")
	}
	parts := strings.SplitN(strings.TrimSuffix(args[1], ".whl"), "-", 3)
	name := strings.ReplaceAll(parts[0], "_", "-")
	metadata := fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", name, parts[1])
	for _, requirement := range args[2:] {
		metadata += "Requires-Dist: " + requirement + "\n"
	}
	testindex.MakeWheel(ts.Value(testKey{}).(*testing.T), ts.MkAbs(args[0]), name, parts[1], parts[2], map[string]string{
		parts[0] + ".py": "x = 1\n",
		fmt.Sprintf("%s-%s.dist-info/METADATA", parts[0], parts[1]): metadata,
	})
}

// serve FOLDER VARIABLE
//
// Starts an index with the wheels of FOLDER. Its address is in $VARIABLE, that of
// its files in ${VARIABLE}_FILES.
func serveCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: serve FOLDER VARIABLE")
	}
	s := testindex.Start(ts.Value(testKey{}).(*testing.T), ts.MkAbs(args[0]))
	ts.Value(serversKey{}).(map[string]*testindex.Server)[args[1]] = s
	ts.Setenv(args[1], s.Index)
	ts.Setenv(args[1]+"_FILES", s.URL+"/files")
}

// asked VARIABLE
//
// Prints how many requests the index had so far, and their paths, one a line.
func askedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: asked VARIABLE")
	}
	requests := ts.Value(serversKey{}).(map[string]*testindex.Server)[args[0]].Requests("")
	text := fmt.Sprintf("%d requests\n", len(requests))
	for _, r := range requests {
		text += r.Path + "\n"
	}
	_, err := io.WriteString(ts.Stdout(), text)
	ts.Check(err)
}

var placeholder = regexp.MustCompile(`@[^@\n]+@`)

// fill FILE...
//
// Replaces, in the files, @NAME@ by the environment variable and
// @FOLDER/WHEEL.whl@ by the wheel's sha256, in hex.
func fillCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: fill FILE...")
	}
	for _, file := range args {
		text := placeholder.ReplaceAllStringFunc(ts.ReadFile(file), func(match string) string {
			name := strings.Trim(match, "@")
			if !strings.HasSuffix(name, ".whl") {
				return ts.Getenv(name)
			}
			content, err := os.ReadFile(ts.MkAbs(name))
			ts.Check(err)
			return fmt.Sprintf("%x", sha256.Sum256(content))
		})
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o666))
	}
}

// status N lamella ARG...
//
// Runs lamella, which has to end with status N.
func statusCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = failed.ExitCode()
	}
	if got != want {
		ts.Fatalf("status %d, want %d", got, want)
	}
}

// somePython is a real interpreter of a runtime that compiles bytecode, if this
// machine has one. Scripts have it in $SOME_PYTHON, and know by the condition [python].
var somePython = sync.OnceValue(func() bytecode.Interpreter {
	for _, name := range []string{"python3.13", "python3.12", "python3.11"} {
		if t, err := target.Parse(name, "x86_64"); err == nil {
			if i, err := bytecode.Find(context.Background(), t, bytecode.Options{}); err == nil {
				return i
			}
		}
	}
	return bytecode.Interpreter{}
})

// condition is what scripts may ask beside testscript's own.
func condition(name string) (bool, error) {
	if name == "python" {
		return somePython().Path != "", nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// ofMachine are the scripts that print the paths and versions of this machine's Python,
// which the catalogue of messages cannot have.
var ofMachine = []string{"bytecode", "check", "doctor"}

// setup gives a script its own cache and a project that needs no network.
func setup(t *testing.T) func(env *testscript.Env) error {
	return func(env *testscript.Env) error {
		env.Values[testKey{}] = t
		report := filepath.Join(t.TempDir(), "report")
		env.Setenv("LAMELLA_TEST_REPORT", report)
		env.Defer(func() {
			if text, err := os.ReadFile(report); err == nil {
				t.Errorf("%s: JSON that does not follow its schema:\n%s", filepath.Base(env.WorkDir), text)
			}
		})
		env.Values[serversKey{}] = map[string]*testindex.Server{}
		// For scripts that hide the rest of this machine: testscript puts lamella there.
		env.Setenv("LAMELLA_DIR", filepath.SplitList(env.Getenv("PATH"))[0])
		if i := somePython(); i.Path != "" {
			env.Setenv("SOME_PYTHON", i.Path)
			env.Setenv("SOME_PYTHON_DIR", filepath.Dir(i.Path))
			env.Setenv("SOME_PYTHON_VERSION", i.Version)
			env.Setenv("MISSING", i.Version+"999") // of that minor version, and not there
			env.Setenv("RUNTIME", "python"+i.Version[:strings.LastIndex(i.Version, ".")])
		}
		env.Setenv("LAMELLA_CACHE_DIR", filepath.Join(env.WorkDir, "cache"))
		return writeProject(filepath.Join(env.WorkDir, "project"))
	}
}
