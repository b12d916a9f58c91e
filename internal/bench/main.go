//go:build unix

// Command bench times lamella against common ways to make layers, all in one run on one
// machine. It prints a table and draws docs/bench.svg.
//
// `make bench` fetches what it needs and runs it, which takes about ten minutes. All caches
// are warm, and nothing is downloaded while a clock runs: all wheels come from a folder.
// Every way makes a zip with the same content.
//
// After `make build`, these commands time only one thing:
//
//   - `go run ./internal/bench -locks`: how long large lock files take to be read and
//     resolved, in half a minute;
//   - `go run ./internal/bench -delta`: uploads of a layer that changed a little, over a
//     link of 20 Mbit/s, in three minutes;
//   - `go run ./internal/bench -cold`: first builds with empty caches, in five minutes;
//   - `go run ./internal/bench -cold-deploy`: first deployments over a link, in two minutes;
//   - `go run ./internal/bench -bytecode`: warm builds with and without bytecode, in one
//     minute;
//   - `go run ./internal/bench -strip`: warm builds with and without stripped libraries;
//   - `go run ./internal/bench -check`: static checks, in half a minute;
//   - `go run ./internal/bench -coldstart`, as root on Linux: the start of functions (INIT)
//     in AWS's emulator, in ten minutes. It draws docs/coldstart.svg.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// projects are the lock files that are timed, for python3.13 on x86_64.
var projects = []project{
	{name: "web"},
	// Without excludes, data exceeds Lambda's limit.
	{name: "data", excludes: []string{"**/tests/**", "pyarrow/include/**"}, zipExcludes: []string{"*/tests/*", "python/pyarrow/include/*"}},
	{name: "aws"},
}

type project struct {
	name        string
	excludes    []string // as lamella accepts them
	zipExcludes []string // the same for zip -x
}

// bench holds the paths that are used while it runs.
type bench struct {
	root   string
	work   string // a temporary folder
	wheels string
	pip    string
	uv     string
	env    []string
}

func main() {
	onlyLocks := flag.Bool("locks", false, "time the reading and resolving of large lock files only")
	onlyDelta := flag.Bool("delta", false, "time uploads of layers that changed a little, over a slow link, only")
	onlyCold := flag.Bool("cold", false, "time first builds, with empty caches, from an index, only")
	onlyColdDeploy := flag.Bool("cold-deploy", false, "time first deployments, with empty caches, over a link that is as slow in both directions, only")
	onlyBytecode := flag.Bool("bytecode", false, "time warm builds with and without bytecode only")
	onlyStrip := flag.Bool("strip", false, "time warm builds with and without stripped libraries only")
	onlyCheck := flag.Bool("check", false, "time static checks only")
	onlyStart := flag.Bool("coldstart", false, "time the start of functions with layers (INIT) in AWS's emulator only")
	flag.Parse()
	var err error
	switch {
	case *onlyCheck:
		err = run((*bench).check)
	case *onlyStart:
		err = run((*bench).coldstart)
	case *onlyDelta:
		err = run((*bench).delta)
	case *onlyColdDeploy:
		err = run((*bench).coldDeploy)
	case *onlyBytecode:
		err = run(func(b *bench) error { return b.option("--bytecode") })
	case *onlyStrip:
		err = run(func(b *bench) error { return b.option("--strip") })
	case *onlyCold:
		err = run((*bench).cold)
	case *onlyLocks:
		err = run((*bench).printLocks)
	default:
		err = run((*bench).everything)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run prepares what the measurements need, and runs them.
func run(measure func(*bench) error) error {
	work, err := os.MkdirTemp("", "lamella-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	root := testenv.Root()
	b := &bench{
		root:   root,
		work:   work,
		wheels: filepath.Join(root, ".cache", "wheels"),
		pip:    filepath.Join(root, ".venv-test", "bin", "pip"),
		uv:     filepath.Join(root, ".venv-test", "bin", "uv"),
		env: append(os.Environ(),
			"LAMELLA_CACHE_DIR="+filepath.Join(work, "cache"),
			"UV_CACHE_DIR="+filepath.Join(work, "uv"),
			"PIP_DISABLE_PIP_VERSION_CHECK=1",
		),
	}

	fmt.Printf("%s/%s, %d CPUs, %s.", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), time.Now().Format(time.DateOnly))
	fmt.Print("\n\n")
	return measure(b)
}

func (b *bench) everything() error {
	if err := b.ways(); err != nil {
		return err
	}
	fmt.Print("\n\n")
	return b.printLocks()
}

func (b *bench) printLocks() error {
	locks, err := b.locks()
	fmt.Print(locks)
	return err
}

// ways times all ways to make a layer, prints the table, and draws the chart.
func (b *bench) ways() error {
	for _, program := range []string{"zip", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%s is needed, and is not on PATH (Debian: apt install zip openssl)", program)
		}
	}
	fmt.Print("Warm caches; medians, seconds (number of runs).\n\n")
	var results []result
	for _, p := range projects {
		r, err := b.time(p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		results = append(results, r)
	}
	fmt.Print(table(results))

	noop, requests, err := b.noop(projects[1])
	if err != nil {
		return fmt.Errorf("no-op deploy: %w", err)
	}
	fmt.Printf("\nA deploy of *data* that finds nothing to do: %.0f ms of CPU time (%s), %d requests.\n",
		noop.median*1000, noop.runs(), requests)

	chart := filepath.Join(b.root, "docs", "bench.svg")
	if err := os.WriteFile(chart, []byte(draw(results)), 0o666); err != nil {
		return err
	}
	fmt.Print("\nThe chart is in docs/bench.svg.")
	return nil
}

// table formats the results in Markdown.
func table(results []result) string {
	var b strings.Builder
	line := func(cell func(result) string, name string) {
		fmt.Fprintf(&b, "| %s |", name)
		for _, r := range results {
			fmt.Fprintf(&b, " %s |", cell(r))
		}
		b.WriteByte('\n')
	}
	line(func(r result) string { return r.name }, "")
	line(func(result) string { return "---" }, "---")
	line(func(r result) string { return r.lamella.String() }, "`lamella build`")
	line(func(r result) string { return r.copy.String() }, "`cp` + `openssl dgst -sha256` of the same zip")
	line(func(r result) string { return r.uv.String() }, "`uv pip install --target` + `zip -6`")
	line(func(r result) string { return r.pip.String() }, "`pip install -t` + `zip -9`")
	line(func(r result) string { return fmt.Sprintf("%.2f ×", r.lamella.median/r.copy.median) }, "lamella's time, in copies")
	line(func(r result) string { return fmt.Sprintf("%.0f ×", r.uv.median/r.lamella.median) }, "faster than uv + zip")
	line(func(r result) string { return fmt.Sprintf("%.0f ×", r.pip.median/r.lamella.median) }, "faster than pip + zip")
	line(func(r result) string { return fmt.Sprintf("%.0f MB", r.lamella.memory/1e6) }, "lamella's peak memory")
	line(func(r result) string { return fmt.Sprintf("%.0f MB", float64(r.unzipped)/1e6) }, "layer, unzipped")
	return b.String()
}
