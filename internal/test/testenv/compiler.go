package testenv

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Compiler returns a C compiler for glibc.
func Compiler(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"cc", "gcc", "clang"} {
		if path, err := exec.LookPath(name); err == nil && runtime.GOOS == "linux" {
			return path
		}
	}
	Without(t, CCompiler, "no C compiler for Linux (Debian: apt install gcc)")
	return ""
}

// SharedObject compiles C code and returns the bytes of the shared object.
func SharedObject(t testing.TB, code string) []byte {
	t.Helper()
	compiler, dir := Compiler(t), t.TempDir()
	source, object := filepath.Join(dir, "x.c"), filepath.Join(dir, "x.so")
	if err := os.WriteFile(source, []byte(code), 0o666); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(compiler, "-shared", "-fPIC", "-o", object, source).CombinedOutput(); err != nil {
		Without(t, CCompiler, "the C compiler cannot make a shared object: "+string(out))
	}
	content, err := os.ReadFile(object)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
