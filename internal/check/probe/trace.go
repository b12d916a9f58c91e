package probe

import (
	"context"
	_ "embed"
	"strings"
)

//go:embed trace.py
var traceScript string

// Load is the import of one module that was not loaded yet: its search and execution,
// with all that it imports.
type Load struct {
	Module    string  `json:"module"`
	Parent    int     `json:"parent"` // index of the load during which this one happened; -1 is none
	Start     float64 `json:"start"`  // seconds since the first import
	End       float64 `json:"end"`
	File      string  `json:"file"`      // "" for modules without one, such as those built in
	Compiled  bool    `json:"compiled"`  // compiled from source, because there was no bytecode
	Failed    bool    `json:"failed"`    // with an exception, which its importer may have expected
	Elsewhere bool    `json:"elsewhere"` // in another thread
}

// Traced is what came of importing modules in one process.
type Traced struct {
	Result             // Module is the first that failed
	Start  float64     `json:"start"` // seconds that the interpreter and the runtime's own modules took
	Loads  []Load      `json:"loads"` // in the order in which they began
	Edges  [][2]string `json:"edges"` // importer and imported, also of modules that were loaded already; only with TraceOptions.Edges
}

// TraceOptions say how modules are imported. The zero value works.
type TraceOptions struct {
	Options
	Edges   bool     // note who imports what, which makes the times useless
	Without []string // modules, with all in them, that are not to be found
}

// Trace imports modules one after the other in one fresh process and says what each
// import takes. The error is one of this machine, or ctx's.
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
