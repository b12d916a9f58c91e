package project

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lamella-build/lamella/internal/bytecode"
	"github.com/lamella-build/lamella/internal/slim"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/spec"
)

// precompiler compiles the sources of wheels that have arrived while others are being
// downloaded. It stores the bytecode in the cache, where the layer finds it. Compilation
// that fails is repeated, and the failure reported, when the layer needs the result.
type precompiler struct {
	project *Project
	find    sync.Once
	with    *bytecode.Compiler // nil if there is no interpreter
	slots   chan struct{}      // one slot for each wheel that is being compiled
	running sync.WaitGroup
	over    atomic.Bool // whether to start no more wheels
}

// precompiler returns a precompiler, or nil unless the layer's bytecode depends on each
// source alone.
func (p *Project) precompiler() *precompiler {
	if !slices.Contains(p.Layer.Bytecode, spec.AllSources) {
		return nil
	}
	return &precompiler{project: p, slots: make(chan struct{}, 2*runtime.GOMAXPROCS(0))}
}

// start compiles the sources of one wheel in the background. name is the name of the wheel's
// file in the cache.
func (c *precompiler) start(ctx context.Context, entries []layer.Entry, owner, name string) {
	if c == nil {
		return
	}
	c.running.Go(func() {
		c.slots <- struct{}{}
		defer func() { <-c.slots }()
		if c.over.Load() || ctx.Err() != nil {
			return
		}
		if compiler := c.compiler(ctx); compiler != nil {
			c.compile(ctx, compiler, entries, owner, name)
		}
	})
}

// compiler finds the interpreter when the first wheel needs it.
func (c *precompiler) compiler(ctx context.Context) *bytecode.Compiler {
	c.find.Do(func() {
		p := c.project
		if i, err := findPython(ctx, p.Target, p.Layer.BytecodePython, p.cache, p.env); err == nil {
			c.with = bytecode.NewCompiler(ctx, i)
		}
	})
	return c.with
}

func (c *precompiler) compile(ctx context.Context, compiler *bytecode.Compiler, entries []layer.Entry, owner, name string) {
	p := c.project
	optional := map[string]bool{} // what the rules of slim may leave out is compiled later if they keep it
	for i := range entries {
		optional[entries[i].Name] = slim.IsCandidate(p.Layer.Slim, &entries[i])
	}
	added, err := compiler.Add(ctx, entries, bytecode.AddOptions{Cache: p.cache, Shared: p.shared, Wheels: map[string]string{owner: name},
		Only: func(name string) bool { return !optional[name] }})
	if err != nil {
		p.debug("compile", "%v", err)
		return
	}
	_ = added.Close()
}

// finish waits for the wheels that are being compiled and starts no more: the rest is
// compiled with the layer, which reports progress.
func (c *precompiler) finish() {
	if c == nil {
		return
	}
	c.over.Store(true)
	c.running.Wait()
	if c.with != nil {
		c.with.Close()
	}
}
