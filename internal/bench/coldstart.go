//go:build unix

package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lamella-build/lamella/internal/test/emulator"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// startRuns is the number of times that each layer is started, after a first start that does
// not count.
const startRuns = 9

// starts are the layers for one project and runtime, and how long a function with each of
// them takes to start.
type starts struct {
	project, runtime string
	lambda           emulator.Runtime
	trees            [4]tree // lamella's with bytecode, installed, from a zip, and lamella's without bytecode
}

// Indexes of starts.trees.
const (
	withBytecode = iota
	installed
	zipped
	withoutBytecode
)

// treeNames are the names of the folders of the trees.
var treeNames = [4]string{"bytecode", "installed", "zipped", "without"}

// tree is an unpacked layer, with the times of INIT in milliseconds.
type tree struct {
	opt   string // folder to use as /opt
	times []float64
}

// coldstart times the INIT of functions with each project's layer, as reported by the
// emulator: with lamella's bytecode, from an installed tree whose bytecode is fresh, from
// the same tree unpacked from a zip with times in 1980, which makes its bytecode stale, and
// without bytecode. It prints a table and draws docs/coldstart.svg.
func (b *bench) coldstart() error {
	var all []starts
	for _, runtime := range []string{"python3.11", "python3.13"} {
		python := testenv.FindInterpreter(runtime)
		if python == "" {
			return fmt.Errorf("no %s on PATH or in pyenv", runtime)
		}
		lambda, err := emulator.Install(python)
		if err != nil {
			return err
		}
		for _, p := range projects {
			s := starts{project: p.name, runtime: runtime, lambda: lambda}
			if err := b.prepare(&s, p); err != nil {
				return fmt.Errorf("%s for %s: %w", p.name, runtime, err)
			}
			all = append(all, s)
		}
	}
	fmt.Print("INIT as the emulator reports it, layers read-only, in turns; medians of ", startRuns, ", milliseconds.\n\n")
	fmt.Println("| layer | lamella, bytecode | installed, fresh `.pyc` | `pip install -t` + zip, 1980 | lamella, none | of installed | pip + zip | none |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for i := range all {
		s := &all[i]
		if err := s.measure(); err != nil {
			return fmt.Errorf("%s for %s: %w", s.project, s.runtime, err)
		}
		ours := s.of(withBytecode)
		fmt.Printf("| %s %s | %.0f | %.0f | %.0f | %.0f | %.2f × | %.2f × | %.2f × |\n", s.project, strings.TrimPrefix(s.runtime, "python"),
			ours, s.of(installed), s.of(zipped), s.of(withoutBytecode), ours/s.of(installed), s.of(zipped)/ours, s.of(withoutBytecode)/ours)
	}
	if err := os.WriteFile(filepath.Join(b.root, "docs", "coldstart.svg"), []byte(drawStarts(all)), 0o666); err != nil {
		return err
	}
	fmt.Println("\nThe chart is in docs/coldstart.svg.")
	return nil
}

// of returns the median time of a tree, in milliseconds.
func (s starts) of(tree int) float64 { return median(s.trees[tree].times) }

// measure starts a function with each tree in turn. The first round only warms the caches.
func (s *starts) measure() error {
	for i := range startRuns + 1 {
		for j := range s.trees {
			t := &s.trees[j]
			a, err := s.lambda.Invoke(context.Background(), emulator.Function{Layer: t.opt, Code: emulator.Functions(), Handler: s.project + ".handler"}, `{"number": 20}`)
			if err != nil {
				return err
			}
			if !strings.Contains(string(a.Payload), `"answer"`) {
				return fmt.Errorf("the function failed: %s\n%s", a.Payload, a.Log)
			}
			if i > 0 {
				t.times = append(t.times, a.Init.Seconds()*1000)
			}
		}
	}
	return nil
}

