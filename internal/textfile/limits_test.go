package textfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/bound"
)

func TestCheckCost(t *testing.T) {
	many := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		content string
		fits    bool
	}{
		"packages":      {strings.Repeat("[[package]]\nname = \"a\"\nversion = \"1\"\n", 20_000), true},
		"files by name": {"[metadata.files]\n" + many(10_000, "p%d = []\n"), true},
		"tables":        {many(80_000, "[t%d]\n"), false},
		"arrays":        {many(80_000, "[[t%d]]\n"), false},
		"keys":          {many(80_000, "k%d = 1\n"), false},
		"inline keys":   {"a = {" + many(80_000, "k%d=1,") + "k=1}\n", false},
		"inline tables": {"a = [" + strings.Repeat("{a=1},", 500_000) + "]\n", false},
		"numbers":       {"a = [\n" + strings.Repeat("1,\n", 1_000_000) + "]\n", false},
	} {
		if _, err := UTF8("uv.lock", []byte(c.content)); (err == nil) != c.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBytesLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "uv.lock")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Skip(err)
	}
	for _, path := range []string{path, "/dev/zero"} {
		if _, err := os.Stat(path); err != nil {
			continue
		}
		if _, err := Read(path); !errors.As(err, new(*bound.Exceeded)) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
