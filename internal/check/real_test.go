package check_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/check"
	"github.com/lamella-build/lamella/internal/check/probe"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/target"
)

// fetch downloads the wheels of a lock file in testdata, by pip, with hashes. They are
// kept in .cache.
func fetch(t *testing.T, lock string, to target.Target) []string {
	t.Helper()
	folder := filepath.Join(testenv.Root(), ".cache", "check", lock)
	if wheels, _ := filepath.Glob(filepath.Join(folder, "*.whl")); len(wheels) > 0 {
		return wheels
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o777); err != nil {
		t.Fatal(err)
	}
	partial, err := os.MkdirTemp(filepath.Dir(folder), "partial-")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"download", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--dest", partial, "--requirement", filepath.Join("testdata", lock+".txt"),
		"--python-version", strings.TrimPrefix(to.Runtime, "python"), "--implementation", "cp"}
	abi := "cp" + strings.ReplaceAll(strings.TrimPrefix(to.Runtime, "python"), ".", "")
	for _, a := range []string{abi, "abi3", "none"} {
		args = append(args, "--abi", a)
	}
	var platforms []string
	for _, tag := range to.Tags() {
		if tag.Platform != "any" && !slices.Contains(platforms, tag.Platform) {
			platforms = append(platforms, tag.Platform)
			args = append(args, "--platform", tag.Platform)
		}
	}
	if out, err := exec.Command(testenv.Tool(t, "pip"), args...).CombinedOutput(); err != nil {
		os.RemoveAll(partial)
		testenv.Missing(t, "pip cannot download the wheels of "+lock+": "+string(out))
	}
	if err := os.Rename(partial, folder); err != nil {
		t.Fatal(err)
	}
	wheels, _ := filepath.Glob(filepath.Join(folder, "*.whl"))
	return wheels
}

// compose makes a layer of wheels.
func compose(t *testing.T, wheels []string) check.Layer {
	t.Helper()
	var inputs []builder.Input
	for _, path := range wheels {
		parts := strings.SplitN(filepath.Base(path), "-", 3)
		inputs = append(inputs, builder.Input{Path: path, Filename: filepath.Base(path), Distribution: pep503.Normalize(parts[0]), Version: parts[1]})
	}
	tree, err := builder.Native(t.Context(), inputs, builder.Options{Exclude: []string{"./tests", "./test"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tree.Close() })
	return check.Layer{Entries: tree.Entries, Source: func(*layer.Entry) string { return "" }}
}

// Real distributions that are awkward in one way or another: every module of them can
// be imported, and nothing of what is said about them is wrong.
func TestAwkwardDistributions(t *testing.T) {
	testenv.Heavy(t)
	for _, name := range []string{"python3.11/x86_64", "python3.13/x86_64", "python3.11/arm64", "python3.13/arm64"} {
		t.Run(name, func(t *testing.T) {
			to := parse(t, name)
			lock := "awkward-" + strings.ReplaceAll(name, "/", "-")
			l := compose(t, fetch(t, lock, to))
			if err := audit.CheckCode(l.Entries, to); err != nil {
				t.Fatal(err)
			}
			r, err := check.Static(t.Context(), l, to, check.Options{})
			if err != nil {
				t.Fatal(err)
			}
			it, err := probe.Ask(t.Context(), testenv.InterpreterFor(t, to.Runtime, to.Architecture), to)
			if err != nil {
				t.Fatal(err)
			}
			if err := check.Import(t.Context(), r, l, to, it, check.ImportOptions{Probe: probe.Options{Timeout: 5 * time.Minute}}); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d distributions, %d ELF files, %d modules", r.Distributions, r.Binaries, len(r.Imports))
			for _, f := range r.Findings {
				t.Logf("%s %s: %s", f.Severity, f.Code, f.Message)
				if f.Severity == check.Error || f.Severity == check.Warning {
					t.Errorf("%s\n%s", f.Message, strings.Join(f.Details, "\n"))
				}
			}
		})
	}
}
