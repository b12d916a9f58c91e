// Package probe imports modules of an unpacked layer in a real interpreter, as a function
// would. Each module is imported in its own process, which starts like Lambda's bootstrap:
// only the layer is on sys.path, and there are no credentials and no network.
//
//	it, err := probe.Ask(ctx, []string{"python3.13"}, target)
//	results, err := probe.Import(ctx, it, probe.Layer{Root: dir, Target: target}, modules, probe.Options{})
//
// A module can do anything when it is imported. If a process does not end, it is ended with
// everything that it started. Its output is captured, and whatever it does becomes a
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
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/runtimes"
	"github.com/lamella-build/lamella/target"
)

//go:embed common.py
var commonScript string

//go:embed probe.py
var probeScript string

// Layer is an unpacked layer.
type Layer struct {
	Root   string // absolute path of the folder that contains python/
	Target target.Target
}

// Options says how modules are imported. The zero value is valid.
type Options struct {
	Timeout time.Duration // for each module; 0 means [DefaultTimeout]
	Workers int           // number of concurrent processes; 0 means one for each processor
	// After are modules to import before the others, in the same process.
	After  []string
	Events event.Sink // receives what the interpreter prints, as Debug events
}

// DefaultTimeout is how long the import of a module may take. Lambda permits 10 s for the
// whole start. If it takes longer, Lambda runs it again without that limit.
const DefaultTimeout = 60 * time.Second

// Status says how an import ended.
type Status string

const (
	Imported Status = "imported"
	Failed   Status = "failed"  // raised an exception
	Exited   Status = "exited"  // called sys.exit or os._exit
	Crashed  Status = "crashed" // ended by a signal
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

// maxOutput is the maximum number of lines of a module's output that are kept.
const maxOutput = 20

// Import imports each module in a new process. The results are in the order of modules. The
// error is about this machine, or is that of ctx.
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

// importOne imports a module in a new process.
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
	spec    map[string]any // the script's argument, in addition to what every script gets
	subject string
	timeout time.Duration
	events  event.Sink
}

// run runs a script on the layer and reads its report. If the script wrote no report, run
// sets r, which may be part of the report, to how the process ended. printed is its output.
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

// ended says how a process without a report ended.
func ended(err error, took, limit time.Duration) Result {
	r := Result{Status: Exited, Exception: "exit status 0", Seconds: took.Seconds()}
	exit, byItself := errors.AsType[*command.ExitError](err)
	switch {
	case err == nil:
	case byItself:
		r.Exception = fmt.Sprintf("exit status %d", exit.Status)
	case took >= limit:
		r.Status, r.Exception = TimedOut, fmt.Sprintf("the import did not finish within %s", number.Duration(limit))
	default:
		r.Status, r.Exception = Crashed, "the process was killed by a signal"
		if f, ok := errors.AsType[*fault.Error](err); ok && f.Err != nil {
			r.Exception = f.Err.Error()
		}
	}
	return r
}

// paths returns the folders of the layer that are on sys.path, in order.
func (l Layer) paths() []string {
	return []string{filepath.Join(l.Root, filepath.FromSlash(l.Target.SitePackages())), filepath.Join(l.Root, "python")}
}

// command returns the command that runs the interpreter on the layer, isolated from this
// user's Python.
func (l Layer) command(it Interpreter, scratch string, args ...string) command.Command {
	c := command.Command{Path: it.Command[0], Dir: scratch, Op: "import"}
	c.Args = append(append(c.Args, it.Command[1:]...), append([]string{"-I", "-S", "-B"}, args...)...)
	// As in a function, there is nothing from this user's environment, and no credentials.
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

// output keeps the first lines that a process prints.
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
