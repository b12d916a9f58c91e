// Package probe imports modules of an unpacked layer in a real interpreter, as a
// function would: each in a process of its own that starts like Lambda's bootstrap,
// with nothing but the layer on sys.path, without credentials and without network.
//
//	it, err := probe.Ask(ctx, []string{"python3.13"}, target)
//	results, err := probe.Import(ctx, it, probe.Layer{Root: dir, Target: target}, modules, probe.Options{})
//
// A module can do anything when it is imported: a process that does not end is ended
// with all that it started, its output is captured, and whatever it does is a
// [Result].
package probe

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/command"
	"github.com/lamella-build/lamella/internal/runtimes"
	"github.com/lamella-build/lamella/target"
)

//go:embed common.py
var commonScript string

//go:embed probe.py
var probeScript string

// Layer is an unpacked layer.
type Layer struct {
	Root   string // the folder that has python/, an absolute path
	Target target.Target
}

// Options say how modules are imported. The zero value works.
type Options struct {
	Timeout time.Duration // for each module; 0 is [DefaultTimeout]
	Workers int           // processes at a time; 0 is one a processor
	// After are modules to import before the others, in the same process.
	After  []string
	Events event.Sink // gets what the interpreter prints as Debug events
}

// DefaultTimeout is how long the import of a module may take: Lambda gives a whole
// start 10 s, and runs it again without that limit if it takes longer.
const DefaultTimeout = 60 * time.Second

// Status says how an import ended.
type Status string

const (
	Imported Status = "imported"
	Failed   Status = "failed"  // with an exception
	Exited   Status = "exited"  // by sys.exit or os._exit
	Crashed  Status = "crashed" // by a signal
	TimedOut Status = "timeout"
)

// Result is the result of one import.
type Result struct {
	Module      string   `json:"module"`                // name of the module
	Status      Status   `json:"status"`                // outcome of the import
	Seconds     float64  `json:"seconds"`               // wall-clock time of the import, in seconds
	CPUSeconds  float64  `json:"cpu_seconds"`           // processor time of the import, in seconds
	Memory      int64    `json:"memory"`                // growth of the memory of the process, in bytes; 0 if unknown
	Exception   string   `json:"exception,omitempty"`   // type and message of the exception
	Missing     string   `json:"missing,omitempty"`     // name of the missing module
	Traceback   []string `json:"traceback,omitempty"`   // last lines of the traceback
	Output      []string `json:"output,omitempty"`      // first lines that the module printed
	Threads     []string `json:"threads,omitempty"`     // threads that are still running afterwards
	Connections []string `json:"connections,omitempty"` // refused connections, as "host:port"
}

// maxOutput is how many lines of a module's output are kept.
const maxOutput = 20

// Import imports each module in a fresh process. The results are in the order of the
// modules. The error is one of this machine, or ctx's.
func Import(ctx context.Context, it Interpreter, l Layer, modules []string, o Options) ([]Result, error) {
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	results := make([]Result, len(modules))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(o.Workers)
	for i, module := range modules {
		group.Go(func() (err error) {
			results[i], err = importOne(ctx, it, l, module, o)
			return err
		})
	}
	return results, group.Wait()
}

// importOne imports a module in a process.
func importOne(ctx context.Context, it Interpreter, l Layer, module string, o Options) (Result, error) {
	var r Result
	output, err := l.run(ctx, it, process{script: probeScript, subject: module, timeout: o.Timeout, events: o.Events,
		spec: map[string]any{"module": module, "after": append([]string{}, o.After...)}}, &r, &r)
	r.Module, r.Output = module, output
	return r, err
}

// process is one run of a script.
type process struct {
	script  string
	spec    map[string]any // its argument, beside what every script gets
	subject string
	timeout time.Duration
	events  event.Sink
}

