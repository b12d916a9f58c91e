package resolve

import (
	"context"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
)

func TestUVRefusals(t *testing.T) {
	needA := `dependencies = [{ name = "a" }]`
	numpy := []string{"a-1-cp311-cp311-macosx_11_0_arm64.whl", "a-1-cp312-cp312-manylinux_2_28_x86_64.whl", "a-2-py3-none-any.whl", "a-1-cp311-cp311-manylinux_2_28_x86_64.whl", "b-1-py3-none-any.whl", "a-1.whl", "a-1.tar.gz"}
	for _, c := range []struct {
		name, target, content string
		options               Options
		kind                  fault.Kind
		want                  []string
	}{
		{name: "glibc too old", target: "python3.11/x86_64", content: uvLock("", needA, uvPackage("a", "1", numpy)), kind: fault.Lock, want: []string{
			"python3.11 on x86_64", "(uv.lock:9, required by the project)",
			"a-1-cp311-cp311-manylinux_2_28_x86_64.whl needs glibc 2.28 (manylinux_2_28), but python3.11 has 2.26; use python3.12 or later, or another version of a\n" + // the nearest first
				"a-1-cp312-cp312-manylinux_2_28_x86_64.whl is for CPython 3.12 (cp312)\n" +
				"a-1-cp311-cp311-macosx_11_0_arm64.whl is for macOS (macosx_11_0_arm64)\n" +
				"a-2-py3-none-any.whl is version 2", "b-1-py3-none-any.whl is a wheel of b", "a-1.whl has ", "a-1.tar.gz is a source distribution",
			"--runtime python3.12", "uv add 'a!=1'", "--allow-build a"}},
		{name: "no glibc is new enough", target: "python3.13/x86_64", content: uvLock("", needA, uvPackage("a", "1", []string{"a-1-cp313-cp313-manylinux_2_99_x86_64.whl"})), kind: fault.Lock,
			want: []string{"python3.13 has 2.34"}},
		{name: "sdist only", content: uvLock("", needA, uvPackage("a", "1", []string{"a-1.tar.gz"})), kind: fault.Lock,
			want: []string{"(uv.lock:9, required by the project)", "--allow-build a", "--exclude a"}},
		{name: "git", content: uvLock("", needA, source(`git = "https://me:secret@host.example/r#0123"`, "")), kind: fault.Lock, want: []string{"https://host.example/r#0123", "--allow-build a", "--exclude a"}},
		{name: "editable", content: uvLock("", needA, source(`editable = "a"`, "")), kind: fault.Lock, want: []string{"editable folder", "--allow-build a"}},
		{name: "directory", content: uvLock("", needA, source(`directory = "a"`, "")), kind: fault.Lock, want: []string{"folder", "--allow-build a"}},
		{name: "path to an sdist", content: uvLock("", needA, source(`path = "a-1.tar.gz"`, "sdist = { hash = \""+sha("a")+"\" }\n")), kind: fault.Lock, want: []string{"a-1.tar.gz is a source distribution"}},
		{name: "no file", content: uvLock("", needA, source(`url = "https://files.example/a"`, "")), kind: fault.Lock, want: []string{"a 1 "}},
		{name: "no hash", content: uvLock("", needA, strings.ReplaceAll(pure("a", "1"), `, hash = "`+sha("a")+`"`, "")), kind: fault.Lock,
			want: []string{"a-1-py3-none-any.whl", "uv lock --upgrade-package a"}},
		{name: "a weak hash", content: uvLock("", needA, strings.ReplaceAll(pure("a", "1"), sha("a"), "md5:00")), kind: fault.Lock, want: []string{`"md5"`}},
		{name: "several at once", content: uvLock("", `dependencies = [{ name = "a" }, { name = "b" }]`, uvPackage("a", "1", []string{"a-1.zip"}), uvPackage("b", "1", []string{"b-1.zip"})), kind: fault.Lock,
			want: []string{"2 distributions", "a 1 ", "  a-1.zip is a source distribution", "b 1 "}},
		{name: "Python", target: "python3.9/x86_64", content: strings.Replace(uvLock("", ""), ">=3.9", ">=3.12", 1), kind: fault.Lock,
			want: []string{">=3.12", "python3.9", "--runtime python3.14   # or python3.13, python3.12", "uv lock"}},
		{name: "environment", content: uvLock("resolution-markers = [\"sys_platform == 'darwin'\", \"sys_platform == 'win32'\"]\n", ""), kind: fault.Lock,
			want: []string{"python3.13 on x86_64", `covered: sys_platform == "darwin"`, "tool.uv.environments"}},
		{name: "one of two lists", content: uvLock("resolution-markers = [\"python_version >= '3'\"]\nsupported-markers = [\"platform_machine == 'arm64'\"]\n", ""), kind: fault.Lock,
			want: []string{`covered: platform_machine == "arm64"`}},
		{name: "two of one name", content: uvLock("", "dependencies = [{ name = \"a\", version = \"1\" }, { name = \"b\" }]", pure("a", "1"), pure("a", "2"), pure("b", "1", `dependencies = [{ name = "a", version = "2" }]`)), kind: fault.Lock,
			want: []string{"a", "a 1 (uv.lock:9), required by the project", "a 2 (uv.lock:17), required by b", "uv lock"}},
		{name: "unknown extra", content: uvLock("", "[package.optional-dependencies]\nx = []\ny = []"), options: Options{Selection: Selection{Extras: []string{"z"}}}, kind: fault.Usage, want: []string{`"z"`, "x, y"}},
		{name: "unknown group", content: uvLock("", ""), options: Options{Selection: Selection{Groups: []string{"dev"}}}, kind: fault.Usage, want: []string{`"dev"`, "--group"}},
		{name: "undefined variable", content: uvLock("", `dependencies = [{ name = "app", marker = "'x' in extras" }]`), kind: fault.Lock, want: []string{"uv.lock:4: app 1: "}},
		{name: "conflicting members", content: "version = 1\nrequires-python = \">=3.9\"\nconflicts = [[{ package = \"a\" }, { package = \"b\" }]]\n[manifest]\nmembers = [\"a\", \"b\"]\n" +
			"[[package]]\nname = \"a\"\nsource = { editable = \"a\" }\n[[package]]\nname = \"b\"\nsource = { editable = \"b\" }\n", kind: fault.Lock, want: []string{"a and b", "--package b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.target == "" {
				c.target = "python3.13/x86_64"
			}
			_, err := Resolve(context.Background(), read(t, "uv.lock", c.content), targetOf(t, c.target), c.options, nil)
			wantFault(t, err, c.kind, c.want...)
		})
	}
}

