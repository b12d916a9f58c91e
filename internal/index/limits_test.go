package index

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/catalogue"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

func TestINIFilesAreBounded(t *testing.T) {
	long := strings.Repeat("x", 100)
	for name, c := range map[string]struct {
		content string
		fits    bool
	}{
		"most lines":      {"[global]\n" + strings.Repeat("a=1\n", bound.ConfigLines-1), true},
		"a line too many": {"[global]\n" + strings.Repeat("a=1\n", bound.ConfigLines), false},
		"one value":       {"[global]\na =\n" + strings.Repeat(" "+long+"\n", bound.ConfigLines-2), true},
	} {
		path := filepath.Join(t.TempDir(), "pip.conf")
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		env := func(name string) string { return map[string]string{"PIP_CONFIG_FILE": path}[name] }
		_, err := pipConfiguration("linux", env)
		if (err == nil) != c.fits || err != nil && catalogue.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPageTokens: two tokens begin the page, two end it.
func TestPageTokens(t *testing.T) {
	testenv.Heavy(t)
	base, _ := url.Parse("https://index.example/simple/demo/")
	for n, fits := range map[int]bool{bound.PageTokens - 10: true, bound.PageTokens: false} {
		page := `{"x":[` + strings.Repeat("1,", n-1) + `1],"files":[]}`
		_, err := parsePage(strings.NewReader(page), "application/vnd.pypi.simple.v1+json", base, func(string, []digest.Digest) bool { return true })
		if errors.Is(err, errTokens) == fits || fits && err != nil {
			t.Errorf("%d values: %v", n, err)
		}
	}
}
