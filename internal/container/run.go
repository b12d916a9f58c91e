package container

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/command"
)

// home is the home folder in a container, in memory only. The caller's user has
// none in the image.
const home = "/lamella/home"

// Run is one command in a container.
type Run struct {
	Image    string
	Platform string // "linux/amd64"; "" is the engine's own
	Mounts   []Mount
	Env      map[string]string
	// Secrets are environment variables as well. Their values reach the engine
	// by its own environment.
	Secrets map[string]string
	// HomeFiles are secret files in the home folder ($HOME), such as ".netrc",
	// by name. They are written with mode 0600 and never touch a disk.
	HomeFiles map[string]string
	Dir       string   // to run in; "" is the image's
	Command   []string // program and arguments
	Timeout   time.Duration

	Op, Subject string // of the events and the error
}

// Mount is a folder of the host in a container. Neither path may have both a
// comma and a colon in it.
type Mount struct {
	Source   string // absolute, on the host
	Target   string // absolute, in the container
	ReadOnly bool
}

// Run runs r.Command in a new container and waits for its end; its lines are
// Debug events. The container is gone afterwards, also when ctx ends. Files in
// the mounts belong to the caller. A command that fails is a fault.Error of
// kind Machine around a [command.ExitError].
func (e *Engine) Run(ctx context.Context, r Run, events event.Sink) error {
	// By its digest, so that what runs is what was asked about.
	image, err := e.ImageDigest(ctx, r.Image, r.Platform, events)
	if err != nil {
		return err
	}
	name := "lamella-" + random()
	args, env, err := e.arguments(r, name, image)
	if err != nil {
		return err
	}
	err = command.Run(ctx, command.Command{Path: e.Path, Args: args, Env: env, Timeout: r.Timeout, Op: r.Op, Subject: r.Subject}, events)
	if err == nil {
		return nil
	}
	if left := e.remove(name); left != nil {
		events.Emit(event.Event{Kind: event.Warn, Op: r.Op, Subject: r.Subject,
			Message: fmt.Sprintf("The container could not be removed (%v); do it yourself: %s rm -f %s", left, e.Name, name)})
	}
	return explain(err, r)
}

// random is part of a name that no other container has.
func random() string {
	b := make([]byte, 8)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// arguments returns the engine's command line, and the environment with what
// must not stand on it.
func (e *Engine) arguments(r Run, name, image string) (args, env []string, err error) {
	args = []string{"run", "--rm", "--name", name}
	if r.Platform != "" && !e.podman { // Podman would look for the image elsewhere
		args = append(args, "--platform", r.Platform)
	}
	if e.podman || e.Name == "docker" {
		args = append(args, "--sig-proxy=false") // lamella removes the container itself
		if selinux() {
			args = append(args, "--security-opt", "label=disable") // the mounts keep their labels
		}
	}
	args = append(args, e.user()...)
	args = append(args, "--tmpfs", home+":rw,mode=1777", "--env", "HOME="+home)
	for _, m := range r.Mounts {
		mount, err := m.option()
		if err != nil {
			return nil, nil, err
		}
		args = append(args, mount...)
	}
	for _, key := range slices.Sorted(maps.Keys(r.Env)) {
		args = append(args, "--env", key+"="+r.Env[key])
	}
	secrets := maps.Clone(r.Secrets)
	program := r.Command
	if len(r.HomeFiles) > 0 {
		if secrets == nil {
			secrets = map[string]string{}
		}
		program = writeFiles(r.HomeFiles, secrets, program)
	}
	for _, key := range slices.Sorted(maps.Keys(secrets)) {
		args = append(args, "--env", key)
		env = append(env, key+"="+secrets[key])
	}
	if r.Dir != "" {
		args = append(args, "--workdir", r.Dir)
	}
	// Some images have an entry point; ours is the command.
	args = append(args, "--entrypoint", program[0], image)
	return append(args, program[1:]...), env, nil
}

// writeFiles returns program behind a shell that first writes the files, whose
// content it adds to the secrets.
func writeFiles(files, secrets map[string]string, program []string) []string {
	script := "umask 077"
	for i, name := range slices.Sorted(maps.Keys(files)) {
		variable := "LAMELLA_FILE_" + strconv.Itoa(i)
		secrets[variable] = files[name]
		script += fmt.Sprintf(" && printf %%s \"$%s\" > \"$HOME\"/'%s' && unset %[1]s", variable, strings.ReplaceAll(name, "'", `'\''`))
	}
	return append([]string{"/bin/sh", "-c", script + " && umask 022 && exec \"$@\"", "sh"}, program...)
}

func (m Mount) option() ([]string, error) {
	if !strings.Contains(m.Source+m.Target, ",") {
		option := "type=bind,source=" + m.Source + ",target=" + m.Target
		if m.ReadOnly {
			option += ",readonly"
		}
		return []string{"--mount", option}, nil
	}
	if strings.Contains(m.Source+m.Target, ":") {
		return nil, &fault.Error{Kind: fault.Machine, Op: "mount", Subject: m.Source,
			Err:   errors.New("container engines take no path that has both a comma and a colon"),
			Hints: []string{"rename the folder"}}
	}
	option := m.Source + ":" + m.Target
	if m.ReadOnly {
		option += ":ro"
	}
	return []string{"--volume", option}, nil
}

func selinux() bool {
	_, err := os.Stat("/sys/fs/selinux/enforce")
	return runtime.GOOS == "linux" && err == nil
}

// remove removes a container that may or may not be there. It does so when the
// caller's context has ended, too.
func (e *Engine) remove(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for attempt := 0; ; attempt++ {
		_, err := command.Output(ctx, e.Path, "rm", "-f", name)
		left, listed := command.Output(ctx, e.Path, "ps", "--all", "--quiet", "--filter", "name="+name)
		if listed == nil && left == "" {
			return nil
		}
		if attempt == 3 {
			return cmp.Or(err, listed, errors.New("it is still there"))
		}
		time.Sleep(time.Second) // the engine is still making it, or removing it
	}
}

// explain adds to a failure what its exit status tells.
func explain(err error, r Run) error {
	var e *fault.Error
	var exit *command.ExitError
	if !errors.As(err, &e) || !errors.As(err, &exit) {
		return err
	}
	said := strings.Join(e.Details, "\n")
	switch {
	case strings.Contains(said, "exec format error"):
		e.Hints = append(e.Hints, fmt.Sprintf("this machine cannot run programs for %s; install QEMU's user emulation (apt install qemu-user-static), or build on such a machine", r.Platform))
	case strings.Contains(said, "no space left on device"):
		e.Hints = append(e.Hints, "free space on the disk, or give the engine's virtual machine more")
	case exit.Status == 137:
		e.Hints = append(e.Hints, "the container was killed, probably for want of memory; give the engine's virtual machine more")
	case exit.Status == 127, exit.Status == 126 && !strings.Contains(said, "OCI runtime error"):
		e.Hints = append(e.Hints, fmt.Sprintf("the image %s lacks %s, or a shell; name another: --image IMAGE", r.Image, r.Command[0]))
	}
	return e
}
