//go:build unix

package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// optionRuns is the number of times that each build is timed.
const optionRuns = 9

// option times warm builds with and without an option whose result is cached, alternately,
// and the first build with the option. It prints a table.
func (b *bench) option(flag string) error {
	fmt.Print("Warm builds without and with ", flag, "; medians of ", optionRuns, ", milliseconds.\n\n")
	fmt.Println("| layer | without | with | ratio | CPU without | CPU with | ratio | first |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for _, p := range projects {
		line, err := b.optionOf(p, flag)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Println(line)
	}
	return nil
}

// optionOf returns the row for one project.
func (b *bench) optionOf(p project, flag string) (string, error) {
	dir := filepath.Join(b.work, "option-"+p.name)
	if err := b.lockIn(dir, p); err != nil {
		return "", err
	}
	without := b.lamella(dir, "build", p, "-o", "without.zip")
	with := b.lamella(dir, "build", p, "-o", "with.zip", flag)
	if _, err := without(); err != nil {
		return "", err
	}
	first, err := with()
	if err != nil {
		return "", err
	}
	var wall, cpu [2][]time.Duration
	for range optionRuns {
		for i, run := range []func() (usage, error){without, with} {
			u, err := run()
			if err != nil {
				return "", err
			}
			wall[i], cpu[i] = append(wall[i], u.wall), append(cpu[i], u.cpu)
		}
	}
	median := func(all []time.Duration) float64 {
		slices.Sort(all)
		return float64(all[len(all)/2].Microseconds()) / 1000
	}
	w, c := [2]float64{median(wall[0]), median(wall[1])}, [2]float64{median(cpu[0]), median(cpu[1])}
	return fmt.Sprintf("| %s | %.0f | %.0f | %.2f | %.0f | %.0f | %.2f | %.0f |",
		p.name, w[0], w[1], w[1]/w[0], c[0], c[1], c[1]/c[0], first.wall.Seconds()*1000), nil
}
