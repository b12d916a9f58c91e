package bytecode

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/audit"
)

// sourceTimeout is the time limit for compiling one source. The largest sources in real
// distributions take a few seconds.
const sourceTimeout = 2 * time.Minute

// Compiler compiles sources in worker processes of one interpreter. It starts them when
// they are needed, up to as many as the number of processors that Go uses; Close ends them.
// It is safe for concurrent use.
type Compiler struct {
	interpreter Interpreter
	minor       int
	limit       time.Duration

	ctx    context.Context // for the worker processes
	cancel context.CancelFunc
	slots  chan struct{} // contains one element for each worker that is starting or busy

	mu   sync.Mutex
	idle []*worker
}

// NewCompiler returns a compiler whose workers are ended at the latest when ctx is done.
func NewCompiler(ctx context.Context, i Interpreter) *Compiler {
	c := &Compiler{interpreter: i, limit: sourceTimeout, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
	parts := strings.Split(i.Version, ".")
	if len(parts) == 3 {
		c.minor, _ = strconv.Atoi(parts[1])
	}
	c.ctx, c.cancel = context.WithCancel(ctx)
	return c
}

// Rejected is the error for a source that cannot be compiled, with the reason from Python.
type Rejected struct {
	Path   string // path that was passed to Compile
	Reason string // such as "invalid syntax (line 3)"
}

func (r *Rejected) Error() string { return r.Path + " does not compile: " + r.Reason }

// Compile returns the .pyc file of a source. path is the path of the source in Lambda, such
// as "/opt/python/numpy/__init__.py", which tracebacks show. The error is a *Rejected if
// the source cannot be compiled, and ctx's error if ctx is done. If the interpreter
// crashes, hangs, or does not behave like Python, it is a fault.Error of Kind Machine.
func (c *Compiler) Compile(ctx context.Context, path string, source []byte) ([]byte, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	reply, rejected, err := c.ask(ctx, path, source)
	if errors.Is(err, errDead) { // an earlier source may have caused this
		reply, rejected, err = c.ask(ctx, path, source)
	}
	if err == nil && rejected == "" {
		reply, err = pyc(c.interpreter, c.minor, reply)
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case c.ctx.Err() != nil:
		return nil, c.ctx.Err()
	case err != nil:
		return nil, c.failed(path, err)
	case rejected != "":
		return nil, &Rejected{path, rejected}
	}
	return reply, nil
}

func (c *Compiler) failed(path string, err error) error {
	i := c.interpreter
	if errors.Is(err, errReplaced) {
		return &fault.Error{Kind: fault.Machine, Subject: path, Sentinel: err,
			Message: fmt.Sprintf("cannot compile %s: %s was Python %s, but has been replaced by another version", path, i.Path, i.Version),
			Hints:   []string{"run the same command again", fmt.Sprintf("or install Python %s: uv python install %[1]s", i.Version)}}
	}
	return &fault.Error{Kind: fault.Machine, Subject: path, Err: err,
		Message: fmt.Sprintf("Python %s (%s) cannot compile %s", i.Version, i.Path, path),
		Hints: []string{"install another interpreter: uv python install " + i.Version,
			"or exclude the file: --exclude '" + audit.Pattern(strings.TrimPrefix(path, Root)) + "'"}}
}

// ask lets one worker compile a source. If the worker fails, ask ends it.
func (c *Compiler) ask(ctx context.Context, path string, source []byte) ([]byte, string, error) {
	w, err := c.take(ctx)
	if err != nil {
		return nil, "", err
	}
	reply, rejected, err := w.compile(ctx, path, source, c.limit)
	if err != nil {
		w.kill()
		return nil, "", fmt.Errorf("%w%s", err, lastLine(w.stderr.String()))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = append(c.idle, w)
	return reply, rejected, nil
}

// take returns an idle worker, or starts one.
func (c *Compiler) take(ctx context.Context) (*worker, error) {
	c.mu.Lock()
	if n := len(c.idle); n > 0 {
		w := c.idle[n-1]
		c.idle = c.idle[:n-1]
		c.mu.Unlock()
		return w, nil
	}
	c.mu.Unlock()
	return startWorker(ctx, c.ctx, c.interpreter, c.limit)
}

// Close ends the workers. Compile must not be running.
func (c *Compiler) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.idle {
		w.kill()
	}
	c.idle = nil
	c.cancel()
	return nil
}

// Root is where Lambda puts the files in a layer's python/ folder.
const Root = "/opt/python/"
