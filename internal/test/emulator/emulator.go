// Package emulator runs a Python function with a layer as Lambda does: by AWS's
// runtime interface emulator and AWS's client, which `tools/emulator` installs. The
// layer is mounted read-only at /opt and the function at /var/task, in a mount
// namespace of its own. It works on Linux, for root.
package emulator

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// Client is a Python with AWS's client of the runtime API.
type Client struct {
	Python string // an interpreter

	folder string
}

// Runtime is a Client with AWS's emulator.
type Runtime struct {
	Client

	program string
}

// InstallClient installs the client for an interpreter, if it is not there.
func InstallClient(python string) (Client, error) {
	paths, err := install(python, "client")
	if err != nil {
		return Client{}, err
	}
	return Client{python, paths[0]}, nil
}

// Install installs the client for an interpreter and the emulator, if they are not there.
func Install(python string) (Runtime, error) {
	paths, err := install(python, "emulator")
	if err != nil {
		return Runtime{}, err
	}
	return Runtime{Client{python, paths[0]}, paths[len(paths)-1]}, nil
}

func install(python, what string) ([]string, error) {
	version, err := exec.Command(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", python, err)
	}
	install := exec.Command(filepath.Join(testenv.Root(), "tools", "emulator"), strings.TrimSpace(string(version)), what)
	var stderr bytes.Buffer
	install.Stderr = &stderr
	out, err := install.Output()
	if err != nil {
		return nil, fmt.Errorf("tools/emulator: %w\n%s", err, &stderr)
	}
	return strings.Fields(string(out)), nil
}

// Function is what runs.
type Function struct {
	Layer   string // the folder that is /opt
	Code    string // the folder that is /var/task
	Handler string // "app.handler"
}

// Functions returns a folder with functions, by the names of the locks of the end-to-end
// tests, such as web.handler. Each takes {"number": N}.
func Functions() string {
	return filepath.Join(testenv.Root(), "internal", "test", "emulator", "functions")
}

// Answer is what an invocation in a new execution environment brought.
type Answer struct {
	Payload []byte        // the function's result, or its error, as JSON
	Init    time.Duration // as the emulator reports it
	Log     string        // what the emulator and the function wrote
}

//go:embed bootstrap.py
var bootstrap []byte

// enter mounts $1 at /opt and $2 at /var/task, read-only, and runs the rest.
// /var is empty else; what it held is not for a function to see.
const enter = `set -e
mount --make-rprivate /
mount --bind "$1" /opt && mount -o remount,bind,ro /opt
mount -t tmpfs tmpfs /var && mkdir /var/task
mount --bind "$2" /var/task && mount -o remount,bind,ro /var/task
cd /var/task
shift 2
exec "$@"`

// command returns a program in an execution environment of f, with the command that
// starts the function behind it, and what removes it afterwards.
func (c Client) command(ctx context.Context, f Function, program ...string) (*exec.Cmd, func(), error) {
	work, err := os.MkdirTemp("", "lamella-emulator")
	if err != nil {
		return nil, nil, err
	}
	remove := func() { _ = os.RemoveAll(work) }
	script := filepath.Join(work, "bootstrap.py")
	if err := os.WriteFile(script, bootstrap, 0o666); err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(work))
	}
	args := append([]string{"--mount", "--pid", "--fork", "--kill-child", "sh", "-c", enter, "sh", f.Layer, f.Code}, program...)
	command := exec.CommandContext(ctx, "unshare", append(args, c.Python, script, c.folder)...)
	command.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "LANG=en_US.UTF-8", "TZ=:UTC", "_HANDLER=" + f.Handler,
		"AWS_LAMBDA_FUNCTION_NAME=lamella", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=1769", "AWS_LAMBDA_FUNCTION_TIMEOUT=60", "AWS_REGION=eu-central-1", "AWS_DEFAULT_REGION=eu-central-1",
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"}
	command.WaitDelay = 5 * time.Second
	return command, remove, nil
}

// Invoke starts an execution environment in the emulator, invokes the function once with
// a JSON event, and ends the environment.
func (r Runtime) Invoke(ctx context.Context, f Function, event string) (a Answer, err error) {
	addresses, err := freeAddresses(2)
	if err != nil {
		return a, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	command, remove, err := r.command(ctx, f, r.program, "--runtime-interface-emulator-address", addresses[0], "--runtime-api-address", addresses[1])
	if err != nil {
		return a, err
	}
	defer remove()
	var log syncBuffer
	command.Stdout, command.Stderr = &log, &log
	if err := command.Start(); err != nil {
		return a, err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	a.Payload, err = post(ctx, "http://"+addresses[0]+"/2015-03-31/functions/function/invocations", event)
	if err == nil {
		a.Init, err = initIn(ctx, &log)
	}
	cancel()
	<-ended
	a.Log = log.String()
	if err != nil {
		return a, fmt.Errorf("%w\n%s", err, a.Log)
	}
	return a, nil
}

// post invokes the function as soon as the emulator listens.
func post(ctx context.Context, url, event string) ([]byte, error) {
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(event))
		if err != nil {
			return nil, err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			defer response.Body.Close()
			return io.ReadAll(response.Body)
		}
		var refused *net.OpError
		if !errors.As(err, &refused) || refused.Op != "dial" {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

var initReport = regexp.MustCompile(`INIT REPORT\(durationMs: ([0-9.]+)\)`)

// initIn returns the duration of INIT that the emulator's log reports. The log may come
// a little later than the answer.
func initIn(ctx context.Context, log *syncBuffer) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for {
		if m := initReport.FindStringSubmatch(log.String()); m != nil {
			ms, err := strconv.ParseFloat(m[1], 64)
			return time.Duration(ms * float64(time.Millisecond)), err
		}
		select {
		case <-ctx.Done():
			return 0, errors.New("the emulator reported no INIT")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// freeAddresses returns addresses on the loopback interface that nobody listens on.
func freeAddresses(n int) ([]string, error) {
	var addresses []string
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close()
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}

// syncBuffer is a buffer that is read while a program writes to it.
type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
