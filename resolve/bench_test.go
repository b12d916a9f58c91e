package resolve

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/lamella-build/lamella/internal/test/largelock"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/target"
)

// writeLarge writes a lock of n packages and returns its path.
func writeLarge(t testing.TB, format string, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), format)
	if err := largelock.Write(path, format, n); err != nil {
		t.Fatal(err)
	}
	return path
}

// resolveLarge reads and resolves a lock of n packages, and tells who requires
// what in it.
func resolveLarge(t testing.TB, path string, n int, tt target.Target) {
	l, err := lock.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Resolve(context.Background(), l, tt, Options{}, nil)
	if err != nil || len(r.Distributions) != n {
		t.Fatal(n, err)
	}
	x, err := Explain(l, tt, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if stated := l.Stated(); stated != nil {
		x.AddStated(stated)
	}
	x.Relate(r)
}

func BenchmarkReadAndResolve(b *testing.B) {
	tt := targetOf(b, "python3.13/x86_64")
	for _, format := range largelock.Formats() {
		for _, n := range []int{200, 800, 3200} {
			b.Run(format+"/"+strconv.Itoa(n), func(b *testing.B) {
				path := writeLarge(b, format, n)
				info, err := os.Stat(path)
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(info.Size())
				b.ReportAllocs()
				for b.Loop() {
					resolveLarge(b, path, n, tt)
				}
			})
		}
	}
}

// BenchmarkResolve leaves the reading out.
func BenchmarkResolve(b *testing.B) {
	l, err := lock.Read(writeLarge(b, "uv.lock", 800))
	if err != nil {
		b.Fatal(err)
	}
	tt := targetOf(b, "python3.13/x86_64")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Resolve(context.Background(), l, tt, Options{}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
