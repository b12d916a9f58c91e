package outfile

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// TestMain is also the process that a test kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv("OUTFILE_TEST_DIR"); dir != "" {
		_, err := Create(dir)
		_, folderErr := MakeFolder(dir, "work")
		if err := errors.Join(err, folderErr); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("made")
		_, _ = bufio.NewReader(os.Stdin).ReadByte() // until killed
	}
	os.Exit(m.Run())
}

// TestKilled: what a process writes is left alone while it runs, and removed by
// the next one when it was killed.
func TestKilled(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("what is young is left alone")
	}
	dir := t.TempDir()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "OUTFILE_TEST_DIR="+dir)
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
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "made\n" {
		t.Fatalf("got %q, %v", line, err)
	}
	others := []string{".lamella-x.tmp", "lamella-x", ".x.zip.ABCDEFGH.tmp", ".lamella-aaaaaaaaaaaaaaaa.tmp.txt"}
	for _, name := range others {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	before := names(t, dir)
	Sweep(dir)
	mine, err := MakeFolder(dir, "work")
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Base(mine.Path) == "lamella-work" {
		t.Error("two processes work in one folder")
	}
	if err := mine.Remove(); err != nil {
		t.Error(err)
	}
	if got := names(t, dir); got != before {
		t.Errorf("beside a process that runs, %q became %q", before, got)
	}

	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	Sweep(dir)
	mine, err = MakeFolder(dir, "work")
	if err != nil || filepath.Base(mine.Path) != "lamella-work" {
		t.Fatalf("%+v, %v", mine, err)
	}
	if err := mine.Remove(); err != nil {
		t.Error(err)
	}
	for _, name := range strings.Fields(names(t, dir)) {
		if IsTemp(name) || strings.HasSuffix(name, folderEnd) || name == "lamella-work" {
			t.Errorf("left behind: %s", name)
		}
	}
	for _, name := range others {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Errorf("it is not lamella's: %v", err)
		}
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

// TestSweepBesideWriters: no file of a process that runs is ever taken away.
func TestSweepBesideWriters(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for range 100 {
				if err := WriteFile(filepath.Join(dir, fmt.Sprint(i)), []byte("data")); err != nil {
					t.Error(err)
				}
			}
		})
		group.Go(func() {
			for range 100 {
				Sweep(dir)
			}
		})
	}
	group.Wait()
	if got := names(t, dir); got != "0 1 2 3" {
		t.Errorf("left: %s", got)
	}
}

// TestCommitReplacesFilesOnly: what became another thing since it was looked at is
// left alone.
func TestCommitReplacesFilesOnly(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(folder, "sub"), 0o777); err != nil {
		t.Fatal(err)
	}
	for _, move := range []func(*Temp) error{
		func(f *Temp) error { return f.Commit(folder) },
		func(f *Temp) error { defer f.Discard(); return replace(f.Name(), folder) },
	} {
		f, err := Create(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := move(f); err == nil {
			t.Error("a folder was replaced")
		}
		if _, err := os.Stat(filepath.Join(folder, "sub")); err != nil {
			t.Error(err)
		}
	}
	if got := names(t, dir); got != "folder" {
		t.Errorf("left: %s", got)
	}
	if _, err := Create(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestFoldersAtOnce: however many make and remove folders of one name, whose sweeps
// find each other's locks, each gets one of its own.
func TestFoldersAtOnce(t *testing.T) {
	parent := t.TempDir()
	var group sync.WaitGroup
	for range 32 {
		group.Go(func() {
			for range 20 {
				f, err := MakeFolder(parent, "work")
				if err == nil {
					err = os.WriteFile(filepath.Join(f.Path, "mine"), nil, 0o600)
				}
				if err == nil {
					err = f.Remove()
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
