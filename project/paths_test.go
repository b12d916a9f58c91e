package project

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/spec"
)

// TestZipsReplaceOnlyZips tries what can lie at an output path. What is refused
// is unchanged afterwards.
func TestZipsReplaceOnlyZips(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, content string) string {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	precious := write("dist/sub/precious", "keep")
	input := write("lock.zip", "input")
	if runtime.GOOS != "windows" {
		for link, target := range map[string]string{"out.zip": precious, "nowhere.zip": at("none"), "here.zip": "zip.zip"} {
			if err := os.Symlink(target, at(link)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Link(input, at("hard.zip")); err != nil {
			t.Fatal(err)
		}
	}
	write("zip.zip", "")
	write("src/a.py", "a = 1\n")
	if _, err := Package(t.Context(), PackageOptions{Dir: at("src"), Output: at("ours.zip")}, spec.Env{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind outfile.Kind
		path string
		ok   bool
	}{
		{zipFile, at("dist"), false},
		{zipFile, at("dist") + "/", false},
		{zipFile, at("new") + "/", false},
		{zipFile, at("dist/.."), false},
		{zipFile, ".", false},
		{zipFile, "s3://x/y.zip", false},
		{zipFile, "s3:/x/y.zip", false},
		{zipFile, "S3://x/y.zip", false},
		{zipFile, "https://files.example/y.zip", false},
		{zipFile, "file:///tmp/y.zip", false},
		{zipFile, "-", false},
		{zipFile, precious, false},
		{zipFile, input, false},
		{zipFile, write("other.zip", "PK\x03\x04 of another tool"), false},
		{zipFile, write("none.txt", ""), false},
		{zipFile, at("zip.zip"), true}, // empty, as of mktemp
		{zipFile, at("a/b/new.zip"), true},
		{zipFile, at("ours.zip"), true},
	} {
		before, _ := os.ReadFile(c.path)
		err := c.kind.Check(c.path, outfile.Input{Path: input, What: "the lock file"})
		if c.ok != (err == nil) || err != nil && (catalogue.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0) {
			t.Errorf("%s: %v %q", c.path, err, fault.Hints(err))
		}
		if after, _ := os.ReadFile(c.path); string(after) != string(before) {
			t.Errorf("%s was changed", c.path)
		}
	}
	if err := zipFile.Check(filepath.Join(precious, "y.zip")); catalogue.KindOf(err) != fault.Machine || len(fault.Hints(err)) == 0 {
		t.Errorf("below a file: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, ok := range map[string]bool{at("out.zip"): false, at("nowhere.zip"): false, at("hard.zip"): false, at("here.zip"): true, "/dev/null": false, "/dev/stdout": false} {
		if err := zipFile.Check(path, outfile.Input{Path: input, What: "the lock file"}); ok != (err == nil) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestPackageOutsideOfItsFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "src")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.py"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := Package(t.Context(), PackageOptions{Dir: dir, Output: filepath.Join(dir, "sub", "..", "layer.zip")}, spec.Env{})
		if catalogue.KindOf(err) != fault.Usage {
			t.Errorf("got %v", err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left: %v, %v", left, err)
	}
}
