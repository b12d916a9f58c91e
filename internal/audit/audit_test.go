package audit_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/layer"
)

func file(owner, path string, size int64) layer.Entry {
	return layer.Entry{Name: "python/" + path, Owner: owner, Size: size}
}

func sample() []layer.Entry {
	return []layer.Entry{
		file("arrow", "arrow/__init__.py", 50_000_000),
		file("arrow", "arrow/include/a.h", 5_000_000),
		file("arrow", "arrow/include/sub/include/b.h", 1_000_000),
		file("arrow", "arrow/tests/test_a.py", 2_000_000),
		file("frames", "frames/core.py", 20_000_000),
		file("frames", "frames/tests/test_a.py", 9_000_000),
		file("frames", "frames/io/tests/data/include/x.csv", 1_000_000),
		file("frames", "frames/testing/__init__.py", 7),
		file("frames", "frames-1.0.dist-info/include/x", 7),
		file("cloud", "cloud/docs/__init__.py", 3_000_000), // imported at run time
		file("cloud", "cloud/docs/guide.txt", 1),
		file("cloud", "cloud/examples/one.json", 400_000),
		file("cloud", "docs/guide.txt", 100),
		file("cloud", "tests/test_cloud.py", 300_000),
		{Name: "bin/tool", Size: 4},
	}
}

// all is what sample's files add up to.
const all = 91_700_119

func TestMeasure(t *testing.T) {
	r := audit.Measure(sample())
	if r.Unzipped != all || r.Files != 15 {
		t.Errorf("got %d bytes in %d files", r.Unzipped, r.Files)
	}
	shares := []audit.Share{{Name: "arrow", Files: 4, Bytes: 58_000_000}, {Name: "frames", Files: 5, Bytes: 30_000_014},
		{Name: "cloud", Files: 5, Bytes: 3_700_101}, {Name: "", Files: 1, Bytes: 4}}
	if !slices.Equal(r.Distributions, shares) {
		t.Errorf("got  %+v\nwant %+v", r.Distributions, shares)
	}
	entries := sample()
	slices.Reverse(entries)
	if again := audit.Measure(entries); !slices.Equal(again.Distributions, shares) {
		t.Errorf("in another order: %+v", again)
	}
}

func TestCheckLimit(t *testing.T) {
	if err := audit.CheckLimit(sample(), all); err != nil {
		t.Error(err)
	}
	if err := audit.CheckLimit(sample(), all-1); catalogue.KindOf(err) != fault.Layer {
		t.Error(err)
	}
}

func TestCheckLimitSays(t *testing.T) {
	err := audit.CheckLimit(sample(), 90_000_000)
	for _, number := range []string{"91,700,119", "1,700,119", "90,000,000"} {
		if !strings.Contains(err.Error(), number) {
			t.Errorf("no %s in %v", number, err)
		}
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("%T is no fault.Error", err)
	}
	for _, line := range []string{"     58,000,000  arrow", "              4  (files that belong to no distribution)"} {
		if !slices.Contains(f.Details, line) {
			t.Errorf("no %q in\n%s", line, strings.Join(f.Details, "\n"))
		}
	}
}
