//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// coldDeployRuns is the number of times that each project is deployed.
const coldDeployRuns = 3

// coldDeploy times first deployments with an empty cache. Wheels come from an index and the
// zip goes to S3, each over a link of coldRate in both directions. It compares the time with
// the longer of the times that the bytes need in one direction, and compares the object with
// the zip.
func (b *bench) coldDeploy() error {
	index, err := openIndex(b.wheels)
	if err != nil {
		return err
	}
	defer index.close()
	server, stop := fakeaws.Start("bench")
	server.Place = "us-east-1" // the same as in AWSEnv
	defer stop()
	down, err := openLink(index.address, coldRate)
	if err != nil {
		return err
	}
	defer down.close()
	up, err := openLink(strings.TrimPrefix(server.URL, "http://"), coldRate)
	if err != nil {
		return err
	}
	defer up.close()
	b.env = append(b.env, testenv.AWSEnv("http://"+up.address)...)
	fmt.Printf("First deployments, all caches empty, at %.0f Mbit/s in both directions; medians of %d.\n\n", coldRate/1e6, coldDeployRuns)
	fmt.Printf("| layer | MB down | s | MB up | s | `lamella deploy` | of the longer one | memory |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, p := range projects {
		line, err := b.coldDeployOf(p, server, down, up)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Println(line)
	}
	return nil
}

// coldDeployOf returns the row for one project.
func (b *bench) coldDeployOf(p project, server *fakeaws.Server, down, up *link) (string, error) {
	dir := filepath.Join(b.work, p.name)
	if err := b.lockIn(dir, p); err != nil {
		return "", err
	}
	var times, downs, ups []float64
	var memory float64
	for i := range coldDeployRuns {
		if err := os.RemoveAll(filepath.Join(b.work, "cache")); err != nil {
			return "", err
		}
		home, zip := fmt.Sprintf("%s-%d", p.name, i), filepath.Join(dir, "cold.zip")
		args := []string{"deploy", "--quiet", "--runtime", "python3.13", "--index-url", "http://" + down.address + "/simple/",
			"--name", home, "--to", "s3://bench/{layer}", "--output", zip}
		for _, exclude := range p.excludes {
			args = append(args, "--exclude", exclude)
		}
		down.down.take()
		up.up.take()
		u, err := b.watch(dir, filepath.Join(b.root, "bin", "lamella"), args...)
		if err != nil {
			return "", err
		}
		if err := checkDeployed(server, home, zip); err != nil {
			return "", err
		}
		times, memory = append(times, u.wall.Seconds()), max(memory, u.memory)
		downs, ups = append(downs, float64(down.down.take())), append(ups, float64(up.up.take()))
	}
	came, went, took := median(downs), median(ups), median(times)
	need := max(came, went) * 8 / coldRate
	return fmt.Sprintf("| %s | %.1f | %.2f | %.1f | %.2f | %.2f | %.2f × | %.0f MB |",
		p.name, came/1e6, came*8/coldRate, went/1e6, went*8/coldRate, took, took/need, memory/1e6), nil
}

// watch measures a command as measure does, but measures its memory while it runs: the usage
// that the system reports at the end counts the memory of this process, which holds the
// objects.
func (b *bench) watch(dir, name string, args ...string) (u usage, err error) {
	command := exec.Command(name, args...)
	command.Dir, command.Env = dir, b.env
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	begin := time.Now()
	if err := command.Start(); err != nil {
		return u, err
	}
	done := make(chan error, 1)
	go func() { done <- command.Wait() }()
	for {
		select {
		case err := <-done:
			u.wall = time.Since(begin)
			if err != nil {
				err = fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, &output)
			}
			return u, err
		case <-time.After(20 * time.Millisecond):
			u.memory = max(u.memory, peak(command.Process.Pid))
		}
	}
}

// peak returns the peak memory of a process so far, in bytes, or 0 if unknown, as on macOS.
func peak(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kib); n == 1 {
			return kib * 1024
		}
	}
	return 0
}

// checkDeployed returns an error unless the zip is the only object of its kind in a home.
func checkDeployed(server *fakeaws.Server, home, zip string) error {
	want, err := os.ReadFile(zip)
	if err != nil {
		return err
	}
	zips := 0
	for _, key := range server.Keys("bench") {
		if !strings.HasPrefix(key, home+"/layer/zip/") {
			continue
		}
		if zips++; !bytes.Equal(server.Object("bench", key), want) {
			return fmt.Errorf("the object %s is not %s", key, zip)
		}
	}
	if zips != 1 || server.Uploads() > 0 {
		return fmt.Errorf("%d objects and %d uploads are in %s", zips, server.Uploads(), home)
	}
	return nil
}
