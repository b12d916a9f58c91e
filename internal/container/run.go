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
	"github.com/lamella-build/lamella/internal/shell"
)

// home is the home folder in a container, which is kept in memory. The image has no home
// folder for the caller's user.
const home = "/lamella/home"

// Run is one command in a container.
type Run struct {
	Image    string
	Platform string // such as "linux/amd64"; "" means the engine's default
	Mounts   []Mount
	Env      map[string]string
	// Secrets are additional environment variables. Their values are passed to the engine in
	// the engine's own environment.
	Secrets map[string]string
	// HomeFiles are secret files in the home folder ($HOME), keyed by name, such as
	// ".netrc". They have mode 0600 and are never written to disk.
	HomeFiles map[string]string
	Dir       string   // folder to run in; "" means that of the image
	Command   []string // program and arguments
	Timeout   time.Duration

	Op, Subject, Action string // see command.Command
}

// Mount makes a folder of the host available in a container. The paths must not contain both
// a comma and a colon.
type Mount struct {
	Source   string // absolute, on the host
	Target   string // absolute, in the container
	ReadOnly bool
}

// Run runs r.Command in a new container and waits for it to end. The lines that it prints
// are Debug events. The container is removed afterwards, even if ctx ends. Files in the
// mounts belong to the caller. Run returns the same errors as [command.Run].
func (e *Engine) Run(ctx context.Context, r Run, events event.Sink) error {
	// Use the digest, so that the image that runs is the one that was inspected.
	image, err := e.ImageDigest(ctx, r.Image, r.Platform, events)
	if err != nil {
		return err
	}
	name := "lamella-" + random()
	args, env, err := e.arguments(r, name, image)
	if err != nil {
		return err
	}
	err = command.Run(ctx, command.Command{Path: e.Path, Args: args, Env: env, Timeout: r.Timeout,
		Op: r.Op, Subject: r.Subject, Action: r.Action, Name: e.Name + " run", Hide: true}, events)
	if err == nil {
		return nil
	}
	if left := e.remove(name); left != nil {
		events.Emit(event.Event{Kind: event.Warn, Op: r.Op, Subject: r.Subject,
			Message: fmt.Sprintf("cannot remove the container (%v); to remove it, run: %s rm -f %s", left, e.Name, name)})
	}
	return explain(err, r)
}

// random returns a random string that makes the name of a container unique.
func random() string {
	b := make([]byte, 8)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// arguments returns the engine's arguments. It also returns the environment variables with
// the secrets, which must not be among the arguments.
func (e *Engine) arguments(r Run, name, image string) (args, env []string, err error) {
	args = []string{"run", "--rm", "--name", name}
	if r.Platform != "" && !e.podman { // with this option, Podman does not find the local image
		args = append(args, "--platform", r.Platform)
	}
	if e.podman || e.Name == "docker" {
		args = append(args, "--sig-proxy=false") // lamella removes the container itself
		if selinux() {
			args = append(args, "--security-opt", "label=disable") // so that the mounts keep their labels
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
	// This replaces the image's entry point, if it has one.
	args = append(args, "--entrypoint", program[0], image)
	return append(args, program[1:]...), env, nil
}

// writeFiles returns a shell command that writes the files and then runs program. It adds
// the content of the files to the secrets.
func writeFiles(files, secrets map[string]string, program []string) []string {
	script := "umask 077"
	for i, name := range slices.Sorted(maps.Keys(files)) {
		variable := "LAMELLA_FILE_" + strconv.Itoa(i)
		secrets[variable] = files[name]
		script += fmt.Sprintf(" && printf %%s \"$%s\" > \"$HOME\"/%s && unset %[1]s", variable, shell.Quote(name))
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
		return nil, &fault.Error{Kind: fault.Machine, Subject: m.Source,
			Message: fmt.Sprintf("cannot mount %s in a container because its path has both a comma and a colon", m.Source),
			Hints:   []string{"rename the folder"}}
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

// remove removes a container, which may not exist, even if the caller's context has ended.
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
			return cmp.Or(err, listed, errors.New("the engine still lists it"))
		}
		time.Sleep(time.Second) // the engine may still be creating or removing the container
	}
}

// explain adds hints about what the exit status and the output indicate.
func explain(err error, r Run) error {
	var e *fault.Error
	var exit *command.ExitError
	if !errors.As(err, &e) || !errors.As(err, &exit) {
		return err
	}
	output := strings.Join(e.Details, "\n")
	switch {
	case strings.Contains(output, "exec format error"):
		e.Hints = append(e.Hints, fmt.Sprintf("install QEMU user-mode emulation to run programs for %s: sudo apt install qemu-user-static", r.Platform))
	case strings.Contains(output, "no space left on device"):
		e.Hints = append(e.Hints, moreDisk(runtime.GOOS))
	case exit.Status == 137:
		e.Hints = append(e.Hints, moreMemory(runtime.GOOS))
	case exit.Status == 127, exit.Status == 126 && !strings.Contains(output, "OCI runtime error"):
		e.Hints = append(e.Hints, fmt.Sprintf("choose another image, because %s lacks %s or a shell: --image IMAGE", r.Image, r.Command[0]))
	}
	return e
}

// moreDisk and moreMemory return hints for engines. On Linux, these use this machine itself;
// elsewhere, they use a virtual machine.
func moreDisk(goos string) string {
	if goos == "linux" {
		return "free up disk space"
	}
	return "free up disk space, or give the engine's virtual machine a larger disk"
}

func moreMemory(goos string) string {
	if goos == "linux" {
		return "free up memory on this machine, because the container probably ran out of memory"
	}
	return "give the engine's virtual machine more memory, because the container probably ran out of memory"
}
