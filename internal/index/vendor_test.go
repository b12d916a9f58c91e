package index

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lamella-build/lamella/fault"
)

// TestVendorDisk: what the folder's disk refuses is no fault of the index and no bug.
func TestVendorDisk(t *testing.T) {
	dir := t.TempDir()
	for _, cause := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.EIO} {
		err := vendor(dir, "a.whl", func(f *os.File) error {
			failed := &fs.PathError{Op: "write", Path: f.Name(), Err: cause}
			if errors.As(classify(failed), new(*transient)) {
				t.Errorf("%v is tried again", cause)
			}
			return downloadFault("cannot download a", "a", "a.whl", "https://index.example/a.whl", classify(failed))
		})
		if fault.KindOf(err) != fault.Machine || len(fault.Hints(err)) == 0 || !strings.Contains(err.Error(), filepath.Join(dir, "a.whl")) {
			t.Errorf("%v: %v of kind %v", cause, err, fault.KindOf(err))
		}
	}
	other := &fault.Error{Kind: fault.Index, Message: "cannot fetch it", Err: &fs.PathError{Op: "open", Path: "/elsewhere", Err: syscall.EACCES}}
	if err := vendor(dir, "a.whl", func(*os.File) error { return other }); fault.KindOf(err) != fault.Index {
		t.Errorf("got %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left %v, %v", entries, err)
	}
}

func TestCheckVendorDir(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{file: file + " is a file, not a folder", os.DevNull: "is a device, not a folder", "": "needs a folder", "s3://b/x": "is a URL"} {
		if err := CheckVendorDir(path); fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{filepath.Dir(file), filepath.Join(filepath.Dir(file), "new")} {
		if err := CheckVendorDir(path); err != nil {
			t.Error(err)
		}
	}
}
