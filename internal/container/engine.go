// Package container runs one command in a container image, by the engine that
// the user has: Docker, Podman, Finch or nerdctl.
//
//	engine, err := container.Find(ctx, "")
//	err = engine.Run(ctx, container.Run{Image: image, Platform: "linux/arm64", Command: …}, events)
//
// Nothing is left behind: the container is removed when the command succeeds,
// fails or is interrupted, and what it writes into a mounted folder belongs to
// the caller, whatever users the engine maps. Secrets never stand on a command
// line, which every user of the machine can read.
package container

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/command"
)

// Names returns the engines that lamella knows, in the order in which [Find]
// looks for them.
func Names() []string { return []string{"docker", "podman", "finch", "nerdctl"} }

// Engine is a container engine that answers.
type Engine struct {
	Name    string // one of Names
	Path    string // of its program
	Version string

	podman bool // it is Podman, perhaps by the name of docker
	// rootless: the container's root is the caller, other users are not.
	rootless bool
	remapped bool // Docker's daemon maps users (userns-remap)
}

// Find returns the engine called name; "" is the first of [Names] that is
// installed and answers. That none is, or that its daemon is down, is a
// fault.Error of kind Machine that says how to get it.
func Find(ctx context.Context, name string) (*Engine, error) {
	names := Names()
	if name != "" {
		if !slices.Contains(names, name) {
			return nil, &fault.Error{Kind: fault.Usage, Op: "find", Subject: "container engine " + name,
				Err: errors.New("lamella does not know it"), Hints: []string{"--container=" + strings.Join(names, ", --container=")}}
		}
		names = []string{name}
	}
	e := &fault.Error{Kind: fault.Machine, Op: "find", Subject: cmp.Or(name, "a container engine"), Err: errors.New("it is not installed")}
	for _, name := range names {
		engine, err := probe(ctx, name)
		if err == nil {
			return engine, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if errors.Is(err, exec.ErrNotFound) {
			e.Details = append(e.Details, name+": not on PATH")
			continue
		}
		e.Details = append(e.Details, err.Error())
		e.Hints = append(e.Hints, start(name, err))
		e.Err = errors.New("it is installed, but does not answer")
	}
	if len(e.Hints) == 0 {
		e.Hints = []string{install(name)}
	}
	e.Hints = append(e.Hints, "without a container: --builder native, which needs neither an engine nor Python")
	return nil, e
}

// probe asks the engine called name what it is.
func probe(ctx context.Context, name string) (*Engine, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, err
	}
	e := &Engine{Name: name, Path: path, podman: name == "podman"}
	if name == "docker" { // podman-docker gives Podman that name
		version, _ := command.Output(ctx, path, "--version")
		e.podman = strings.Contains(strings.ToLower(version), "podman")
	}
	format := "server={{.ServerVersion}} {{json .SecurityOptions}}"
	if e.podman {
		format = "server={{.Version.Version}} rootless={{.Host.Security.Rootless}}"
	}
	answer, err := command.Output(ctx, path, "info", "--format", format)
	if err != nil {
		return nil, err
	}
	version, security, _ := strings.Cut(strings.TrimPrefix(answer, "server="), " ")
	if version == "" { // old clients say so without failing
		return nil, fmt.Errorf("%s: its daemon does not answer", name)
	}
	e.Version = version
	e.rootless = strings.Contains(security, "rootless=true") || strings.Contains(security, "name=rootless")
	e.remapped = strings.Contains(security, "name=userns")
	return e, nil
}

// start says how an engine that is installed comes to answer.
func start(name string, err error) string {
	if strings.Contains(err.Error(), "permission denied") {
		return fmt.Sprintf("let yourself use it: sudo usermod -aG %s %s, then log in again", name, cmp.Or(os.Getenv("USER"), "$USER"))
	}
	switch {
	case name == "finch":
		return "finch vm start"
	case name == "podman" && runtime.GOOS != "linux":
		return "podman machine start"
	case name == "podman":
		return "podman info   # says what is wrong with it"
	case runtime.GOOS != "linux":
		return "start Docker Desktop, or whatever else runs the daemon of " + name
	case name == "nerdctl":
		return "sudo systemctl start containerd"
	}
	return "sudo systemctl start docker"
}

// install says how to get an engine.
func install(name string) string {
	name = cmp.Or(name, "podman")
	switch {
	case runtime.GOOS == "darwin" && name == "podman":
		return "brew install podman && podman machine init && podman machine start"
	case runtime.GOOS == "darwin":
		return "brew install " + name
	case runtime.GOOS == "windows":
		return "install Docker Desktop or Podman Desktop (winget install RedHat.Podman-Desktop)"
	case name == "docker":
		return "apt install docker.io, or what your system's packages call it"
	}
	return fmt.Sprintf("apt install %s, or what your system's packages call it", name)
}

// user returns the options by which files that the container writes belong to
// the caller.
func (e *Engine) user() []string {
	if runtime.GOOS != "linux" {
		return nil // the virtual machine's file sharing sees to it
	}
	if e.rootless {
		return []string{"--user", "0:0"}
	}
	options := []string{"--user", fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid())}
	if e.remapped {
		options = append(options, "--userns", "host")
	}
	return options
}
