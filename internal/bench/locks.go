//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lamella-build/lamella/internal/test/largelock"
)

// lockSizes are the numbers of packages in the lock files that are timed.
var lockSizes = []int{200, 800, 1600}

// locks times `lamella resolve` for large lock files. It measures the CPU time, including
// the time to start the program and to print the result, and the peak memory.
func (b *bench) locks() (string, error) {
	var out strings.Builder
	fmt.Fprintf(&out, "`lamella resolve` of a lock: its size, CPU time (median of %d runs), memory at the peak.\n\n|  |", 2*runs+1)
	for _, n := range lockSizes {
		fmt.Fprintf(&out, " %d packages |", n)
	}
	fmt.Fprintf(&out, "\n| --- |%s\n", strings.Repeat(" --- |", len(lockSizes)))
	for _, format := range largelock.Formats() {
		fmt.Fprintf(&out, "| %s |", format)
		for _, n := range lockSizes {
			cell, err := b.lockOf(format, n)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&out, " %s |", cell)
		}
		out.WriteByte('\n')
	}
	start, err := b.cpu(b.work, "version")
	if err != nil {
		return "", err
	}
	fmt.Fprintf(&out, "\nOf each, %.0f ms are what the program takes to start (`lamella version`).\n", start.median*1000)
	return out.String(), nil
}

// lockOf times one lock file.
func (b *bench) lockOf(format string, n int) (string, error) {
	dir := filepath.Join(b.work, fmt.Sprint(format, n))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	path := filepath.Join(dir, format)
	if err := largelock.Write(path, format, n); err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	s, err := b.cpu(dir, "resolve", "--quiet", "--runtime", "python3.13")
	return fmt.Sprintf("%.1f MB, %.0f ms, %.0f MB", float64(info.Size())/1e6, s.median*1000, s.memory/1e6), err
}

// cpu measures the CPU time of a lamella command.
func (b *bench) cpu(dir string, args ...string) (sample, error) {
	var all []usage
	for range 2*runs + 1 {
		u, err := b.measure(dir, filepath.Join(b.root, "bin", "lamella"), args...)
		if err != nil {
			return sample{}, err
		}
		u.wall = u.cpu
		all = append(all, u)
	}
	return summarize(all), nil
}
