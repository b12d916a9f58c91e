package bytecode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/command"
	"github.com/lamella-build/lamella/target"
)

// ErrNotFound is matched by the error of [Find] if there is no usable interpreter on this
// machine.
var ErrNotFound = errors.New("no usable interpreter")

// Interpreter is a CPython that can compile for a target.
type Interpreter struct {
	Path    string `json:"path"`    // the program itself, not a link, shim, or virtual environment
	Version string `json:"version"` // exact version, such as "3.13.7"
	Tag     string `json:"tag"`     // tag in the names of .pyc files, such as "cpython-313"
	Magic   string `json:"magic"`   // first four bytes of .pyc files, in hexadecimal
	Machine string `json:"machine"` // its platform.machine, such as "x86_64", "aarch64", or "AMD64"
}

// Options specify which interpreter to find, and where to look for it. The zero value
// accepts the first one of the target's minor version.
type Options struct {
	Version string // exact version that is required, such as "3.13.7"; "" accepts any micro version
	Program string // the only program to consider, a path or a name on PATH; "" searches for one

	Getenv  func(string) string // nil means os.Getenv
	Facts   Facts               // remembers probes; nil probes again
	Timeout time.Duration       // for each probe; 0 means 10 s
}

// Facts stores small values by key, like a [cache.Cache].
type Facts interface {
	Fact(key string, v any) bool
	PutFact(key string, v any) error
}

const probeTimeout = 10 * time.Second

// Find returns the first usable CPython of t's minor version: on PATH, or from pyenv, uv,
// or the py launcher. An interpreter is usable if it is a final release with a GIL, is not
// a debug build, and responds in time. The error is a fault.Error: of Kind Usage if
// o.Version is not a version of t's Python, and otherwise of Kind Machine. The latter
// matches ErrNotFound, and its details say why each candidate was rejected.
func Find(ctx context.Context, t target.Target, o Options) (Interpreter, error) {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Timeout == 0 {
		o.Timeout = probeTimeout
	}
	if err := checkVersion(t, o.Version); err != nil {
		return Interpreter{}, err
	}
	seen := map[string]bool{}
	var refused []string
	for _, source := range o.sources(t) {
		for _, c := range source(ctx) {
			if key := c.key(); seen[key] {
				continue
			} else {
				seen[key] = true
			}
			p, err := o.probe(ctx, c)
			if ctx.Err() != nil {
				return Interpreter{}, ctx.Err()
			}
			if err == nil {
				err = p.refuse(t, o.Version)
			}
			if err == nil {
				return p.Interpreter, nil
			}
			refused = append(refused, fmt.Sprintf("%s: %v", c, err))
		}
	}
	return Interpreter{}, notFound(t, o, refused)
}

var microVersion = regexp.MustCompile(`^3\.(\d+)\.\d+$`)

func checkVersion(t target.Target, version string) error {
	found := microVersion.FindStringSubmatch(version)
	if version == "" || found != nil && found[1] == strconv.Itoa(t.Minor) {
		return nil
	}
	return &fault.Error{Kind: fault.Usage, Subject: version,
		Message: fmt.Sprintf("--bytecode-python must be an exact version of Python 3.%d, not %q", t.Minor, version),
		Hints:   []string{fmt.Sprintf("choose an exact version: --bytecode-python 3.%d.1", t.Minor)}}
}

func notFound(t target.Target, o Options, refused []string) error {
	version := fmt.Sprintf("3.%d", t.Minor)
	if o.Version != "" {
		version = o.Version
	}
	e := &fault.Error{Kind: fault.Machine, Subject: version, Sentinel: ErrNotFound, Details: refused,
		Message: "no usable CPython " + version + " found on this machine",
		Hints:   []string{"install CPython " + version + ": uv python install " + version}}
	if o.Program != "" {
		e.Message = o.Program + " is not a usable CPython " + version
		if len(refused) == 0 {
			e.Details = []string{o.Program + ": not found"}
		}
	}
	return e
}

// candidate is a command that may be an interpreter.
type candidate struct {
	path string
	args []string // arguments before those of the interpreter
}

func (c candidate) String() string { return strings.Join(append([]string{c.path}, c.args...), " ") }

// key returns a key that is the same for candidates that are the same file.
func (c candidate) key() string {
	path := c.path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return strings.Join(append([]string{path}, c.args...), "\n")
}

