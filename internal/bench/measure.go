//go:build unix

package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

const (
	runs      = 7
	slowRuns  = 3 // for what takes longer than slow
	slow      = 20 * time.Second
	moduleDir = "python"
)

// result contains the times for one project.
type result struct {
	name                   string
	lamella, copy, uv, pip sample
	unzipped               int64 // unzipped size of the layer in bytes
}

// sample is the result of several runs of the same thing.
type sample struct {
	count  int
	median float64 // seconds
	memory float64 // peak memory in bytes; the maximum of all runs
}

func (s sample) runs() string   { return fmt.Sprintf("%d runs", s.count) }
func (s sample) String() string { return fmt.Sprintf("%.3g (%d)", s.median, s.count) }

// time measures one project in every way.
func (b *bench) time(p project) (result, error) {
	dir := filepath.Join(b.work, p.name)
	if err := b.lockIn(dir, p); err != nil {
		return result{}, err
	}
	ours, copied := filepath.Join(dir, "layer.zip"), filepath.Join(dir, "copy.zip")
	build := b.lamella(dir, "build", p, "--output", ours)
	duplicate := b.shell(dir, "cp "+ours+" "+copied+" && openssl dgst -sha256 "+copied)

	r := result{name: p.name}
	_, err := build() // warms the cache
	if err != nil {
		return r, err
	}
	if r.unzipped, err = unzippedSize(ours); err != nil {
		return r, err
	}
	// Alternate the two, so that other load on the machine affects both.
	var builds, copies []usage
	for range 2*runs + 1 {
		for _, step := range []struct {
			into *[]usage
			out  string
			run  func() (usage, error)
		}{{&builds, ours, build}, {&copies, copied, duplicate}} {
			if step.out == copied {
				os.Remove(copied)
			}
			u, err := step.run()
			if err != nil {
				return r, err
			}
			*step.into = append(*step.into, u)
		}
	}
	r.lamella, r.copy = summarize(builds), summarize(copies)

	zip := func(level string) string {
		line := "rm -f peer.zip && zip -q -r " + level + " peer.zip " + moduleDir
		for _, pattern := range p.zipExcludes {
			line += " -x '" + pattern + "'"
		}
		return line
	}
	platforms := ""
	for minor := 34; minor >= 5; minor-- {
		platforms += fmt.Sprintf(" --platform manylinux_2_%d_x86_64", minor)
	}
	common := " --no-index --find-links " + b.wheels + " --no-deps --require-hashes --only-binary :all: -r requirements.txt"
	if r.uv, err = b.repeat(dir, b.uv+" pip install -q --target "+moduleDir+common+
		" --python-version 3.13 --python-platform x86_64-manylinux_2_34 && "+zip("-6")); err != nil {
		return r, err
	}
	r.pip, err = b.repeat(dir, b.pip+" install -q -t "+moduleDir+common+
		" --python-version 3.13 --implementation cp --abi cp313 --abi abi3 --abi none"+
		platforms+" --platform manylinux2014_x86_64 && "+zip("-9"))
	return r, err
}

// lockIn creates dir with a project's lock file.
func (b *bench) lockIn(dir string, p project) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	content, err := os.ReadFile(filepath.Join(b.root, "internal", "test", "e2e", "testdata", "locks", p.name+"-python3.13-x86_64.txt"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "requirements.txt"), content, 0o666)
}

// repeat runs a shell command line that makes the folder python in dir, often enough for a
// median. The first run only warms the caches.
func (b *bench) repeat(dir, line string) (sample, error) {
	run := b.shell(dir, line)
	var all []usage
	for i := 0; ; i++ {
		if err := os.RemoveAll(filepath.Join(dir, moduleDir)); err != nil {
			return sample{}, err
		}
		u, err := run()
		if err != nil {
			return sample{}, err
		}
		wanted := runs
		if u.wall > slow {
			wanted = slowRuns
		}
		if i > 0 {
			all = append(all, u)
		}
		if len(all) >= wanted {
			return summarize(all), nil
		}
	}
}

// noop deploys p to moto, and then measures deploys that find nothing to do. It returns
// their CPU time and the number of requests in one of them.
func (b *bench) noop(p project) (sample, int, error) {
	url, err := testenv.StartMoto(filepath.Join(b.root, ".venv-test", "bin", "python"))
	if err != nil {
		return sample{}, 0, err
	}
	recorder, err := testenv.NewRecorder(url)
	if err != nil {
		return sample{}, 0, err
	}
	defer recorder.Close()
	if err := testenv.MakeBucket(url, "bench"); err != nil {
		return sample{}, 0, err
	}
	b.env = append(b.env, testenv.AWSEnv(recorder.URL)...)
	dir := filepath.Join(b.work, p.name)
	deploy := b.lamella(dir, "deploy", p, "--name", p.name, "--to", "s3://bench/{layer}", "--output", filepath.Join(dir, "deploy.zip"))
	if _, err := deploy(); err != nil {
		return sample{}, 0, err
	}
	recorder.Take()
	var all []usage
	for range 2*runs + 1 {
		u, err := deploy()
		if err != nil {
			return sample{}, 0, err
		}
		u.wall = u.cpu
		all = append(all, u)
	}
	return summarize(all), len(recorder.Take()) / len(all), nil
}

// lamella returns a function that runs a lamella command on the project in dir.
func (b *bench) lamella(dir, verb string, p project, more ...string) func() (usage, error) {
	args := append([]string{verb, "--quiet", "--runtime", "python3.13", "--find-links", b.wheels}, more...)
	for _, exclude := range p.excludes {
		args = append(args, "--exclude", exclude)
	}
	return func() (usage, error) {
		return b.measure(dir, filepath.Join(b.root, "bin", "lamella"), args...)
	}
}

func (b *bench) shell(dir, line string) func() (usage, error) {
	return func() (usage, error) { return b.measure(dir, "sh", "-c", line) }
}

// usage is the resource usage of one run.
type usage struct {
	wall, cpu time.Duration
	memory    float64 // peak memory in bytes
}

func (b *bench) measure(dir, name string, args ...string) (usage, error) {
	command := exec.Command(name, args...)
	command.Dir, command.Env = dir, b.env
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	begin := time.Now()
	err := command.Run()
	wall := time.Since(begin)
	if err != nil {
		return usage{}, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, &output)
	}
	state := command.ProcessState
	memory := float64(state.SysUsage().(*syscall.Rusage).Maxrss)
	if runtime.GOOS == "linux" { // KiB on Linux, bytes elsewhere
		memory *= 1024
	}
	return usage{wall, state.UserTime() + state.SystemTime(), memory}, nil
}

func summarize(all []usage) sample {
	s := sample{count: len(all)}
	for _, u := range all {
		s.memory = max(s.memory, u.memory)
	}
	slices.SortFunc(all, func(a, b usage) int { return int(a.wall - b.wall) })
	s.median = all[len(all)/2].wall.Seconds()
	return s
}

func unzippedSize(path string) (int64, error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return 0, err
	}
	defer archive.Close()
	var size int64
	for _, entry := range archive.File {
		size += int64(entry.UncompressedSize64)
	}
	return size, nil
}
