package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A build opens no more files at a time than a tight limit permits, however many
// wheels there are: with an empty cache, and with one that holds them all.
func TestFewOpenFiles(t *testing.T) {
	app := smallProject(t, 100)
	env := cleanEnv(t, filepath.Join(t.TempDir(), "cache"))
	var first []byte
	for _, name := range []string{"cold", "warm"} {
		output := name + ".zip"
		command := exec.Command("sh", "-c", `ulimit -n 64 && exec "$@"`, "sh", binary,
			"build", "--runtime", "python3.13", "--find-links", "wheels", "-o", output)
		command.Dir, command.Env = app, env
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		content, err := os.ReadFile(filepath.Join(app, output))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 100 {
			if !bytes.Contains(content, fmt.Appendf(nil, "python/dist%d.py", i)) {
				t.Fatalf("%s: dist%d is not in the layer", name, i)
			}
		}
		if first == nil {
			first = content
		} else if !bytes.Equal(first, content) {
			t.Error("the two layers differ")
		}
	}
}
