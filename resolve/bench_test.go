package resolve

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/lock"
)

// largeLock has n packages in a chain of cross links, each with 20 wheels.
func largeLock(n int) string {
	var packages []string
	for i := range n {
		name := fmt.Sprintf("package-%03d", i)
		var files []string
		for _, python := range []string{"cp39-cp39", "cp310-cp310", "cp311-cp311", "cp312-cp312", "cp313-cp313"} {
			for _, platform := range []string{"macosx_11_0_arm64", "manylinux_2_17_x86_64.manylinux2014_x86_64", "manylinux_2_28_aarch64", "win_amd64"} {
				files = append(files, fmt.Sprintf("package_%03d-1.%d.0-%s-%s.whl", i, i, python, platform))
			}
		}
		var deps strings.Builder
		for _, j := range []int{i + 1, 2*i + 1, 3*i + 2} {
			if j < n {
				fmt.Fprintf(&deps, "    { name = \"package-%03d\", marker = \"python_full_version >= '3.%d' or sys_platform == 'linux'\" },\n", j, 9+j%5)
			}
		}
		packages = append(packages, uvPackage(name, fmt.Sprintf("1.%d.0", i), files, "dependencies = [\n"+deps.String()+"]"))
	}
	return uvLock("", `dependencies = [{ name = "package-000" }]`, packages...)
}

func BenchmarkResolve(b *testing.B) {
	dir := b.TempDir()
	path := filepath.Join(dir, "uv.lock")
	if err := os.WriteFile(path, []byte(largeLock(800)), 0o666); err != nil {
		b.Fatal(err)
	}
	l, err := lock.Read(path)
	if err != nil {
		b.Fatal(err)
	}
	tt := targetOf(b, "python3.13/x86_64")
	b.Run("read", func(b *testing.B) {
		for b.Loop() {
			if _, err := lock.Read(path); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("resolve", func(b *testing.B) {
		for b.Loop() {
			r, err := Resolve(context.Background(), l, tt, Options{}, nil)
			if err != nil || len(r.Distributions) != 800 {
				b.Fatal(err)
			}
		}
	})
}
