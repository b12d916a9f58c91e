package wheel

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/layer"
)

// BenchmarkCode is what looking for machine code adds to the examination of all
// wheels of three layers: to copy the first bytes of each file, and to read them.
func BenchmarkCode(b *testing.B) {
	var heads [][]byte
	for _, lock := range []string{"web", "data", "aws"} {
		for _, path := range lockedWheels(b, lock+"-python3.13-x86_64.txt") {
			z, err := zip.OpenReader(path)
			if err != nil {
				b.Fatal(err)
			}
			for _, f := range z.File {
				r, err := f.Open()
				if err != nil {
					b.Fatal(err)
				}
				head, err := io.ReadAll(io.LimitReader(r, layer.CodeHead))
				if err != nil {
					b.Fatal(err)
				}
				heads = append(heads, head)
			}
			z.Close()
		}
	}
	var buffer []byte
	var code int
	for b.Loop() {
		code = 0
		for _, head := range heads {
			buffer = append(buffer[:0], head...)
			if layer.CodeOf(buffer) != nil {
				code++
			}
		}
	}
	b.ReportMetric(float64(len(heads)), "files")
	b.ReportMetric(float64(code), "code")
}

// lockedWheels returns the paths of the wheels that a lock of the end-to-end tests
// names and that are here: those for its target.
func lockedWheels(b *testing.B, lock string) []string {
	b.Helper()
	path := filepath.Join(testenv.Root(), "internal", "test", "e2e", "testdata", "locks", lock)
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	all, err := filepath.Glob(filepath.Join(testenv.Wheels(b, path), "*.whl"))
	if err != nil {
		b.Fatal(err)
	}
	var paths []string
	for _, path := range all {
		if strings.HasSuffix(path, "aarch64.whl") || strings.Contains(path, "-cp311-cp311-") {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		if bytes.Contains(text, []byte(digest.SHA256(content).Hex())) {
			paths = append(paths, path)
		}
	}
	return paths
}
