package sdist

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/command"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/target"
)

// Host builds with uv on this machine, or with pip if uv is not installed.
type Host struct {
	// Index specifies where the tool finds build requirements.
	Index index.ToolEnv

	uv          string // path of uv; "" if pip is used
	version     string // version of uv or pip, as printed by it
	interpreter interpreter
	target      target.Target
}

// interpreter is a Python on this machine.
type interpreter struct {
	path    string
	name    string // such as "CPython"
	version string // such as "3.13.2"
	minor   int
}

func (i interpreter) isFor(t target.Target) bool { return i.name == "CPython" && i.minor == t.Minor }

// FindHost finds a Python of t's version, and uv or pip. If there is no Python of this
// version, it uses another one, which can build only wheels without machine code for t. If
// there is no Python, or neither uv nor pip, the error is a fault.Error of Kind Machine.
func FindHost(ctx context.Context, t target.Target) (*Host, error) {
	h := &Host{target: t}
	if path, err := exec.LookPath("uv"); err == nil {
		if version, err := command.Output(ctx, path, "--version"); err == nil {
			h.uv, h.version = path, version
		}
	}
	python, found := findInterpreter(ctx, t)
	if h.uv != "" && !(found && python.isFor(t)) { // uv also finds interpreters that it has installed
		path, err := command.Output(ctx, h.uv, "python", "find", "--no-python-downloads", "3."+strconv.Itoa(t.Minor))
		if managed, ok := probe(ctx, path); err == nil && ok {
			python, found = managed, true
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if !found {
		return nil, h.missing("cannot build wheels for "+t.Runtime+" on "+t.Architecture+" because no Python is on PATH", "install Python 3."+strconv.Itoa(t.Minor), h.containerHint())
	}
	h.interpreter = python
	if h.uv != "" {
		return h, nil
	}
	var err error
	if h.version, err = command.Output(ctx, python.path, "-m", "pip", "--version"); err != nil {
		return nil, h.missing("cannot build wheels for "+t.Runtime+" on "+t.Architecture+" because uv is not on PATH and "+python.path+" has no pip", "install uv", "or install pip: "+python.path+" -m ensurepip", h.containerHint())
	}
	h.version, _, _ = strings.Cut(h.version, " from ")
	return h, nil
}

func (h *Host) missing(message string, hints ...string) error {
	return &fault.Error{Kind: fault.Machine, Message: message, Subject: h.target.String(), Hints: hints}
}

// findInterpreter returns the Python of t's version on PATH, or else any Python.
func findInterpreter(ctx context.Context, t target.Target) (best interpreter, found bool) {
	for _, name := range []string{t.Runtime, "python3", "python"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		i, ok := probe(ctx, path)
		if ok && i.isFor(t) {
			return i, true
		}
		if ok && !found {
			best, found = i, true
		}
	}
	return best, found
}

// probe returns the name and version of the Python at path. It returns false if the program
// is not a Python, such as a stub that starts none.
func probe(ctx context.Context, path string) (interpreter, bool) {
	if path == "" {
		return interpreter{}, false
	}
	const question = "import sys, platform; print(platform.python_implementation(), '.'.join(map(str, sys.version_info[:3])))"
	answer, err := command.Output(ctx, path, "-I", "-c", question)
	fields := strings.Fields(answer)
	if err != nil || len(fields) != 2 {
		return interpreter{}, false
	}
	var major, minor int
	if n, _ := fmt.Sscanf(fields[1], "%d.%d", &major, &minor); n != 2 || major != 3 {
		return interpreter{}, false
	}
	return interpreter{path: path, name: fields[0], version: fields[1], minor: minor}, true
}

// Name returns the tool that builds the wheels.
func (h *Host) Name() index.Tool {
	if h.uv != "" {
		return index.UV
	}
	return index.Pip
}

// Identity returns the versions of the tool and the interpreter, and the platform.
func (h *Host) Identity() string {
	return strings.Join([]string{h.version, h.interpreter.name + " " + h.interpreter.version, runtime.GOOS + "/" + runtime.GOARCH}, ", ")
}

// Build runs "uv build --wheel" or "pip wheel --no-deps". Both run the build backend in an
// isolated environment (PEP 517 and 518).
func (h *Host) Build(ctx context.Context, j Job) (err error) {
	project := filepath.Join(j.Source, filepath.FromSlash(j.Project))
	c := command.Command{Dir: project, Timeout: j.Timeout, Op: "build", Subject: j.Subject, Action: "building " + j.Subject,
		Env: slices.Concat(j.Env, h.Index.Vars), Without: []string{"PYTHONHOME", "VIRTUAL_ENV"},
		Hide: true, Netrc: h.Index.Netrc}
	netrc, remove, err := h.Index.WriteNetrc(filepath.Dir(j.Out))
	defer func() {
		if e := remove(); err == nil {
			err = e
		}
	}()
	if err != nil {
		return stagingFault(err)
	}
	if netrc != "" {
		c.Env = append(c.Env, "NETRC="+netrc)
	}
	if h.uv != "" {
		c.Path, c.Name = h.uv, "uv"
		c.Args = []string{"build", "--wheel", "--out-dir", j.Out, "--python", h.interpreter.path}
		if j.Sdist {
			c.Args = append(c.Args, "--no-sources")
		}
		c.Args = append(c.Args, project)
	} else {
		c.Path, c.Name = h.interpreter.path, "pip"
		c.Args = append([]string{"-m"}, pipWheel(j.Out, project)...)
	}
	err = command.Run(ctx, c, j.Events)
	var e *fault.Error
	if errors.As(err, &e) {
		e.Hints = append(e.Hints, "run the same command again with -v to see all of the builder's output")
		e.Hints = append(e.Hints, h.Advice()...)
	}
	return err
}

// pipWheel returns the arguments for Python after -m.
func pipWheel(out, project string) []string {
	return []string{"pip", "wheel", "--no-deps", "--use-pep517", "--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--wheel-dir", out, project}
}

// Advice returns hints that say how to build a wheel for the target.
func (h *Host) Advice() []string {
	var hints []string
	if !h.interpreter.isFor(h.target) {
		version := "3." + strconv.Itoa(h.target.Minor)
		install := fmt.Sprintf("install Python %s, because this build used %s %s", version, h.interpreter.name, h.interpreter.version)
		if h.uv != "" {
			install += ": uv python install " + version
		}
		hints = append(hints, install)
	}
	return append(hints, h.containerHint())
}

func (h *Host) containerHint() string {
	return "or use the build image for " + h.target.Runtime + ": --container"
}
