package project

import (
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/slim"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/layer"
)

// TestCheckLimit: a layer that is too large is refused with the settings that plan would
// advise, the largest first and as many as it takes, and with what they save. What the layer
// needs is not counted: boto3 imports botocore.docs.
func TestCheckLimit(t *testing.T) {
	entries := []layer.Entry{
		file("boto3/__init__.py", "import botocore.client\n", 23), file("botocore/client.py", "import botocore.docs.large\n", 27),
		file("botocore/docs/__init__.py", "", 0), file("botocore/docs/large.py", "", 7_000_000), file("botocore/data.json", "", 20_000_000),
		file("numpy/core.so", "", 100_000_000), file("numpy/tests/data.bin", "", 9_000_000), file("numpy/docs/a.rst", "", 3_000_000), file("arrow/include/a.h", "", 300_000),
		file("numpy/tests/__pycache__/a.cpython-313.pyc", "", 400_000),
	}
	for i := range entries {
		entries[i].Owner, _, _ = strings.Cut(strings.TrimPrefix(entries[i].Name, "python/"), "/")
	}
	const all, sdk = 139_700_050, 27_000_050
	for _, test := range []struct {
		name  string
		limit int64
		lock  string
		slim  []string
		want  []string // by their beginnings; nil for no error
	}{
		{"it fits", all, graph, nil, nil},
		{"what saves much is all advised", all - 1, graph, nil, []string{`slim = ["tests", "docs"] `, `exclude = ["numpy", "boto3+"] `}},
		{"as much as it takes", all - sdk - 12_000_001, graph, nil, []string{`slim = ["tests", "docs", "headers"] `, `exclude = ["numpy", "boto3+"] `}},
		{"not enough", 100_000_000, graph, nil, []string{`slim = ["tests", "docs", "headers"] `, `exclude = ["numpy", "boto3+"] `, "exclude a distribution as well, because the layer would still be 100,400,000 bytes", "or split "}},
		{"rules in use stay", all - 1, "numpy==1\n", []string{"docs"}, []string{`slim = ["docs", "tests"] `}},
		{"all rules are in use", all - 1, "numpy==1\n", slim.Presets(), []string{"exclude a distribution: ", "or split "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := openLock(t, test.lock)
			p.Layer.Slim, p.Layer.Exclude = test.slim, []string{"numpy"}
			checkHints(t, p.adviser().checkLimit(t.Context(), &builder.Tree{Entries: entries}, Bytecode{}, test.limit), test.want)
		})
	}

	// lamella package has flags and no lock file.
	err := adviser{slim: []string{"headers"}, flags: true}.checkLimit(t.Context(), &builder.Tree{Entries: entries}, Bytecode{}, all-1)
	checkHints(t, err, []string{"leave out files that functions do not need: --slim headers,tests,docs   # saves 12.0 MB"})
	err = adviser{flags: true}.checkLimit(t.Context(), &builder.Tree{Entries: entries}, Bytecode{Files: 1, Bytes: 400_000}, all-1)
	checkHints(t, err, []string{"include bytecode ", "or build without bytecode, ", "--slim tests,docs "})
}

// checkHints compares the beginnings of err's hints.
func checkHints(t *testing.T, err error, want []string) {
	t.Helper()
	if want == nil {
		if err != nil {
			t.Error(err)
		}
		return
	}
	hints := fault.Hints(err)
	if catalogue.KindOf(err) != fault.Layer || !slices.EqualFunc(hints, want, strings.Contains) {
		t.Errorf("%v, hints %q, want %q", err, hints, want)
	}
}
