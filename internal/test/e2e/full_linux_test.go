package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

// A cache on a full disk is exit status 7 and loses nothing: what was there
// stays good, and with room again the build goes on.
func TestFullCache(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		testenv.Without(t, testenv.Superuser, "only root may mount a small tmpfs: "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	app := smallProject(t, 2)
	env := cleanEnv(t, filepath.Join(dir, "cache"))
	build := []string{"build", "--runtime", "python3.13", "--find-links", "wheels"}
	mustLamella(t, app, env, build...)

	// One more distribution, too large for what is left.
	var noise strings.Builder
	for i := range 1 << 18 {
		fmt.Fprintf(&noise, "%08x", uint32(i)*2654435761)
	}
	file := testindex.MakeWheel(t, filepath.Join(app, "wheels"), "large", "1.0", "py3-none-any", map[string]string{"large.txt": noise.String()})
	lock, err := os.OpenFile(filepath.Join(app, "requirements.txt"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(lock, "large==1.0 --hash=sha256:%s\n", fileDigest(t, file))
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	got := lamella(t, app, env, build...)
	if got.status != 7 || !strings.Contains(got.stderr, "lamella: hint: ") {
		t.Errorf("exit status %d, want 7 and a hint\n%s", got.status, got.stderr)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=16m"); err != nil {
		t.Fatal(err)
	}
	mustLamella(t, app, env, "cache", "verify")
	mustLamella(t, app, env, build...)
}
