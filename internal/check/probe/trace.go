package probe

import (
	"context"
	_ "embed"
	"strings"
)

//go:embed trace.py
var traceScript string

// Load is the import of one module that was not yet loaded: finding and executing it,
// including everything that it imports.
type Load struct {
	Module    string  `json:"module"`
	Parent    int     `json:"parent"` // index of the load during which this load happened; -1 if there is none
	Start     float64 `json:"start"`  // seconds since the first import
	End       float64 `json:"end"`
	File      string  `json:"file"`      // "" for modules without a file, such as built-in ones
	Compiled  bool    `json:"compiled"`  // compiled from source because there was no bytecode
	Failed    bool    `json:"failed"`    // raised an exception, which the importing module may have expected
	Elsewhere bool    `json:"elsewhere"` // happened in another thread
}

// Traced is the result of importing modules in one process.
type Traced struct {
	Result             // Module is the first module that failed
	Start  float64     `json:"start"` // seconds to start the interpreter and to import the runtime's own modules
	Loads  []Load      `json:"loads"` // in the order in which they began
	Edges  [][2]string `json:"edges"` // importing and imported module, even if that was already loaded; only with TraceOptions.Edges
}

// TraceOptions says how modules are imported. The zero value is valid.
type TraceOptions struct {
	Options
	Edges   bool     // record which module imports which, which makes the times useless
	Without []string // modules, including everything in them, that cannot be found
}

// Trace imports modules one after another in a new process, and measures each import. The
// error is about this machine, or is that of ctx.
func Trace(ctx context.Context, it Interpreter, l Layer, modules []string, o TraceOptions) (Traced, error) {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	var t Traced
	spec := map[string]any{"modules": modules, "edges": o.Edges, "without": append([]string{}, o.Without...)}
	output, err := l.run(ctx, it, process{script: traceScript, spec: spec, subject: strings.Join(modules, " "), timeout: o.Timeout, events: o.Events}, &t, &t.Result)
	t.Output = output
	return t, err
}
