//go:build linux

package e2e

import (
	"archive/zip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testsource"
)

// What has no wheel is built in a container, and nothing else: the wheel of the
// lock is copied, the project stays as it is, and no container is left.
func TestMixedBuildInAContainer(t *testing.T) {
	p := startPodman(t)
	m := newMixed(t)
	m.native = testsource.Project{Name: "native", Version: "1.0"} // the image has no compiler
	m.lock(t)
	before := hashTree(t, m.dir)
	output, temp, cache := filepath.Join(t.TempDir(), "layer.zip"), t.TempDir(), t.TempDir()
	run := func() string {
		t.Helper()
		command, out := p.build(t, m.dir, temp, cache, "build", "--runtime", "python3.11", "--arch", m.architecture, "--name", "mixed",
			"-o", output, "--allow-build", ":all:", "--verbose")
		if err := command.Run(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return out.String()
	}
	if n := strings.Count(run(), "Successfully built "); n != 4 {
		t.Errorf("%d wheels were built, want 4", n)
	}
	z, err := zip.OpenReader(output)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, name := range []string{"ready.py", "pure.py", "native.py", "remote.py", "local.py"} {
		if !slices.ContainsFunc(z.File, func(f *zip.File) bool { return f.Name == "python/"+name }) {
			t.Errorf("the layer has no %s", name)
		}
	}
	if n := strings.Count(run(), "Successfully built "); n != 0 {
		t.Errorf("%d wheels were built again", n)
	}
	if hashTree(t, m.dir) != before {
		t.Error("the project's folder is not as it was")
	}
	if left := p.containers(t); left != "" {
		t.Errorf("left: %s", left)
	}
	if left := treeFiles(t, temp); len(left) > 0 {
		t.Errorf("%d files left in the temporary folder", len(left))
	}
}
