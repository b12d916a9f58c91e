package e2e

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// The layer's files are, byte for byte, those that uv installs for the same
// target, but for what explained says.
func TestTheLayerIsWhatUVInstalls(t *testing.T) {
	eachLock(t, func(t *testing.T, l lockFile) {
		index := serveWheels(t, l)
		uv := testenv.Tool(t, "uv")
		dir, tree := project(t, l), filepath.Join(t.TempDir(), "tree")

		archive := filepath.Join(t.TempDir(), "layer.zip")
		mustLamella(t, dir, cleanEnv(t, filepath.Join(t.TempDir(), "cache")), l.buildArgs(index.Index, archive)...)
		run(t, dir, cleanEnv(t, "", "UV_CACHE_DIR="+filepath.Join(t.TempDir(), "uv"), "UV_LINK_MODE=hardlink"), uv,
			"pip", "install", "--quiet", "--target", tree, "--no-deps", "--require-hashes", "--only-binary", ":all:",
			"--python-version", strings.TrimPrefix(l.runtime, "python"), "--python-platform", l.platform(),
			"--default-index", index.Index, "--no-installer-metadata", "-r", "requirements.txt")

		ours, theirs := zipFiles(t, archive), treeFiles(t, tree)
		if len(ours) < 10 {
			t.Fatalf("the layer has only %d files", len(ours))
		}
		reasons := map[string]int{}
		for name := range theirs {
			if l.excluded(name) {
				delete(theirs, name)
				reasons["left out with "+strings.Join(l.excludes(), " ")]++
			}
		}
		for _, name := range union(ours, theirs) {
			a, inOurs := ours[name]
			b, inTheirs := theirs[name]
			if inOurs && inTheirs && bytes.Equal(a, b) {
				reasons["equal"]++
				continue
			}
			if reason := explained(l, name, a, b, inOurs, inTheirs); reason != "" {
				reasons[reason]++
				continue
			}
			switch {
			case !inOurs:
				t.Errorf("only uv installs %s", name)
			case !inTheirs:
				t.Errorf("only the layer has %s", name)
			default:
				t.Errorf("%s differs: %d bytes in the layer, %d from uv", name, len(a), len(b))
			}
		}
		for reason, files := range reasons {
			t.Logf("%5d files: %s", files, reason)
		}
	})
}

// explained returns why a file may differ between the layer and uv's tree, ""
// if it may not.
func explained(l lockFile, name string, ours, theirs []byte, inOurs, inTheirs bool) string {
	switch {
	case name == ".lock" && !inOurs:
		return "uv's own lock on the folder"
	case strings.HasPrefix(name, "bin/") && !inOurs:
		return "script: not on PATH in Lambda, and names the installing machine's Python"
	case strings.HasPrefix(name, "include/") && !inOurs:
		return "C header of a .data folder: nothing is compiled in Lambda"
	case path.Base(name) == "RECORD" && inOurs && inTheirs && sameRecords(l, ours, theirs):
		return "RECORD that uv sorted anew, with the scripts it made"
	}
	return ""
}

// sameRecords reports whether two RECORD files list the same files with the same
// hashes, but for scripts, headers, what the wheel's .data folder held and what was
// left out.
func sameRecords(l lockFile, ours, theirs []byte) bool {
	a, b := recordRows(l, ours), recordRows(l, theirs)
	return len(a) > 0 && slices.Equal(a, b)
}

func recordRows(l lockFile, record []byte) []string {
	var rows []string
	for row := range strings.Lines(string(record)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(row), ",")
		name = strings.Trim(name, `"`)
		if name == "" || strings.HasPrefix(name, "../") || strings.HasPrefix(name, "bin/") ||
			strings.HasPrefix(name, "include/") || strings.Contains(name, ".data/") || l.excluded(name) {
			continue
		}
		rows = append(rows, name+","+rest)
	}
	slices.Sort(rows)
	return rows
}

// zipFiles returns the files below python/ in a layer.
func zipFiles(t *testing.T, name string) map[string][]byte {
	t.Helper()
	archive, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	files := map[string][]byte{}
	for _, entry := range archive.File {
		inside, ok := strings.CutPrefix(entry.Name, "python/")
		if !ok {
			t.Errorf("%s is not below python/", entry.Name)
			continue
		}
		reader, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(reader)
		if err = errors.Join(err, reader.Close()); err != nil {
			t.Fatal(entry.Name, err)
		}
		files[inside] = content
	}
	return files
}

func treeFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func union(a, b map[string][]byte) []string {
	var names []string
	for name := range a {
		names = append(names, name)
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// run runs a program that has to succeed and returns what it printed to stdout.
func run(t testing.TB, dir string, env []string, name string, args ...string) string {
	t.Helper()
	command := exec.Command(name, args...)
	command.Dir, command.Env = dir, env
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s%s", name, args, err, out, &stderr)
	}
	return string(out)
}
