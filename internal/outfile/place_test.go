package outfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
)

func TestPlaceCheck(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"empty", "ours/mark", "project/src"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	place := Place{Name: "a folder", Example: "out", Option: "--to", URLOption: "--to",
		Ours: func(entries []fs.DirEntry) bool { return entries[0].Name() == "mark" }}
	cases := map[string]string{ // "" is fine, else what the hint ends in
		"none": "", "none/below": "", "empty": "", "empty/": "", "ours": "", "project/out": "",
		"file": "--to out", "file/below": "--to out", "file/a/b": "--to out", "project": filepath.Join("project", "out"),
		"s3://x/y": "--to s3://x/y", "s3:/x/y": "--to s3://x/y", "S3://x": "--to s3://x", "https://x/y": "--to out", "file:///x": "--to out",
	}
	if os.Symlink("nothing", filepath.Join(dir, "dangling")) == nil && os.Symlink("empty", filepath.Join(dir, "link")) == nil {
		cases["dangling"], cases["dangling/below"], cases["link"] = "--to out", "--to out", ""
	}
	t.Chdir(dir)
	for path, hint := range cases {
		for _, path := range []string{path, dir + "/" + path} {
			err := place.Check(path)
			var f *fault.Error
			switch {
			case hint == "" && err == nil:
			case hint == "" || !errors.As(err, &f) || f.Kind != fault.Usage || len(f.Hints) != 1 || !strings.HasSuffix(f.Hints[0], hint):
				t.Errorf("%s: %#v, want the hint %q", path, err, hint)
			}
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 6 {
		t.Errorf("something was made: %v, %v", entries, err)
	}
}
