// Package doctor checks what building and deploying a layer requires: the project, this
// machine, the package indexes, and the destination. It runs programs only with --version,
// and changes nothing except the cache.
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

// Machine lists the programs on this machine.
type Machine struct {
	Tools   []Program // uv, pip, Poetry, and keyring
	Pythons []Program // python3 and the interpreters with the names of Lambda's runtimes, if they exist
	Engines []Program // container engines

	builders []Builder // whether each could build a layer, regardless of the lock file
}

// Program is a program that may be missing.
type Program struct {
	Name    string
	Path    string // "" if it is missing
	Version string // "" if unknown
	// Err says why the program cannot be used; nil if it can. If the program is missing, the
	// Hints say how to install it.
	Err error
}

// Builder is a builder on this machine or in a container.
type Builder struct {
	Name  string // "native", "pip", "poetry", or "uv"
	Where string // Here or InContainer
	// Err is a fault.Error that says why the builder does not work; nil if it works.
	Err error
}

// The values of Builder.Where.
const (
	Here        = "here"
	InContainer = "in a container"
)

// ExamineMachine examines this machine for the target t.
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
	// It is normal that Pythons are missing, or that a shim exists for one that is not
	// installed.
	m.Pythons = slices.DeleteFunc(m.Pythons, func(p Program) bool { return p.Path == "" || p.Err != nil })
	m.builders = builders(ctx, t, m.Engines)
	return m
}

// versionPattern matches the version in the output of --version.
var versionPattern = regexp.MustCompile(`\d+(\.\d+)+[0-9A-Za-z.+-]*`)

// install maps tools to the commands that install them.
var install = map[string]string{
	"uv": "pipx install uv", "pip": "python3 -m ensurepip", "poetry": "pipx install poetry", "keyring": "pipx install keyring",
}

func findTool(ctx context.Context, name string) Program {
	p := find(ctx, name)
	if p.Path == "" {
		p.Err = &fault.Error{Kind: fault.Machine, Message: name + " is not installed", Subject: name, Sentinel: exec.ErrNotFound, Hints: []string{install[name]}}
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
	if name == "keyring" { // keyring has no --version, and loads all back ends before it says so
		return p
	}
	out, err := command.Output(ctx, path, "--version")
	if err != nil {
		p.Err = &fault.Error{Kind: fault.Machine, Message: "cannot run " + path, Subject: path, Err: err}
	}
	p.Version = versionPattern.FindString(out)
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

// builders checks whether each builder works.
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
