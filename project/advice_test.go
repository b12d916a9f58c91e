package project

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/spec"
)

// flat is the lock of the SDK and a client of urllib3, which states no requirements.
const flat = "boto3==1\nbotocore==1\nhttpx==1\njmespath==1\ns3transfer==1\nurllib3==1\n"

// graph is a uv.lock of the same.
var graph = "version = 1\nrequires-python = \">=3.13\"\n" + locked("web", "virtual = \".\"", "boto3", "httpx") +
	locked("boto3", registry, "botocore", "jmespath", "s3transfer") + locked("botocore", registry, "jmespath", "urllib3") +
	locked("httpx", registry, "urllib3") + locked("jmespath", registry) + locked("s3transfer", registry, "botocore") + locked("urllib3", registry)

const registry = "registry = \"https://index.example/simple\""

// locked is a package of a uv.lock.
func locked(name, source string, needs ...string) string {
	text := "[[package]]\nname = \"" + name + "\"\nversion = \"1\"\nsource = { " + source + " }\ndependencies = ["
	for _, n := range needs {
		text += "{ name = \"" + n + "\" },"
	}
	return text + "]\n"
}

// openLock opens a project with this requirements.txt or uv.lock.
func openLock(t *testing.T, lock string) *Project {
	t.Helper()
	dir := t.TempDir()
	name := "requirements.txt"
	if strings.HasPrefix(lock, "version") {
		name = "uv.lock"
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(lock), 0o644); err != nil {
		t.Fatal(err)
	}
	l := spec.Layer{Project: dir, Name: "web", Runtime: "python3.13"}
	l.AllowUnhashed = true
	p, err := Open(t.Context(), l, spec.Env{CacheDir: t.TempDir(), Getenv: func(string) string { return "" }})
	if err == nil {
		err = p.parse()
	}
	if err == nil {
		p.cache, err = openCache(p.env)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var sdkSizes = &audit.Report{Distributions: []audit.Share{{Name: "boto3", Bytes: 1}, {Name: "botocore", Bytes: 20}, {Name: "httpx", Bytes: 300}, {Name: "s3transfer", Bytes: 4000}}}

func TestAdviseSDK(t *testing.T) {
	all := []string{"boto3", "botocore", "jmespath", "s3transfer"}
	for _, test := range []struct {
		name, lock    string
		exclude, gone []string
		bytes         int64
	}{
		{"a graph", graph, []string{"boto3+"}, all, 4021},
		{"a flat lock", flat, all, all, 4021},
		{"no boto3", "httpx==1\n", nil, nil, 0},
	} {
		x, err := openLock(t, test.lock).related()
		if err != nil {
			t.Fatal(err)
		}
		a, ok := adviseSDK(x, sdkSizes)
		if !ok {
			if test.exclude != nil {
				t.Errorf("%s: no advice", test.name)
			}
			continue
		}
		if !slices.Equal(a.Exclude, test.exclude) || !slices.Equal(a.Names, test.gone) || a.Bytes != test.bytes {
			t.Errorf("%s: got %+v", test.name, a)
		}
	}
}

func file(name, text string, size int64) layer.Entry {
	return layer.Entry{Name: "python/" + name, Size: size, Method: layer.Store, Compressed: int64(len(text)), Source: bytes.NewReader([]byte(text))}
}

// A layer is advised to be made smaller before it is too large, and only then, and only by
// what it can do without: boto3 imports botocore.docs.
func TestAdviseFiles(t *testing.T) {
	tree := &builder.Tree{Entries: []layer.Entry{
		file("botocore/client.py", "import botocore.docs.large\n", 27), file("botocore/docs/__init__.py", "", 0), file("botocore/docs/large.rst", "", 5_000_000),
		file("numpy/docs/a.rst", "", 3_000_000), file("numpy/tests/data.bin", "", 9_000_000), file("pyarrow/include/a.h", "", 2_000_000), file("docs/small.txt", "", 10),
	}}
	for _, test := range []struct {
		unzipped, size int64
		slim, want     []string
	}{
		{210_000_010, 40_000_000, nil, []string{"tests", "headers", "docs"}},
		{150_000_000, 51_000_000, nil, []string{"tests", "headers", "docs"}},
		{150_000_000, 51_000_000, []string{"tests", "docs"}, []string{"headers"}},
		{150_000_000, 40_000_000, nil, nil},
	} {
		p := openLock(t, "numpy==1\n")
		p.Layer.Slim = test.slim
		z := &Zip{Unzipped: test.unzipped, Size: test.size}
		if err := p.advise(t.Context(), z, tree, &audit.Report{}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range z.Advice {
			got = append(got, a.Slim)
			if a.Kind == "docs" && a.Bytes >= 5_000_000 {
				t.Errorf("botocore.docs is to be left out: %+v", a)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%d, %d: got %v", test.unzipped, test.size, got)
		}
	}
}
