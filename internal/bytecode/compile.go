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

// sourceTimeout is how long one source may take. The largest of real
// distributions take a few seconds.
const sourceTimeout = 2 * time.Minute

// Compiler compiles with worker processes of one interpreter: as many at once as
// Go uses processors, started when they are needed. Close ends them. It is safe
// for use by several goroutines.
type Compiler struct {
	interpreter Interpreter
	minor       int
	limit       time.Duration

	ctx    context.Context // of the worker processes
	cancel context.CancelFunc
	slots  chan struct{} // one for each worker that is started or busy

	mu   sync.Mutex
	idle []*worker
}

// NewCompiler returns a compiler whose workers end with ctx at the latest.
func NewCompiler(ctx context.Context, i Interpreter) *Compiler {
	c := &Compiler{interpreter: i, limit: sourceTimeout, slots: make(chan struct{}, runtime.GOMAXPROCS(0))}
	parts := strings.Split(i.Version, ".")
	if len(parts) == 3 {
		c.minor, _ = strconv.Atoi(parts[1])
	}
	c.ctx, c.cancel = context.WithCancel(ctx)
	return c
}

// Rejected is why a source does not compile: what Python says.
type Rejected struct {
	Path   string // as it was given
	Reason string // "invalid syntax (line 3)"
}

func (r *Rejected) Error() string { return r.Path + " does not compile: " + r.Reason }

// Compile returns the .pyc file of a source. path is where Lambda has it, such as
// "/opt/python/numpy/__init__.py"; tracebacks show it. The error is a *Rejected if
// the source does not compile, ctx's if it ended, else a fault.Error of Kind
// Machine: the interpreter crashes, hangs or does not answer as Python does.
func (c *Compiler) Compile(ctx context.Context, path string, source []byte) ([]byte, error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	reply, rejected, err := c.ask(ctx, path, source)
	if errors.Is(err, errDead) { // perhaps of what came before
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
	return &fault.Error{Kind: fault.Machine, Subject: path, Err: err,
		Message: fmt.Sprintf("Python %s (%s) cannot compile %s", i.Version, i.Path, path),
		Hints: []string{"install another interpreter: uv python install " + i.Version,
			"or exclude the file: --exclude '" + audit.Pattern(strings.TrimPrefix(path, Root)) + "'"}}
}

// ask has one worker compile. A worker that fails is gone.
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

// take returns an idle worker or starts one.
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

// Close ends the workers. Compile must not be under way.
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

// Root is where Lambda has the files of a layer that are in its python/.
const Root = "/opt/python/"
