// Package doctor looks which programs on this machine lamella could work with,
// and what each builder could do here for a target. It runs their versions'
// questions and changes nothing.
package doctor

import (
	"context"
	"os/exec"
	"regexp"
	"slices"
	"sync"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/command"
	"github.com/lamella-build/lamella/internal/container"
	"github.com/lamella-build/lamella/internal/installer"
	"github.com/lamella-build/lamella/target"
)

// Machine is what was found here.
type Machine struct {
	Tools    []Program // uv, pip, Poetry, and the keyring command
	Pythons  []Program // by the names of Lambda's runtimes, and python3; those that there are
	Engines  []Program // that run containers
	Builders []Builder // how a layer could be built
}

// Program is a program, or its absence.
type Program struct {
	Name    string
	Path    string // "" if there is none
	Version string // "" if it does not tell
	// Err is why it is of no use, nil if it is. One that is not there has the
	// Hints of how to get it.
	Err error
}

// Builder is one builder at one place.
type Builder struct {
	Name  string // "native", "pip", "poetry", "uv"
	Where string // "here", or "in a container"
	// Err is why it would not work, a fault.Error with what to do; nil: it would.
	Err error
}

// The places of a Builder.
const (
	Here        = "here"
	InContainer = "in a container"
)

// ExamineMachine looks at this machine for the target t.
func ExamineMachine(ctx context.Context, t target.Target) Machine {
	var m Machine
	var wg sync.WaitGroup
	fill := func(into *[]Program, names []string, look func(context.Context, string) Program) {
		*into = make([]Program, len(names))
		for i, name := range names {
			wg.Go(func() { (*into)[i] = look(ctx, name) })
		}
	}
	fill(&m.Tools, []string{"uv", "pip", "poetry", "keyring"}, findTool)
	fill(&m.Pythons, append(target.Runtimes(), "python3"), findPython)
	fill(&m.Engines, container.Names(), findEngine)
	wg.Wait()
	// That one has not all of them needs no word, nor does a shim of one that is not installed.
	m.Pythons = slices.DeleteFunc(m.Pythons, func(p Program) bool { return p.Path == "" || p.Err != nil })
	m.Builders = builders(ctx, t, m.Engines)
	return m
}

// versionPattern finds the version in what a program says of itself.
var versionPattern = regexp.MustCompile(`\d+(\.\d+)+[0-9A-Za-z.+-]*`)

// install is how a tool comes onto a machine.
var install = map[string]string{
	"uv": "pipx install uv", "pip": "python3 -m ensurepip", "poetry": "pipx install poetry", "keyring": "pipx install keyring",
}

func findTool(ctx context.Context, name string) Program {
	p := find(ctx, name)
	if p.Path == "" {
		p.Err = &fault.Error{Kind: fault.Machine, Op: "find", Subject: name, Err: exec.ErrNotFound, Hints: []string{install[name]}}
	}
	return p
}

func findPython(ctx context.Context, name string) Program { return find(ctx, name) }

func find(ctx context.Context, name string) Program {
	p := Program{Name: name}
	path, err := exec.LookPath(name)
	if err != nil {
		return p
	}
	p.Path = path
	if name == "keyring" { // it has no --version, and loads all its back ends to say so
		return p
	}
	said, err := command.Output(ctx, path, "--version")
	if err != nil {
		p.Err = &fault.Error{Kind: fault.Machine, Op: "run", Subject: path, Err: err}
	}
	p.Version = versionPattern.FindString(said)
	return p
}

func findEngine(ctx context.Context, name string) Program {
	p := Program{Name: name}
	if path, err := exec.LookPath(name); err == nil {
		p.Path = path
	}
	engine, err := container.Find(ctx, name)
	if err != nil {
		p.Err = err
		return p
	}
	p.Path, p.Version = engine.Path, engine.Version
	return p
}

// builders says of every builder whether it would work.
func builders(ctx context.Context, t target.Target, engines []Program) []Builder {
	all := []Builder{{Name: "native", Where: Here}}
	works := slices.ContainsFunc(engines, func(p Program) bool { return p.Err == nil })
	for _, tool := range installer.Tools() {
		all = append(all, Builder{Name: string(tool), Where: Here, Err: installer.Check(ctx, tool, t)})
		inContainer := Builder{Name: string(tool), Where: InContainer}
		if !works {
			_, inContainer.Err = container.Find(ctx, "")
		}
		all = append(all, inContainer)
	}
	return all
}