// All that is wrong is told at once, and what helps once for all of it.
func TestReportGrouped(t *testing.T) {
	l := read(t, "uv.lock", uvLock("", `dependencies = [{ name = "a" }, { name = "b" }, { name = "c" }]`,
		source(`editable = "a"`, ""), uvPackage("b", "1", []string{"b-1.tar.gz"}),
		strings.Replace(pure("c", "1"), "wheels", "dependencies = [{ name = \"d\" }, { name = \"e\" }]\nwheels", 1),
		uvPackage("d", "2", []string{"d-2-cp312-cp312-win_amd64.whl", "d-2.tar.gz"}), uvPackage("e", "3", []string{"e-3.zip"})))
	r, err := ResolveKnown(context.Background(), l, targetOf(t, "python3.13/x86_64"), Options{}, nil)
	wantFault(t, err, fault.Lock, "4 distributions", "editable folder", "b 1 ", "d 2 ", "e 3 ",
		"uv add 'b!=1'", `add "d!=2", "e!=3" to constraint-dependencies`, "--allow-build a --allow-build b --allow-build d --allow-build e", "--exclude a --exclude b --exclude d --exclude e")
	if hints := fault.Hints(err); len(hints) != 4 {
		t.Errorf("%d hints: %q", len(hints), hints)
	}
	var gaps []string
	for _, g := range r.Gaps {
		gaps = append(gaps, g.Name+" "+g.Version)
	}
	if got := strings.Join(gaps, ", "); len(r.Distributions) != 1 || got != "a 1, b 1, d 2, e 3" {
		t.Errorf("known are %v; missing are %s", r.Distributions, got)
	}
}

func TestRequirementsRefusals(t *testing.T) {
	h := " --hash=" + sha("a") + "\n"
	const compile = "--generate-hashes --only-binary :all: --python-version 3.11 --python-platform aarch64-manylinux_2_17 -o "
	for _, c := range []struct {
		name, content string
		files         []string
		want          []string
	}{
		{"unpinned", "a>=1\n", nil, []string{"a>=1", "(requirements.txt:1, required by the project)", compile}},
		{"no hash", "\na==1\n", nil, []string{"a 1 ", "(requirements.txt:2", compile, "--allow-unhashed"}},
		{"no hash of a URL", "https://files.example/a-1-py3-none-any.whl", nil, []string{"a-1-py3-none-any.whl", "add its hash to requirements.txt:1", "pip hash a-1-py3-none-any.whl"}},
		{"nothing on the index", "a==1" + h, nil, []string{"a 1 "}},
		{"no wheel", "a==1" + h, []string{"a-1.zip", "a-1-cp311-cp311-win32.whl"}, []string{"a-1-cp311-cp311-win32.whl is for Windows", compile, "--allow-build "}},
		{"VCS", "git+https://me:secret@host.example/r#egg=r", nil, []string{"git+https://host.example/r", "--allow-build "}},
		{"VCS without a name", "git+https://me:secret@host.example/r", nil, []string{"git+https://host.example/r"}},
		{"editable", "-e .", nil, []string{"editable folder", "--allow-build "}},
		{"no-binary", "--no-binary a\na==1" + h, nil, []string{"--no-binary", "--allow-build "}},
		{"twice", "a==1" + h + "a==2" + h, nil, []string{"a", "requirements.txt:1", "requirements.txt:2", compile}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Resolve(context.Background(), read(t, "requirements.txt", c.content), targetOf(t, "python3.11/arm64"), Options{}, &finder{files: map[string][]string{"a": c.files}})
			wantFault(t, err, fault.Lock, c.want...)
		})
	}
	l := read(t, "requirements.txt", "a==1"+h)
	gone := &fault.Error{Kind: fault.Index, Message: "gone", Subject: "a"}
	_, err := Resolve(context.Background(), l, targetOf(t, "python3.11/arm64"), Options{}, &finder{err: gone})
	wantFault(t, err, fault.Index, "gone")
	_, err = Resolve(context.Background(), l, targetOf(t, "python3.11/arm64"), Options{}, nil)
	wantFault(t, err, fault.Usage, "a 1")
}
