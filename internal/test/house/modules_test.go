package house

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// The module with the tests against versitygw has a go.mod of its own. The go command refuses
// to build it as soon as it requires less than lamella does, and only make verify builds it.
func TestModulesRequireTheSameVersions(t *testing.T) {
	ours, theirs := requirements(t, "go.mod"), requirements(t, "internal/test/versitygw/go.mod")
	shared := 0
	for path, version := range theirs {
		wanted, ok := ours[path]
		if !ok {
			continue
		}
		shared++
		if version != wanted {
			t.Errorf("internal/test/versitygw/go.mod requires %s %s, but go.mod requires %s", path, version, wanted)
		}
	}
	if shared == 0 {
		t.Error("the two modules share no requirement")
	}
}

func requirements(t *testing.T, file string) map[string]string {
	t.Helper()
	edit := exec.Command("go", "mod", "edit", "-json", filepath.Join(testenv.Root(), filepath.FromSlash(file)))
	out, err := edit.Output()
	if err != nil {
		t.Fatal(err)
	}
	var module struct {
		Require []struct{ Path, Version string }
	}
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	versions := make(map[string]string)
	for _, require := range module.Require {
		versions[require.Path] = require.Version
	}
	return versions
}
