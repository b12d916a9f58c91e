package bytecode

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/command"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/layer"
)

//go:embed trace.py
var traceScript string

// traceTimeout is the time limit for all imports.
const traceTimeout = 5 * time.Minute

// Trace imports modules from a layer in one process of the interpreter and returns the
// names of the layer's sources that were run, for [AddOptions].Only. This runs the layer's
// code, so the interpreter must be able to load the layer's libraries. If facts is not nil,
// it remembers the answer for the same files, modules, and interpreter. The error is a
// fault.Error of Kind Layer if an import fails, a fault.Error of Kind Machine if the files
// cannot be unpacked, or ctx's error.
func Trace(ctx context.Context, i Interpreter, entries []layer.Entry, modules []string, facts Facts) (map[string]bool, error) {
	modules = slices.Compact(slices.Sorted(slices.Values(modules)))
	key := traceKey(i, entries, modules)
	var names []string
	if facts == nil || !facts.Fact(key, &names) {
		var err error
		if names, err = trace(ctx, i, entries, modules); err != nil {
			return nil, err
		}
		if facts != nil {
			if err := facts.PutFact(key, names); err != nil {
				return nil, err
			}
		}
	}
	ran := make(map[string]bool, len(names))
	for _, name := range names {
		ran[layer.Root+name] = true
	}
	return ran, nil
}

// traceKey returns the key of the answer for these files.
func traceKey(i Interpreter, entries []layer.Entry, modules []string) string {
	h := sha256.New()
	for _, e := range slices.SortedFunc(slices.Values(entries), byName) {
		fmt.Fprintf(h, "%q %d %08x %x\n", e.Name, e.Size, e.CRC32, uint64(e.Sum))
	}
	return fmt.Sprintf("imports 1\n%s %s %s/%s\n%s\n%x", i.Version, i.Magic, runtime.GOOS, i.Machine, strings.Join(modules, " "), h.Sum(nil))
}

func trace(ctx context.Context, i Interpreter, entries []layer.Entry, modules []string) ([]string, error) {
	folder, err := outfile.MakeWorkFolder()
	if err != nil {
		return nil, err
	}
	defer func() { _ = folder.Remove() }()
	root, err := filepath.EvalSymlinks(folder.Path)
	if err == nil {
		err = unpack(ctx, entries, root)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, unpackFault(folder.Path, err)
	}
	limited, cancel := context.WithTimeout(ctx, traceTimeout)
	defer cancel()
	args := append([]string{"-s", "-S", "-B", "-c", traceScript, filepath.Join(root, "python")}, modules...)
	program := exec.CommandContext(limited, i.Path, args...)
	program.Dir, program.Env, program.WaitDelay = root, environment(), time.Second
	var stdout bound.Buffer
	stderr := &tail{}
	program.Stdout, program.Stderr = &stdout, stderr
	err = command.RunInGroup(program)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if limited.Err() != nil {
		err = fmt.Errorf("the imports did not finish within %s", number.Duration(traceTimeout))
	}
	lines := strings.Split(strings.ReplaceAll(stdout.String(), "\r\n", "\n"), "\n")
	if n := len(lines); err == nil && n >= 3 && lines[0] == "lamella 1" && lines[n-2] == "end" {
		return lines[1 : n-2], nil
	}
	if err == nil {
		err = errors.New("the interpreter exited early")
	}
	e := &fault.Error{Kind: fault.Layer, Subject: strings.Join(modules, ", "), Err: err,
		Message: fmt.Sprintf("cannot find out what to compile: importing %s from the layer failed", number.And(modules)),
		Hints:   []string{"compile all sources, which runs no code: --bytecode"}}
	for line := range strings.Lines(strings.ToValidUTF8(stderr.String(), "\uFFFD")) {
		e.Details = append(e.Details, strings.TrimRight(line, "\r\n"))
	}
	e.Details = e.Details[max(0, len(e.Details)-10):]
	return nil, e
}

// unpack writes the layer's files into root.
func unpack(ctx context.Context, entries []layer.Entry, root string) error {
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(runtime.GOMAXPROCS(0))
	for _, e := range entries {
		if !strings.HasPrefix(e.Name, layer.Root) || layer.CheckName(e.Name) != nil {
			continue
		}
		work.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			path := filepath.Join(root, filepath.FromSlash(e.Name))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				return err
			}
			f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return err
			}
			_, err = io.Copy(f, verified{e.Open(), &e})
			return errors.Join(err, f.Close())
		})
	}
	return work.Wait()
}

// verified reads the content of an entry. Its errors are *layer.Damaged, which tells them
// from those of the file that the content is written to.
type verified struct {
	io.Reader
	entry *layer.Entry
}

func (v verified) Read(b []byte) (int, error) {
	n, err := v.Reader.Read(b)
	if err != nil && err != io.EOF {
		err = &layer.Damaged{Name: v.entry.Name, Of: v.entry.Owner, Err: err}
	}
	return n, err
}

// unpackFault is the error for a layer that cannot be unpacked to the folder.
func unpackFault(folder string, err error) error {
	e := &fault.Error{Kind: fault.Machine, Subject: folder, Message: "cannot unpack the layer to " + folder, Err: err,
		Hints: []string{"use another temporary folder: export TMPDIR=/path/to/folder"}}
	if errors.As(err, new(*layer.Damaged)) {
		e.Hints = []string{"run the same command again; if it fails again, check this machine's disk and memory (or the network drive, if the files are on one)"}
	}
	return e
}
