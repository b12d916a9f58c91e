package bytecode

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/command"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/target"
)

//go:embed probe.py
var probeScript string

// probed is the output of a probe.
type probed struct {
	Interpreter
	Level          string `json:"level"` // such as "final" or "candidate"
	Implementation string `json:"implementation"`
	Debug          bool   `json:"debug"`
	FreeThreaded   bool   `json:"free_threaded"`
}

// refuse returns the reason why the interpreter cannot be used for t, or nil if it can.
func (p *probed) refuse(t target.Target, version string) error {
	switch {
	case p.Implementation != "cpython":
		return fmt.Errorf("it is %s, not CPython", cmp.Or(implementations[p.Implementation], p.Implementation))
	case !strings.HasPrefix(p.Version, fmt.Sprintf("3.%d.", t.Minor)):
		return fmt.Errorf("it is Python %s", p.Version)
	case version != "" && p.Version != version:
		return fmt.Errorf("it is Python %s, not %s", p.Version, version)
	case p.FreeThreaded:
		return errors.New("it is a free-threaded build, and its bytecode differs from the runtime's")
	case p.Debug:
		return errors.New("it is a debug build")
	case p.Level != "final":
		return fmt.Errorf("it is %s of Python %s, and the runtime may be unable to read its bytecode", cmp.Or(stages[p.Level], "a pre-release"), p.Version)
	}
	return nil
}

// implementations are the names of other implementations, by their sys.implementation.name.
var implementations = map[string]string{"pypy": "PyPy", "graalpy": "GraalPy"}

// stages are the levels of sys.version_info in words.
var stages = map[string]string{"alpha": "an alpha release", "beta": "a beta release", "candidate": "a release candidate"}

var (
	soundTag   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	soundMagic = regexp.MustCompile(`^[0-9a-f]{4}0d0a$`)
)

// check returns an error if the output cannot be from an interpreter.
func (p *probed) check() error {
	switch {
	case p.Version == "" || p.Implementation == "":
		return errors.New("it does not behave like Python")
	case p.Implementation != "cpython" || !strings.HasPrefix(p.Version, "3."):
		return nil // refuse rejects it for this reason
	case !filepath.IsAbs(p.Path) || !soundTag.MatchString(p.Tag) || !soundMagic.MatchString(p.Magic):
		return errors.New("it does not behave like Python")
	}
	return nil
}

// probe asks a candidate what it is. If the program is the interpreter itself, the answer
// is remembered until the file changes. If it is a shim or launcher, what it starts depends
// on more than its own file.
func (o *Options) probe(ctx context.Context, c candidate) (*probed, error) {
	key, known := c.fact()
	p := new(probed)
	if known && o.Facts != nil && o.Facts.Fact(key, p) && p.check() == nil {
		return p, nil
	}
	out, err := runProbe(ctx, c, o.Timeout)
	if err != nil {
		return nil, err
	}
	p = new(probed)
	for line := range bytes.Lines(out) {
		if text, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("lamella ")); ok {
			err = json.Unmarshal(text, p)
		}
	}
	if err != nil {
		return nil, errors.New("it does not behave like Python")
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	own, err := filepath.EvalSymlinks(p.Path)
	if err == nil {
		p.Path = own
	}
	if real, err := filepath.EvalSymlinks(c.path); err == nil && real == own && known && o.Facts != nil {
		_ = o.Facts.PutFact(key, p) // without it, the next run probes again
	}
	return p, nil
}

// fact returns the key under which a probe of the candidate is remembered.
func (c candidate) fact() (key string, ok bool) {
	real, err := filepath.EvalSymlinks(c.path)
	if err != nil || len(c.args) > 0 {
		return "", false
	}
	info, err := os.Stat(real)
	if err != nil {
		return "", false
	}
	return fmt.Sprintf("python 1\n%s\n%d\n%d", real, info.ModTime().UnixNano(), info.Size()), true
}

// maxProbe is the maximum number of bytes that a probe may print.
const maxProbe = 64 << 10

// runProbe runs the script and returns its output.
func runProbe(ctx context.Context, c candidate, timeout time.Duration) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	program := exec.CommandContext(limited, c.path, append(c.args[:len(c.args):len(c.args)], "-E", "-s", "-S", "-c", probeScript)...)
	program.Env = environment()
	program.WaitDelay = time.Second
	var stdout, stderr bound.Buffer
	program.Stdout, program.Stderr = &stdout, &stderr
	err := command.RunInGroup(program)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, fmt.Errorf("it did not respond within %s", number.Duration(timeout))
	case len(stdout.String()) > maxProbe: // the process may have been stopped because of this
		return nil, errors.New("it does not behave like Python")
	case err != nil:
		return nil, fmt.Errorf("it cannot be run: %w%s", startError(err), lastLine(stderr.String()))
	}
	return []byte(stdout.String()), nil
}

// startError returns why a program did not start, without the program's path, which the
// message already has.
func startError(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}

// lastLine returns the last line of a program's standard error, in a form that can be
// appended to a message.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	last := strings.TrimSpace(lines[len(lines)-1])
	if last == "" {
		return ""
	}
	if len(last) > 300 {
		last = last[:300]
	}
	return ": " + strings.ToValidUTF8(last, "\uFFFD")
}

// environment returns the environment of this process without variables that change how
// Python runs, and with a fixed hash seed.
func environment() []string {
	var env []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(name)
		}
		if strings.HasPrefix(name, "PYTHON") || name == "__PYVENV_LAUNCHER__" {
			continue
		}
		env = append(env, variable)
	}
	return append(env, "PYTHONHASHSEED=0")
}
