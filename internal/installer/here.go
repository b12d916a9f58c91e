package installer

import (
	"cmp"
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
			Timeout: o.Timeout, Op: "install", Subject: o.subject(), Action: o.action(), Name: string(o.Tool),
			Hide: true, Netrc: o.Env.Netrc}, o.Events)
		if err != nil {
			return err
		}
	}
	return nil
}

// foreign reports whether this machine cannot run programs for the target.
func (o *Options) foreign() bool {
	architecture := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	return runtime.GOOS != "linux" || architecture != o.Target.Architecture
}

// find finds the tool and a Python of the target's minor version.
func (o *Options) find(ctx context.Context, p *place) error {
	if p.foreign && o.Tool != index.UV {
		return &fault.Error{Kind: fault.Usage, Subject: o.subject(),
			Message: fmt.Sprintf("%s installs for the machine it runs on (%s/%s), not for %s on %s",
				o.Tool, runtime.GOOS, runtime.GOARCH, o.Target.Runtime, o.Target.Architecture),
			Hints: []string{"run " + string(o.Tool) + inContainer, withoutTool}}
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
	version, err := command.Output(ctx, program, "--version")
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, o.noTool(err)
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return nil, o.noTool(err)
	}
	path, err = filepath.Abs(path) // the tool runs in another folder
	if err != nil {
		return nil, o.noTool(err)
	}
	return []string{path}, o.tooOld(anyVersion.FindString(version))
}

// get maps tools to the hints for installing them.
var get = map[index.Tool]string{
	index.Pip:    "install pip for the target's Python: python%s -m ensurepip",
	index.Poetry: "install Poetry: pipx install poetry",
	index.UV:     "install uv: pipx install uv",
}

// Hints that several errors share.
const (
	inContainer = " in the target's build image: --container"
	withoutTool = "or let lamella install the wheels itself: --builder native"
)

// noTool returns the error for a program that is missing or does not run.
func (o *Options) noTool(err error) error {
	if errors.Is(err, exec.ErrNotFound) && o.Path == "" {
		return o.missing(fmt.Sprintf("%s is not on PATH", o.Tool), nil, nil)
	}
	return o.missing("cannot run "+cmp.Or(o.Path, string(o.Tool)), err, nil)
}

// missing returns the error for a tool that cannot be used. found describes candidates that
// were found but do not match.
func (o *Options) missing(message string, err error, found []string) error {
	hint := get[o.Tool]
	if strings.Contains(hint, "%s") {
		hint = fmt.Sprintf(hint, o.version())
	}
	return &fault.Error{Kind: fault.Machine, Message: message, Subject: string(o.Tool), Err: err, Details: found,
		Hints: []string{hint, "or choose the " + string(o.Tool) + " to run: --builder-path FILE", "or run " + string(o.Tool) + inContainer, withoutTool}}
}

// findPip finds a pip for the target's Python.
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
		output, err := command.Output(ctx, path, append(c[1:len(c):len(c)], "--version")...)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		match := pattern.FindStringSubmatch(output)
		if err != nil || match == nil {
			continue
		}
		if match[2] == o.version() {
			return c, o.tooOld(match[1])
		}
		found = append(found, fmt.Sprintf("%s is pip %s for Python %s", strings.Join(c, " "), match[1], match[2]))
	}
	return nil, o.missing(fmt.Sprintf("no pip found for Python %s", o.version()), nil, found)
}

// findPython finds a Python of the target's minor version.
func (o *Options) findPython(ctx context.Context, uv string) (string, error) {
	if o.Tool == index.UV { // uv also finds the Pythons that it has installed
		python, err := command.Output(ctx, uv, "python", "find", "--no-python-downloads", "--no-project", o.version())
		if err == nil {
			return python, nil
		}
		return "", o.noPython([]string{err.Error()}, "install Python "+o.version()+": uv python install "+o.version())
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
	return "", o.noPython(found, "install Python "+o.version()+" and put "+o.Target.Runtime+" on PATH")
}

func (o *Options) noPython(found []string, install string) error {
	return &fault.Error{Kind: fault.Machine, Subject: "Python " + o.version(),
		Message: fmt.Sprintf("no Python %s found, but %s needs it to install for %s", o.version(), o.Tool, o.Target.Runtime),
		Details: found,
		Hints:   []string{install, "or run " + string(o.Tool) + inContainer, withoutTool}}
}
