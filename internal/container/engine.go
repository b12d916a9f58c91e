// Package container runs a command in a container image, using an installed engine: Docker,
// Podman, Finch, or nerdctl.
//
//	engine, err := container.Find(ctx, "")
//	err = engine.Run(ctx, container.Run{Image: image, Platform: "linux/arm64", Command: …}, events)
//
// The container is removed when the command succeeds, fails, or is interrupted. Files that
// the command writes into a mounted folder belong to the caller, however the engine maps
// users. Secrets are never on a command line, which every user of the machine can read.
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
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/command"
)

// Names returns the engines that lamella supports, in the order in which [Find]
// tries them.
func Names() []string { return []string{"docker", "podman", "finch", "nerdctl"} }

// Engine is a container engine that is installed and running.
type Engine struct {
	Name    string // one of Names
	Path    string // path of its program
	Version string

	podman bool // whether it is Podman, which may be called docker
	// rootless says that root in the container is the caller, and that other users are not.
	rootless bool
	remapped bool // whether Docker's daemon maps users (userns-remap)
	// patience is how long a response about an image may take; 0 means two minutes.
	patience time.Duration
}

// Find returns the engine called name. If name is "", it returns the first of [Names] that
// is installed and running. The error is a fault.Error: of Kind Usage for an unknown name,
// and of Kind Machine for an engine that is not installed or not running, with hints on how
// to install or start it.
func Find(ctx context.Context, name string) (*Engine, error) {
	names := Names()
	if name != "" {
		if !slices.Contains(names, name) {
			return nil, &fault.Error{Kind: fault.Usage, Subject: name,
				Message: fmt.Sprintf("unknown container engine %q", name), Hints: []string{"choose one of: --container=auto, --container=" + strings.Join(names, ", --container=")}}
		}
		names = []string{name}
	}
	e := &fault.Error{Kind: fault.Machine, Subject: name, Message: "no container engine is installed"}
	if name != "" {
		e.Message = name + " is not installed"
	}
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
		e.Subject, e.Message = name, name+" is installed, but "+silent(name)
		if denied(err) {
			e.Message = name + " is installed, but you do not have permission to use it"
		}
	}
	if len(e.Hints) == 0 {
		e.Hints = []string{install(name)}
	}
	e.Hints = append(e.Hints, "or build without a container: --builder native")
	return nil, e
}

// probe determines which engine the program called name is.
func probe(ctx context.Context, name string) (*Engine, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, err
	}
	e := &Engine{Name: name, Path: path, podman: name == "podman"}
	if name == "docker" { // the package podman-docker installs Podman under this name
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
	if version == "" { // old clients do not fail if the daemon is down
		return nil, fmt.Errorf("%s: the daemon is not responding", name)
	}
	e.Version = version
	e.rootless = strings.Contains(security, "rootless=true") || strings.Contains(security, "name=rootless")
	e.remapped = strings.Contains(security, "name=userns")
	return e, nil
}

// denied reports whether err means that the user may not use an engine.
func denied(err error) bool { return strings.Contains(err.Error(), "permission denied") }

// silent says what of an engine that is installed does not respond.
func silent(name string) string {
	switch {
	case name == "finch", name == "podman" && runtime.GOOS != "linux":
		return "its virtual machine is not responding"
	case name == "podman":
		return "it does not work"
	}
	return "its daemon is not responding"
}

// start returns the hint for an engine that is installed but does not respond.
func start(name string, err error) string {
	if denied(err) {
		return fmt.Sprintf("get permission to use it: sudo usermod -aG %s %s   # then log in again", name, cmp.Or(os.Getenv("USER"), "$USER"))
	}
	switch {
	case name == "finch":
		return "start it: finch vm start"
	case name == "podman" && runtime.GOOS != "linux":
		return "start it: podman machine start"
	case name == "podman":
		return "check what is wrong: podman info"
	case runtime.GOOS != "linux":
		return "start Docker Desktop, or the daemon of " + name
	case name == "nerdctl":
		return "start or restart it: sudo systemctl restart containerd"
	}
	return "start or restart it: sudo systemctl restart docker"
}

// install returns the hint for an engine that is not installed.
func install(name string) string {
	it := "install it: "
	if name == "" {
		name, it = "podman", "install one: "
	}
	const elsewhere = "   # on systems without apt, use the system's package manager"
	switch {
	case runtime.GOOS == "darwin" && name == "podman":
		return it + "brew install podman && podman machine init && podman machine start"
	case runtime.GOOS == "darwin":
		return it + "brew install " + name
	case runtime.GOOS == "windows":
		return "install Docker Desktop or Podman Desktop (winget install RedHat.Podman-Desktop)"
	case name == "docker":
		return it + "sudo apt install docker.io" + elsewhere
	}
	return it + "sudo apt install " + name + elsewhere
}

// user returns the options that make files written in the container belong to the caller.
func (e *Engine) user() []string {
	if runtime.GOOS != "linux" {
		return nil // the file sharing of the virtual machine does this
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
