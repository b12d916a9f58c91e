package installer

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/command"
	"github.com/lamella-build/lamella/internal/index"
)

// runHere runs the tool on this machine.
func (o *Options) runHere(ctx context.Context, s *stage) (err error) {
	p := place{root: s.root, project: s.path(s.project), join: filepath.Join, foreign: o.foreign()}
	if err := o.find(ctx, &p); err != nil {
		return err
	}
	netrc, remove, err := o.Env.WriteNetrc(s.root)
	defer func() {
		if e := remove(); err == nil {
			err = e
		}
	}()
	if err != nil {
		return stageFault(s.root, err)
	}
	env := append(o.env(p), o.Env.Vars...)
	if netrc != "" {
		env = append(env, "NETRC="+netrc)
	}
	for _, args := range o.commands(p) {
		o.Events.Emit(event.Event{Kind: event.Debug, Op: "install", Subject: o.subject(), Message: "running " + strings.Join(args, " ")})
		err := command.Run(ctx, command.Command{Path: args[0], Args: args[1:], Dir: p.project, Env: env,
			Timeout: o.Timeout, Op: "install", Subject: o.subject(), Action: o.action(), Name: string(o.Tool)}, o.Events)
		if err != nil {
			return err
		}
	}
	return nil
}

// foreign reports that this machine cannot run what the target runs.
func (o *Options) foreign() bool {
	architecture := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	return runtime.GOOS != "linux" || architecture != o.Target.Architecture
}

// find finds the tool and a Python of the target's minor version.
func (o *Options) find(ctx context.Context, p *place) error {
	if p.foreign && o.Tool != index.UV {
		return &fault.Error{Kind: fault.Usage, Op: "install", Subject: o.subject(),
			Err: fmt.Errorf("%s chooses for the machine that it runs on, %s on %s; the target is Linux on %s",
				o.Tool, runtime.GOOS, runtime.GOARCH, o.Target.Architecture),
			Hints: []string{"run it in the target's own image: --container", "or let lamella choose, which it does for any target: --builder native"}}
	}
	var err error
	if o.Tool == index.Pip {
		p.tool, err = o.findPip(ctx)
		return err
	}
	if p.tool, err = o.findTool(ctx); err != nil {
		return err
	}
	p.python, err = o.findPython(ctx, p.tool[0])
	return err
}

var anyVersion = regexp.MustCompile(`\d+(\.\d+)+[0-9A-Za-z.+-]*`)

// findTool finds Poetry or uv.
func (o *Options) findTool(ctx context.Context) ([]string, error) {
	program := o.Path
	if program == "" {
		program = string(o.Tool)
	}
	said, err := command.Output(ctx, program, "--version")
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, o.missing(err, nil)
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, o.missing(err, nil)
	}
	path, err = filepath.Abs(path) // it is run in another folder
	if err != nil {
		return nil, o.missing(err, nil)
	}
	return []string{path}, o.tooOld(anyVersion.FindString(said))
}

// get is how each tool comes onto a machine.
var get = map[index.Tool]string{
	index.Pip:    "install pip for the target's Python: python%s -m ensurepip",
	index.Poetry: "install Poetry: pipx install poetry",
	index.UV:     "install uv: pipx install uv",
}

func (o *Options) missing(err error, found []string) error {
	hint := get[o.Tool]
	if strings.Contains(hint, "%s") {
		hint = fmt.Sprintf(hint, o.version())
	}
	e := &fault.Error{Kind: fault.Machine, Op: "find", Subject: string(o.Tool), Err: err, Details: found,
		Hints: []string{hint, "or name it: --builder-path FILE", "or run it in the target's own image: --container", "without it: --builder native"}}
	if errors.Is(err, exec.ErrNotFound) && o.Path == "" {
		e.Err = errors.New("it is not on PATH")
	}
	return e
}

// findPip finds a pip of the target's Python.
func (o *Options) findPip(ctx context.Context) ([]string, error) {
	python := o.Target.Runtime
	candidates := [][]string{{"pip" + o.version()}, {"pip3"}, {"pip"}, {python, "-m", "pip"}, {"python3", "-m", "pip"}}
	if o.Path != "" {
		candidates = [][]string{{o.Path}}
	}
	pattern := regexp.MustCompile(`^pip (\S+) .*\(python (\d+\.\d+)\)`)
	var found []string
	for _, c := range candidates {
		path, err := exec.LookPath(c[0])
		if err == nil {
			path, err = filepath.Abs(path)
		}
		if err != nil {
			continue
		}
		c[0] = path
		said, err := command.Output(ctx, path, append(c[1:len(c):len(c)], "--version")...)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		match := pattern.FindStringSubmatch(said)
		if err != nil || match == nil {
			continue
		}
		if match[2] == o.version() {
			return c, o.tooOld(match[1])
		}
		found = append(found, fmt.Sprintf("%s is pip %s for Python %s", strings.Join(c, " "), match[1], match[2]))
	}
	if len(found) > 0 {
		return nil, o.missing(fmt.Errorf("the target needs that of Python %s, which none of those here is", o.version()), found)
	}
	return nil, o.missing(fmt.Errorf("there is none for Python %s", o.version()), nil)
}

// findPython finds a Python of the target's minor version.
func (o *Options) findPython(ctx context.Context, uv string) (string, error) {
	if o.Tool == index.UV { // it knows more places than PATH
		python, err := command.Output(ctx, uv, "python", "find", "--no-python-downloads", "--no-project", o.version())
		if err == nil {
			return python, nil
		}
		return "", o.noPython([]string{err.Error()}, "uv python install "+o.version())
	}
	var found []string
	for _, name := range []string{o.Target.Runtime, "python3", "python"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		version, err := command.Output(ctx, path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err == nil && version == o.version() {
			return path, nil
		}
		if err == nil {
			found = append(found, fmt.Sprintf("%s is Python %s", path, version))
		}
	}
	return "", o.noPython(found, "install Python "+o.version()+", so that "+o.Target.Runtime+" is on PATH")
}

func (o *Options) noPython(found []string, install string) error {
	return &fault.Error{Kind: fault.Machine, Op: "find", Subject: "Python " + o.version(),
		Err:     fmt.Errorf("it is not here, and %s chooses for the Python that it runs under", o.Tool),
		Details: found,
		Hints:   []string{install, "or run it in the target's own image: --container", "or let lamella choose, which needs no Python: --builder native"}}
}
