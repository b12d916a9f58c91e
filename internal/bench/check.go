//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// check times `lamella check --static` for each project after a build, the first time and
// again once what it reads from machine code is also cached. It prints a table.
func (b *bench) check() error {
	fmt.Print("`lamella check --static` of a project after a build: seconds on the clock (medians of ", runs, "), memory at the peak.\n\n")
	fmt.Println("| layer | first | memory | with cached facts | memory |")
	fmt.Println("|---|---|---|---|---|")
	for _, p := range projects {
		dir := filepath.Join(b.work, "check-"+p.name)
		if err := b.lockIn(dir, p); err != nil {
			return err
		}
		if _, err := b.lamella(dir, "build", p, "--output", "layer.zip")(); err != nil {
			return err
		}
		static := b.lamella(dir, "check", p, "--static")
		facts, built := filepath.Join(b.work, "cache", "facts"), filepath.Join(dir, "facts")
		if err := os.CopyFS(built, os.DirFS(facts)); err != nil {
			return err
		}
		var first, later []usage
		for range runs {
			if err := errors.Join(os.RemoveAll(facts), os.CopyFS(facts, os.DirFS(built))); err != nil {
				return err
			}
			for _, into := range []*[]usage{&first, &later} {
				u, err := static()
				if err != nil {
					return err
				}
				*into = append(*into, u)
			}
		}
		f, l := summarize(first), summarize(later)
		fmt.Printf("| %s | %.2f | %.0f MB | %.2f | %.0f MB |\n", p.name, f.median, f.memory/1e6, l.median, l.memory/1e6)
	}
	return nil
}
