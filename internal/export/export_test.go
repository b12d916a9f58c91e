package export

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

// TestExportReplacesOnlyExports: a lock file of the user is not replaced.
func TestExportReplacesOnlyExports(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, content string) string {
		t.Helper()
		if err := os.WriteFile(at(name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	for _, c := range []struct {
		kind outfile.Kind
		path string
		ok   bool
	}{
		{kinds[Requirements], write("requirements.txt", "one==1.0\n"), false},
		{kinds[Requirements], write("lambda.txt", "# uv.lock for python3.13/x86_64, by lamella devel. Every distribution is listed\none==1\n"), true},
	} {
		before, _ := os.ReadFile(c.path)
		err := c.kind.Check(c.path)
		if c.ok != (err == nil) || err != nil && (catalogue.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0) {
			t.Errorf("%s: %v %q", c.path, err, fault.Hints(err))
		}
		if after, _ := os.ReadFile(c.path); string(after) != string(before) {
			t.Errorf("%s was changed", c.path)
		}
	}
}
