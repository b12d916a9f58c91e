//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

const coldRate = 100e6 // bits per second of the slow link

// cold times first builds, with both caches empty, against `uv pip install --target` alone,
// which makes no zip: first from an index on the loopback interface, and then over a link of
// coldRate. It compares the latter with the time that the bytes need, both by calculation
// and as the time of a plain download of the same wheels.
func (b *bench) cold() error {
	index, err := openIndex(b.wheels)
	if err != nil {
		return err
	}
	defer index.close()
	slow, err := openLink(index.address, coldRate)
	if err != nil {
		return err
	}
	defer slow.close()
	fmt.Printf("First builds, all caches empty, in turns; medians of %d: seconds on the clock (seconds of CPU time).\n\n", runs)
	fmt.Printf("| index on loopback | `lamella build` | `uv pip install --target` | clock | CPU | memory |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, p := range projects {
		ours, uv, err := b.first(p, index, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Printf("| %s | %s | %s | %.2f × | %.2f × | %.0f MB |\n", p.name, ours, uv, ours.wall/uv.wall, ours.cpu/uv.cpu, ours.memory/1e6)
	}
	fmt.Printf("\n| at %.0f Mbit/s | MB | the bytes need | a download takes | `lamella build` | of the need | of the download | `uv pip install --target` | of the download |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n", coldRate/1e6)
	for _, p := range projects {
		slow.down.take()
		index.take()
		ours, uv, err := b.first(p, index, slow)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		need := ours.bytes * 8 / coldRate
		fmt.Printf("| %s | %.1f | %.2f | %.2f | %s | %.2f × | %.2f × | %s | %.2f × |\n", p.name, ours.bytes/1e6, need, ours.download,
			ours, ours.wall/need, ours.wall/ours.download, uv, uv.wall/ours.download)
	}
	return nil
}

// firsts is the result of several first builds.
type firsts struct {
	wall, cpu float64 // seconds; medians
	memory    float64 // peak memory in bytes; the maximum of all builds
	bytes     float64 // bytes from the index; the median
	download  float64 // seconds for a plain download of the same wheels; the median
}

func (f firsts) String() string { return fmt.Sprintf("%.2f (%.2f)", f.wall, f.cpu) }

// first measures first builds of a project by lamella and by uv, in turn. over is the link
// that they use, or nil for none.
func (b *bench) first(p project, index *wheelIndex, over *link) (ours, uv firsts, err error) {
	dir := filepath.Join(b.work, p.name)
	if err := b.lockIn(dir, p); err != nil {
		return ours, uv, err
	}
	address := index.address
	if over != nil {
		address = over.address
	}
	zip := filepath.Join(dir, "cold.zip")
	url := "http://" + address + "/simple/"
	args := []string{"build", "--quiet", "--runtime", "python3.13", "--index-url", url, "--output", zip}
	for _, exclude := range p.excludes {
		args = append(args, "--exclude", exclude)
	}
	ways := []struct {
		name string
		args []string
		all  []usage
		came []float64
	}{
		{name: filepath.Join(b.root, "bin", "lamella"), args: args},
		{name: b.uv, args: []string{"pip", "install", "-q", "--target", moduleDir, "--index-url", url, "--no-deps", "--require-hashes",
			"--only-binary", ":all:", "-r", "requirements.txt", "--python-version", "3.13", "--python-platform", "x86_64-manylinux_2_34"}},
	}
	var downloads []float64
	for range runs {
		for i := range ways {
			w := &ways[i]
			for _, old := range []string{"cache", "uv", p.name + "/" + moduleDir, p.name + "/cold.zip"} {
				if err := os.RemoveAll(filepath.Join(b.work, old)); err != nil {
					return ours, uv, err
				}
			}
			u, err := b.measure(dir, w.name, w.args...)
			if err != nil {
				return ours, uv, err
			}
			w.all = append(w.all, u)
			if over != nil {
				w.came = append(w.came, float64(over.down.take()))
			}
		}
		if over != nil {
			took, err := download(address, index.take())
			if err != nil {
				return ours, uv, err
			}
			downloads = append(downloads, took.Seconds())
			over.down.take()
		}
	}
	ours, uv = middle(ways[0].all, ways[0].came), middle(ways[1].all, ways[1].came)
	ours.download = median(downloads)
	return ours, uv, nil
}

func middle(all []usage, came []float64) firsts {
	var f firsts
	var wall, cpu []float64
	for _, u := range all {
		wall, cpu = append(wall, u.wall.Seconds()), append(cpu, u.cpu.Seconds())
		f.memory = max(f.memory, u.memory)
	}
	f.wall, f.cpu, f.bytes = median(wall), median(cpu), median(came)
	return f
}

// median returns the median of values, or 0 if there are none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}
