package config

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/lamella-build/lamella/fault"
)

// TestInitOnFullDisk: a pyproject.toml of which only a part could be appended is as before,
// and no part of a lamella.toml remains. A process whose files can only have a certain size
// stands for a full disk.
func TestInitOnFullDisk(t *testing.T) {
	sample := func(header string) string { return header + "\n" + strings.Repeat("# sample\n", 100) }
	if most, err := strconv.ParseUint(os.Getenv("CONFIG_TEST_FILE_SIZE"), 10, 32); err == nil {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			t.Fatal(err)
		}
		_, err := Init(".", sample)
		fmt.Println(fault.KindOf(err), len(fault.Hints(err)))
		return
	}
	before := "[project]\nname = \"x\"\n"
	dir, empty := makeProject(t, map[string]string{pyprojectFile: before}), t.TempDir()
	for _, most := range []int{0, 10, len(before), len(before) + 1, len(before) + 100} {
		for _, project := range []string{dir, empty} {
			command := exec.Command(os.Args[0], "-test.run=^TestInitOnFullDisk$")
			command.Dir, command.Env = project, append(os.Environ(), "CONFIG_TEST_FILE_SIZE="+strconv.Itoa(most))
			if out, err := command.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), fmt.Sprintln(fault.Machine, 1)) {
				t.Errorf("%d bytes: %v\n%s", most, err, out)
			}
		}
		if content, err := os.ReadFile(filepath.Join(dir, pyprojectFile)); err != nil || string(content) != before {
			t.Errorf("%d bytes: %s is %q, %v", most, pyprojectFile, content, err)
		}
		if _, err := os.Lstat(filepath.Join(empty, lamellaFile)); err == nil {
			t.Errorf("%d bytes: a part of %s remains", most, lamellaFile)
		}
	}
	for _, project := range []string{dir, empty} {
		if _, err := Init(project, sample); err != nil {
			t.Error(err)
		}
	}
}
