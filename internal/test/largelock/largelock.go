// Package largelock makes up lock files of any size, for benchmarks and for
// tests of how cost grows: n packages, package-0000 first, each with eighteen
// wheels and an sdist, in lines as long as real ones. With 800 packages a
// uv.lock has five megabytes. All packages are reached, on every target.
package largelock

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
)

// Formats are the formats that Write knows, by the names of their files.
func Formats() []string { return []string{"uv.lock", "pylock.toml", "poetry.lock", "pdm.lock"} }

// Write writes a lock of n packages in the format of that file name to path.
// It takes little memory itself.
func Write(path, format string, n int) error {
	writers := map[string]func(*bufio.Writer, int){"uv.lock": writeUV, "pylock.toml": writePylock, "poetry.lock": writePoetry, "pdm.lock": writePDM}
	write, ok := writers[format]
	if !ok {
		return errors.New("no format " + format)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(f)
	write(b, n)
	return errors.Join(b.Flush(), f.Close())
}

// pkg is one package.
type pkg struct {
	name, version string
	needs         []need
	wheels        []file
	sdist         file
}

type need struct{ name, marker string }

type file struct{ name, hash, url string }

// packages makes n packages, of which each needs up to three later ones.
func packages(n int) iter.Seq[pkg] {
	return func(yield func(pkg) bool) {
		for i := range n {
			if !yield(newPackage(i, n)) {
				return
			}
		}
	}
}

// newPackage makes the package i of n.
func newPackage(i, n int) pkg {
	p := pkg{name: name(i), version: fmt.Sprintf("%d.%d.0", 1+i%9, i%70)}
	for k, j := range []int{i + 1, 2*i + 1, 3*i + 2} {
		if j >= n || slices.ContainsFunc(p.needs, func(d need) bool { return d.name == name(j) }) {
			continue
		}
		marker := ""
		if k > 0 {
			marker = fmt.Sprintf("python_full_version >= '3.%d' or sys_platform == 'linux'", 9+j%5)
		}
		p.needs = append(p.needs, need{name(j), marker})
	}
	stem := strings.ReplaceAll(p.name, "-", "_") + "-" + p.version
	for _, python := range []string{"cp39-cp39", "cp310-cp310", "cp311-cp311", "cp312-cp312", "cp313-cp313", "cp39-abi3"} {
		for _, platform := range []string{"macosx_11_0_arm64", "manylinux_2_17_x86_64.manylinux2014_x86_64", "manylinux_2_17_aarch64"} {
			p.wheels = append(p.wheels, newFile(stem+"-"+python+"-"+platform+".whl"))
		}
	}
	p.sdist = newFile(stem + ".tar.gz")
	return p
}

func name(i int) string { return fmt.Sprintf("package-%04d", i) }

func newFile(name string) file {
	sum := sha256.Sum256([]byte(name))
	h := hex.EncodeToString(sum[:])
	return file{name, h, "https://files.example/packages/" + h[:2] + "/" + h[2:4] + "/" + h[4:] + "/" + name}
}

func writeUV(b *bufio.Writer, n int) {
	b.WriteString("version = 1\nrevision = 3\nrequires-python = \">=3.9\"\n\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\nsource = { virtual = \".\" }\ndependencies = [\n    { name = \"" + name(0) + "\" },\n]\n")
	line := func(f file) string {
		return fmt.Sprintf(`{ url = "%s", hash = "sha256:%s", size = 1048576, upload-time = "2026-01-02T03:04:05.678Z" }`, f.url, f.hash)
	}
	for p := range packages(n) {
		fmt.Fprintf(b, "\n[[package]]\nname = \"%s\"\nversion = \"%s\"\nsource = { registry = \"https://index.example/simple\" }\n", p.name, p.version)
		if len(p.needs) > 0 {
			b.WriteString("dependencies = [\n")
			for _, d := range p.needs {
				if d.marker == "" {
					fmt.Fprintf(b, "    { name = \"%s\" },\n", d.name)
				} else {
					fmt.Fprintf(b, "    { name = \"%s\", marker = \"%s\" },\n", d.name, d.marker)
				}
			}
			b.WriteString("]\n")
		}
		b.WriteString("sdist = " + line(p.sdist) + "\nwheels = [\n")
		for _, f := range p.wheels {
			b.WriteString("    " + line(f) + ",\n")
		}
		b.WriteString("]\n")
	}
}

func writePylock(b *bufio.Writer, n int) {
	b.WriteString("lock-version = \"1.0\"\ncreated-by = \"uv\"\nrequires-python = \">=3.9\"\n")
	line := func(f file) string {
		return fmt.Sprintf(`{ url = "%s", upload-time = 2026-01-02T03:04:05Z, size = 1048576, hashes = { sha256 = "%s" } }`, f.url, f.hash)
	}
	for p := range packages(n) {
		fmt.Fprintf(b, "\n[[packages]]\nname = \"%s\"\nversion = \"%s\"\nindex = \"https://index.example/simple\"\nsdist = %s\nwheels = [\n", p.name, p.version, line(p.sdist))
		for _, f := range p.wheels {
			b.WriteString("    " + line(f) + ",\n")
		}
		b.WriteString("]\n")
	}
}

func writePoetry(b *bufio.Writer, n int) {
	for p := range packages(n) {
		fmt.Fprintf(b, "[[package]]\nname = \"%s\"\nversion = \"%s\"\ndescription = \"A package.\"\noptional = false\npython-versions = \">=3.9\"\ngroups = [\"main\"]\nfiles = [\n", p.name, p.version)
		for _, f := range append(p.wheels, p.sdist) {
			fmt.Fprintf(b, "    {file = \"%s\", hash = \"sha256:%s\"},\n", f.name, f.hash)
		}
		b.WriteString("]\n")
		if len(p.needs) > 0 {
			b.WriteString("\n[package.dependencies]\n")
		}
		for _, d := range p.needs {
			fmt.Fprintf(b, "%s = {version = \"*\", markers = \"%s\"}\n", d.name, d.marker)
		}
		b.WriteString("\n")
	}
	b.WriteString("[metadata]\nlock-version = \"2.1\"\npython-versions = \">=3.9\"\ncontent-hash = \"\"\n")
}

func writePDM(b *bufio.Writer, n int) {
	b.WriteString("[metadata]\ngroups = [\"default\"]\nstrategy = [\"inherit_metadata\", \"static_urls\"]\nlock_version = \"4.5.1\"\ncontent_hash = \"sha256:00\"\n\n[[metadata.targets]]\nrequires_python = \">=3.9\"\n")
	for p := range packages(n) {
		fmt.Fprintf(b, "\n[[package]]\nname = \"%s\"\nversion = \"%s\"\nrequires_python = \">=3.9\"\nsummary = \"A package.\"\ngroups = [\"default\"]\n", p.name, p.version)
		if len(p.needs) > 0 {
			b.WriteString("dependencies = [\n")
			for _, d := range p.needs {
				fmt.Fprintf(b, "    \"%s; %s\",\n", d.name, d.marker)
			}
			b.WriteString("]\n")
		}
		b.WriteString("files = [\n")
		for _, f := range append(p.wheels, p.sdist) {
			fmt.Fprintf(b, "    {url = \"%s\", hash = \"sha256:%s\"},\n", f.url, f.hash)
		}
		b.WriteString("]\n")
	}
}