// sources returns the places to look in, in order. Each is used only if those before it
// have no usable interpreter.
func (o *Options) sources(t target.Target) []func(context.Context) []candidate {
	if o.Program != "" {
		return []func(context.Context) []candidate{func(context.Context) []candidate { return o.program() }}
	}
	version := fmt.Sprintf("3.%d", t.Minor)
	return []func(context.Context) []candidate{
		func(context.Context) []candidate { return o.onPath("python"+version, "python3", "python") },
		func(context.Context) []candidate { return o.ofPyenv(version) },
		func(context.Context) []candidate { return o.ofUV(version) },
		func(ctx context.Context) []candidate { return o.askUV(ctx, version) },
		func(context.Context) []candidate { return o.ofLauncher(version) },
	}
}

func (o *Options) program() []candidate {
	if strings.ContainsAny(o.Program, `/\`) {
		path, err := filepath.Abs(o.Program)
		if err != nil {
			return nil
		}
		return []candidate{{path: path}}
	}
	return o.onPath(o.Program)
}

// onPath returns all programs with the given names in the folders of PATH, sorted by the
// order of the names. It skips relative folders, as Go's exec does, and pyenv's shims,
// which take long to fail: the interpreters that they run are found in pyenv's own folder.
func (o *Options) onPath(names ...string) []candidate {
	var list []candidate
	for _, name := range names {
		for _, folder := range filepath.SplitList(o.Getenv("PATH")) {
			if !filepath.IsAbs(folder) || filepath.Clean(folder) == filepath.Join(o.pyenv(), "shims") {
				continue
			}
			if path, err := exec.LookPath(filepath.Join(folder, name)); err == nil {
				list = append(list, candidate{path: path})
			}
		}
	}
	return list
}

// pyenv returns the folder of pyenv.
func (o *Options) pyenv() string {
	switch root := o.Getenv("PYENV_ROOT"); {
	case root != "":
		return filepath.Clean(root)
	case runtime.GOOS == "windows":
		return o.home(".pyenv", "pyenv-win")
	}
	return o.home(".pyenv")
}

// ofPyenv returns the interpreters that pyenv has installed, newest first.
func (o *Options) ofPyenv(version string) []candidate {
	return installed(filepath.Join(o.pyenv(), "versions"), version+".*", version)
}

// ofUV returns the interpreters that uv has installed, newest first.
func (o *Options) ofUV(version string) []candidate {
	folder := o.Getenv("UV_PYTHON_INSTALL_DIR")
	switch data := o.Getenv("XDG_DATA_HOME"); {
	case folder != "":
	case runtime.GOOS == "windows":
		folder = filepath.Join(o.Getenv("APPDATA"), "uv", "python")
	case data != "":
		folder = filepath.Join(data, "uv", "python")
	default:
		folder = o.home(".local", "share", "uv", "python")
	}
	return installed(folder, "cpython-"+version+".*", version)
}

// askUV runs uv, which may be configured to use another folder.
func (o *Options) askUV(ctx context.Context, version string) []candidate {
	for _, uv := range o.onPath("uv") {
		ctx, cancel := context.WithTimeout(ctx, o.Timeout)
		defer cancel()
		asked := version
		if o.Version != "" {
			asked = o.Version
		}
		path, err := command.Output(ctx, uv.path, "python", "find", "--no-project", "--no-python-downloads", "--offline", asked)
		if err == nil && filepath.IsAbs(path) {
			return []candidate{{path: path}}
		}
	}
	return nil
}

// ofLauncher returns the py launcher, which exists on Windows.
func (o *Options) ofLauncher(version string) []candidate {
	list := o.onPath("py")
	for i := range list {
		list[i].args = []string{"-" + version}
	}
	return list
}

func (o *Options) home(parts ...string) string {
	home := o.Getenv("HOME")
	if runtime.GOOS == "windows" {
		home = o.Getenv("USERPROFILE")
	}
	return filepath.Join(append([]string{home}, parts...)...)
}

// installed returns the interpreters in the subfolders of folder that match the pattern,
// newest micro version first.
func installed(folder, pattern, version string) []candidate {
	folders, _ := filepath.Glob(filepath.Join(folder, pattern))
	micro := regexp.MustCompile(regexp.QuoteMeta(version) + `\.(\d+)`)
	number := func(path string) int {
		n := -1
		if found := micro.FindStringSubmatch(filepath.Base(path)); found != nil {
			n, _ = strconv.Atoi(found[1])
		}
		return n
	}
	slices.SortStableFunc(folders, func(a, b string) int { return number(b) - number(a) })
	var list []candidate
	for _, f := range folders {
		path := filepath.Join(f, "bin", "python"+version)
		if runtime.GOOS == "windows" {
			path = filepath.Join(f, "python.exe")
		}
		if _, err := os.Stat(path); err == nil {
			list = append(list, candidate{path: path})
		}
	}
	return list
}
