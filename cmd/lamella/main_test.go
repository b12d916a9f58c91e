package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// maxBinary is the most bytes that the stripped program may have. It has 18.2
// million; with dead code kept alive it would be half as big again.
const maxBinary = 22_000_000

// Only cobra may import text/template, and it calls it from nowhere that is
// reached. Any use of templates looks methods up by name, for which the linker
// keeps every exported method of every type, and so the whole of the AWS SDK.
func TestNoTemplates(t *testing.T) {
	list, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{range .Imports}}{{.}} {{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(list)) {
		importer, imports, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, imported := range strings.Fields(imports) {
			if (imported == "text/template" || imported == "html/template") && importer != "github.com/spf13/cobra" {
				t.Errorf("%s imports %s", importer, imported)
			}
		}
	}
}

// If this fails, look for what keeps dead code alive: see TestNoTemplates.
func TestBinaryIsSmall(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	path := filepath.Join(t.TempDir(), "lamella")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > maxBinary {
		t.Errorf("the program has %d bytes, more than %d", info.Size(), maxBinary)
	}
}
