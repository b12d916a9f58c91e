package alive

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const id = "0123456789abcdef0123456789abcdef"

// TestMain is also the process that a test kills.
func TestMain(m *testing.M) {
	if os.Getenv("ALIVE_TEST_SHOW") != "" {
		if _, err := Show(id); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("shown")
		_, _ = bufio.NewReader(os.Stdin).ReadByte() // until killed
	}
	os.Exit(m.Run())
}

func TestKilled(t *testing.T) {
	tmp := tempDir(t)
	if Ended(id) {
		t.Error("one that never showed itself is said to have ended")
	}
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "ALIVE_TEST_SHOW=1")
	if _, err := command.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "shown\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	Forget(id)
	if Ended(id) {
		t.Error("one that runs is said to have ended")
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	if !Ended(id) {
		t.Error("one that was killed is not said to have ended")
	}
	Forget(id)
	if left, err := os.ReadDir(tmp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestStopped(t *testing.T) {
	tempDir(t)
	stop, err := Show(id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Show(id); err == nil {
		t.Error("two bear one name")
	}
	if Ended(id) {
		t.Error("one that runs is said to have ended")
	}
	stop()
	if Ended(id) {
		t.Error("it is still known")
	}
}

// TestNamesStayInTheFolder: a name is read from a store, so it may be anything.
func TestNamesStayInTheFolder(t *testing.T) {
	tmp := tempDir(t)
	if err := os.WriteFile(filepath.Join(tmp, "lamella-x.lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "x", "../x", "/x", "0123456789abcde", id + "/../../x"} {
		if _, err := Show(name); err == nil || Ended(name) {
			t.Errorf("%q is taken for a name: %v", name, err)
		}
	}
}

func tempDir(t *testing.T) string {
	dir := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, dir)
	}
	return dir
}