// run runs a script on the layer and reads its report. r, which may be a part of the
// report, says how the process ended if it wrote none. output is what was printed.
func (l Layer) run(ctx context.Context, it Interpreter, p process, report any, r *Result) (printed []string, err error) {
	scratch, err := os.MkdirTemp("", "lamella-import-")
	if err != nil {
		return nil, &fault.Error{Kind: fault.Machine, Message: "cannot create a temporary folder", Err: err}
	}
	defer os.RemoveAll(scratch)
	file := filepath.Join(scratch, "report.json")
	maps.Copy(p.spec, map[string]any{"report": file, "task": filepath.Join(scratch, "task"), "paths": l.paths(), "loaded": runtimes.Loaded(l.Target.Minor),
		"launched": float64(time.Now().UnixMicro()) / 1e6})
	spec, err := json.Marshal(p.spec)
	if err != nil {
		return nil, err
	}
	c := l.command(it, scratch, "-c", commonScript+"\n\n"+p.script, string(spec))
	c.Timeout, c.Subject = p.timeout, p.subject
	var output output
	started := time.Now()
	err = command.Run(ctx, c, output.add(p.events))
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	*r = ended(err, time.Since(started), p.timeout)
	if content, readErr := os.ReadFile(file); readErr == nil {
		if err := json.Unmarshal(content, report); err != nil {
			r.Status = Exited
		}
	}
	return output.lines, nil
}

// ended says how a process ended that wrote no report.
func ended(err error, took, limit time.Duration) Result {
	r := Result{Status: Exited, Exception: "the process ended with exit status 0", Seconds: took.Seconds()}
	exit, byItself := errors.AsType[*command.ExitError](err)
	switch {
	case err == nil:
	case byItself:
		r.Exception = fmt.Sprintf("the process ended with exit status %d", exit.Status)
	case took >= limit:
		r.Status, r.Exception = TimedOut, fmt.Sprintf("the import did not finish within %s", limit)
	default:
		r.Status, r.Exception = Crashed, "the process was killed by a signal"
		if f, ok := errors.AsType[*fault.Error](err); ok && f.Err != nil {
			r.Exception = f.Err.Error()
		}
	}
	return r
}

// paths are the folders of the layer that are on sys.path, in order.
func (l Layer) paths() []string {
	return []string{filepath.Join(l.Root, filepath.FromSlash(l.Target.SitePackages())), filepath.Join(l.Root, "python")}
}

// command runs the interpreter on the layer, isolated from this user's Python.
func (l Layer) command(it Interpreter, scratch string, args ...string) command.Command {
	c := command.Command{Path: it.Command[0], Dir: scratch, Op: "import"}
	c.Args = append(append(c.Args, it.Command[1:]...), append([]string{"-I", "-S", "-B"}, args...)...)
	// Nothing of this user's environment, and no credentials: what a function has.
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		c.Without = append(c.Without, name)
	}
	for name, value := range map[string]string{
		"PATH": "/usr/local/bin:/usr/bin:/bin:" + filepath.Join(l.Root, "bin"), "LANG": "en_US.UTF-8", "TZ": ":UTC",
		"HOME": "/home/sbx_user1051", "TMPDIR": scratch, "LD_LIBRARY_PATH": filepath.Join(l.Root, "lib"),
		"LAMBDA_TASK_ROOT": scratch, "AWS_EXECUTION_ENV": "AWS_Lambda_" + l.Target.Runtime, "AWS_LAMBDA_FUNCTION_NAME": "check",
		"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "PYENV_VERSION": os.Getenv("PYENV_VERSION"),
	} {
		if value != "" {
			c.Env = append(c.Env, name+"="+value)
		}
	}
	return c
}

// output keeps the first lines of what a process prints.
type output struct {
	mu    sync.Mutex
	lines []string
}

func (o *output) add(next event.Sink) event.Sink {
	return func(e event.Event) {
		o.mu.Lock()
		if len(o.lines) < maxOutput {
			o.lines = append(o.lines, e.Message)
		}
		o.mu.Unlock()
		next.Emit(e)
	}
}