// drawStarts returns a chart of the newest runtime's starts.
func drawStarts(all []starts) string {
	imports := map[string]string{
		"web": "web: FastAPI, SQLAlchemy, HTTPX", "data": "data: pandas, pyarrow.parquet", "aws": "aws: boto3, Powertools, Pydantic",
	}
	newest := all[len(all)-1].runtime
	var bars []bar
	for _, s := range all {
		if s.runtime == newest {
			bars = append(bars, bar{label: imports[s.project]},
				bar{"lamella, bytecode", s.of(withBytecode), "ours"},
				bar{"lamella, no bytecode", s.of(withoutBytecode), "peer"},
				bar{"pip install -t + zip", s.of(zipped), "peer"})
		}
	}
	return drawBars("Milliseconds that a function takes to start", "Start of a function (INIT) on "+newest+", milliseconds", bars,
		func(ms float64) string { return fmt.Sprintf("%.0f ms", ms) })
}

// prepare makes the trees of a project.
func (b *bench) prepare(s *starts, p project) error {
	dir := filepath.Join(b.work, p.name+"-"+s.runtime)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	content, err := os.ReadFile(filepath.Join(b.root, "internal", "test", "e2e", "testdata", "locks", p.name+"-"+s.runtime+"-x86_64.txt"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "requirements.txt"), content, 0o666); err != nil {
		return err
	}
	for i, name := range treeNames {
		s.trees[i].opt = filepath.Join(dir, name)
	}
	compiling := *b
	compiling.env = append(slices.Clone(b.env), "PATH="+filepath.Dir(s.lambda.Python)+string(os.PathListSeparator)+os.Getenv("PATH"))
	for i, more := range map[int][]string{withBytecode: {"--bytecode"}, withoutBytecode: nil} {
		args := append([]string{"build", "--quiet", "--runtime", s.runtime, "--find-links", b.wheels, "--output", "layer.zip"}, more...)
		for _, exclude := range p.excludes {
			args = append(args, "--exclude", exclude)
		}
		if _, err := compiling.measure(dir, filepath.Join(b.root, "bin", "lamella"), args...); err != nil {
			return err
		}
		if err := unpack(filepath.Join(dir, "layer.zip"), s.trees[i].opt); err != nil {
			return err
		}
	}
	if err := b.install(p, s.runtime, s.lambda.Python, dir); err != nil {
		return err
	}
	if err := os.CopyFS(s.trees[zipped].opt, os.DirFS(s.trees[installed].opt)); err != nil {
		return err
	}
	return setTimes(s.trees[zipped].opt)
}

// install makes pip install a project into the folder installed, and compiles the project.
func (b *bench) install(p project, runtime, python, dir string) error {
	version := strings.TrimPrefix(runtime, "python")
	target := filepath.Join(dir, treeNames[installed], moduleDir)
	args := []string{"install", "--quiet", "--no-compile", "--target", target, "--no-index", "--find-links", b.wheels, "--no-deps", "--require-hashes",
		"--only-binary", ":all:", "--requirement", "requirements.txt", "--python-version", version, "--implementation", "cp",
		"--abi", "cp" + strings.ReplaceAll(version, ".", ""), "--abi", "abi3", "--abi", "none", "--platform", "manylinux2014_x86_64"}
	for minor := map[string]int{"python3.11": 26, "python3.13": 34}[runtime]; minor >= 5; minor-- {
		args = append(args, "--platform", fmt.Sprintf("manylinux_2_%d_x86_64", minor))
	}
	if _, err := b.measure(dir, b.pip, args...); err != nil {
		return err
	}
	if len(p.excludes) > 0 {
		drop := fmt.Sprintf("find %[1]s -type d -name tests -prune -exec rm -r {} + && rm -rf %[1]s/pyarrow/include", target)
		if _, err := b.shell(dir, drop)(); err != nil {
			return err
		}
	}
	_, err := b.shell(dir, python+" -m compileall -q "+target+" || true")() // files for other Python versions fail
	return err
}

// unpack extracts a zip with the times that it contains.
func unpack(archive, dir string) error {
	r, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer r.Close()
	for _, f := range r.File {
		if err := unpackFile(f, filepath.Join(dir, filepath.FromSlash(f.Name))); err != nil {
			return err
		}
	}
	return nil
}

func unpackFile(f *zip.File, path string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	from, err := f.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, f.Mode())
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close(), os.Chtimes(path, f.Modified, f.Modified))
}

// setTimes sets the time of all files in a folder to that in deterministic zips.
func setTimes(dir string) error {
	at := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chtimes(path, at, at)
	})
}
