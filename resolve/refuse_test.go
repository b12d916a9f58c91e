package resolve

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
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
				"a-2-py3-none-any.whl is version 2", "b-1-py3-none-any.whl is a wheel for b", "a-1.whl is not a valid wheel file name: expected", "a-1.tar.gz is a source distribution",
			"--runtime python3.12", "uv add 'a!=1'", "--allow-build a"}},
		{name: "no glibc is new enough", target: "python3.13/x86_64", content: uvLock("", needA, uvPackage("a", "1", []string{"a-1-cp313-cp313-manylinux_2_99_x86_64.whl"})), kind: fault.Lock,
			want: []string{"python3.13 has 2.34"}},
		{name: "sdist only", content: uvLock("", needA, uvPackage("a", "1", []string{"a-1.tar.gz"})), kind: fault.Lock,
			want: []string{"(uv.lock:9, required by the project)", "--allow-build a", "--exclude a"}},
		{name: "git", content: uvLock("", needA, source(`git = "https://me:secret@host.example/r#0123"`, "")), kind: fault.Lock, want: []string{"https://host.example/r#0123", "--allow-build a", "--exclude a"}},
		{name: "editable", content: uvLock("", needA, source(`editable = "a"`, "")), kind: fault.Lock, want: []string{"editable dependency", "--allow-build a"}},
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
		{name: "undefined variable", content: uvLock("", `dependencies = [{ name = "app", marker = "'x' in extras" }]`), kind: fault.Lock, want: []string{"uv.lock:4: package app 1: ", "uv lock"}},
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
	wantFault(t, err, fault.Lock, "4 distributions", "editable dependency", "b 1 ", "d 2 ", "e 3 ",
		"uv add 'b!=1'", `add "d!=2" and "e!=3" to constraint-dependencies`, "--allow-build a --allow-build b --allow-build d --allow-build e", "--exclude a --exclude b --exclude d --exclude e")
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
		{"nothing in the index", "a==1" + h, nil, []string{"a 1 "}},
		{"no wheel", "a==1" + h, []string{"a-1.zip", "a-1-cp311-cp311-win32.whl"}, []string{"a-1-cp311-cp311-win32.whl is for Windows", compile, "--allow-build "}},
		{"VCS", "git+https://me:secret@host.example/r#egg=r", nil, []string{"git+https://host.example/r", "--allow-build "}},
		{"VCS without a name", "git+https://me:secret@host.example/r", nil, []string{"git+https://host.example/r"}},
		{"editable", "-e .", nil, []string{"editable dependency", "--allow-build "}},
		{"no-binary", "--no-binary a\na==1" + h, nil, []string{"--no-binary", "--allow-build "}},
		{"twice", "a==1" + h + "a==2" + h, nil, []string{"a", "(requirements.txt:1 or requirements.txt:2)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Resolve(context.Background(), read(t, "requirements.txt", c.content), targetOf(t, "python3.11/arm64"), Options{}, &finder{files: map[string][]string{"a": c.files}})
			wantFault(t, err, fault.Lock, c.want...)
		})
	}
	l := read(t, "requirements.txt", "a==1"+h)
	gone := &fault.Error{Kind: fault.Index, Message: "cannot look up a in the index", Subject: "a", Err: errors.New("the server returned 503 Service Unavailable"),
		Hints: []string{"try again later, or use another index: --index-url URL"}}
	_, err := Resolve(context.Background(), l, targetOf(t, "python3.11/arm64"), Options{}, &finder{err: gone})
	wantFault(t, err, fault.Index, "503")
	_, err = Resolve(context.Background(), l, targetOf(t, "python3.11/arm64"), Options{}, nil)
	wantMisuse(t, err, "a 1")
}

// missing are the files of a distribution, by why it cannot be installed.
var missing = map[string]func(name string) []string{
	"Windows only":     func(name string) []string { return []string{name + "-1-cp313-cp313-win_amd64.whl"} },
	"another Python":   func(name string) []string { return []string{name + "-1-cp39-cp39-manylinux_2_17_x86_64.whl"} },
	"source only":      func(name string) []string { return []string{name + "-1.tar.gz"} },
	"source and wheel": func(name string) []string { return []string{name + "-1.tar.gz", name + "-1-cp313-cp313-win_amd64.whl"} },
	"nothing":          func(string) []string { return nil },
}

// What has to be done in a line of its own for each of several distributions is one hint,
// which names them all.
func TestReportOfLines(t *testing.T) {
	const git = "git+https://host.example/r"
	for _, c := range []struct {
		format, cause string
		line          func(name string) string
	}{
		{"requirements.txt", "no hash of a URL", func(name string) string { return "https://files.example/" + name + "-1-py3-none-any.whl" }},
		{"requirements.txt", "no commit", func(name string) string { return name + " @ " + git }},
		{"requirements.txt", "no name", func(name string) string { return git + name }},
		{"requirements.txt", "Mercurial", func(name string) string { return name + " @ hg+https://host.example/r" }},
		{"requirements.txt", "unpinned", func(name string) string { return name }},
		{"requirements.txt", "no-binary", func(name string) string { return "--no-binary " + name + "\n" + name + "==1 --hash=" + sha("a") }},
		{"Pipfile.lock", "unpinned", func(name string) string { return fmt.Sprintf(`%q: {"version": "*"}`, name) }},
		{"Pipfile.lock", "no hash", func(name string) string { return fmt.Sprintf(`%q: {"version": "==1"}`, name) }},
	} {
		report := func(n int) *fault.Error {
			var lines []string
			for k := range n {
				lines = append(lines, c.line(fmt.Sprintf("dist%d", k)))
			}
			content := strings.Join(lines, "\n")
			if c.format == "Pipfile.lock" {
				content = `{"_meta": {"pipfile-spec": 6, "sources": []}, "default": {` + strings.Join(lines, ", ") + `}}`
			}
			_, err := Resolve(t.Context(), read(t, c.format, content), targetOf(t, "python3.13/x86_64"), Options{AllowBuild: []string{AllPackages}}, &finder{})
			if fault.KindOf(err) != fault.Lock {
				t.Fatalf("%s, %s: %v", c.format, c.cause, err)
			}
			e, _ := errors.AsType[*fault.Error](err)
			return e
		}
		catalogue.Record(report(2))
		one, many := report(1), report(10)
		if lines := 1 + len(many.Details) + len(many.Hints); lines > 25 || len(many.Hints) != len(one.Hints) || len(many.Hints) == 0 {
			t.Errorf("%s, %s: %d lines; hints %q\nof one: %q", c.format, c.cause, lines, many.Hints, one.Hints)
		}
	}
}

// The hint to use wheels in spite of --no-binary names all distributions.
func TestHintToUseWheels(t *testing.T) {
	line := func(name string) string { return "--no-binary " + name + "\n" + name + "==1 --hash=" + sha("a") + "\n" }
	_, err := Resolve(t.Context(), read(t, "requirements.txt", line("a")+line("b")), targetOf(t, "python3.13/x86_64"), Options{}, &finder{})
	wantFault(t, err, fault.Lock, "remove a and b from --no-binary")
}

// lockOf is a lock file of a format with these distributions, each with the same files
// as the finder has, where the format names files.
func lockOf(format string, files map[string][]string) string {
	var b strings.Builder
	names := slices.Sorted(maps.Keys(files))
	switch format {
	case "uv.lock":
		var app []string
		for _, name := range names {
			app = append(app, fmt.Sprintf("{ name = %q }", name))
			b.WriteString(uvPackage(name, "1", files[name]))
		}
		return uvLock("", "dependencies = ["+strings.Join(app, ", ")+"]", b.String())
	case "poetry.lock":
		for _, name := range names {
			fmt.Fprintf(&b, "[[package]]\nname = %q\nversion = \"1\"\noptional = false\npython-versions = \"*\"\ngroups = [\"main\"]\nfiles = [", name)
			for _, file := range files[name] {
				fmt.Fprintf(&b, "{file = %q, hash = %q},", file, sha("a"))
			}
			b.WriteString("]\n\n")
		}
		return b.String() + "[metadata]\nlock-version = \"2.1\"\npython-versions = \"*\"\n"
	case "Pipfile.lock":
		var all []string
		for _, name := range names {
			all = append(all, fmt.Sprintf("%q: {\"version\": \"==1\", \"hashes\": [%q]}", name, sha("a")))
		}
		return `{"_meta": {"pipfile-spec": 6, "sources": []}, "default": {` + strings.Join(all, ", ") + `}, "develop": {}}`
	}
	for _, name := range names {
		fmt.Fprintf(&b, "%s==1 --hash=%s\n", name, sha("a"))
	}
	return b.String()
}

// The report about ten distributions fits a screen, and has as many hints as one about two
// with the same causes.
func TestReportOfTen(t *testing.T) {
	causes := slices.Sorted(maps.Keys(missing))
	for _, format := range []string{"uv.lock", "poetry.lock", "Pipfile.lock", "requirements.txt"} {
		for i, one := range causes {
			for _, other := range causes[i+1:] {
				report := func(n int) *fault.Error {
					files := map[string][]string{"fits": {"fits-1-py3-none-any.whl"}}
					for k := range n {
						name := fmt.Sprintf("dist%d", k)
						files[name] = missing[[]string{one, other}[k%2]](name)
					}
					_, err := Resolve(t.Context(), read(t, format, lockOf(format, files)), targetOf(t, "python3.13/x86_64"), Options{}, &finder{files: files})
					if fault.KindOf(err) != fault.Lock {
						t.Fatalf("%s, %s and %s: %v", format, one, other, err)
					}
					e, _ := errors.AsType[*fault.Error](err)
					return e
				}
				few, many := report(2), report(10)
				if lines := 1 + len(many.Details) + len(many.Hints); lines > 25 || len(many.Hints) != len(few.Hints) || len(many.Hints) == 0 {
					t.Errorf("%s, %s and %s: %d lines; hints %q\nof two: %q", format, one, other, lines, many.Hints, few.Hints)
				}
				for k := range 10 {
					if want := fmt.Sprintf("dist%d 1 ", k); !slices.ContainsFunc(many.Details, func(line string) bool { return strings.HasPrefix(line, want) }) {
						t.Errorf("%s, %s and %s: no line for %s", format, one, other, want)
					}
				}
			}
		}
	}
}

// Of thousands of refused packages, the first are described, in order, and the others are
// counted: in the error, in its hints, and in the gaps.
func TestManyRefusals(t *testing.T) {
	const all = 3*shown + 7
	head := map[string]string{
		"uv.lock": "", "pylock.toml": "lock-version = \"1.0\"\ncreated-by = \"x\"\n",
		"requirements.txt": "", "Pipfile.lock": "{\"_meta\": {\"pipfile-spec\": 6}, \"default\": {\"p0000\": {}",
	}
	for name, line := range map[string]func(i int) string{
		"uv.lock without files": nil,
		"uv.lock for Windows":   nil,
		"pylock.toml": func(i int) string {
			return fmt.Sprintf("[[packages]]\nname = \"p%04d\"\nversion = \"1\"\nsdist = {name = \"p%04[1]d-1.zip\", path = \"x\", hashes = {sha256 = \"%[2]s\"}}\n", i, strings.Repeat("0", 64))
		},
		"requirements.txt": func(i int) string { return fmt.Sprintf("p%04d==1\n", i) },
		"Pipfile.lock": func(i int) string {
			if i == 0 {
				return ""
			}
			return fmt.Sprintf(",\n\"p%04d\": {}", i)
		},
	} {
		file, _, _ := strings.Cut(name, " ")
		var text, requires strings.Builder
		var packages []string
		text.WriteString(head[file])
		for i := range all {
			if line != nil {
				text.WriteString(line(i))
				continue
			}
			p := fmt.Sprintf("p%04d", i)
			var files []string
			if strings.HasSuffix(name, "Windows") {
				files = []string{p + "-1-cp313-cp313-win_amd64.whl"}
			}
			fmt.Fprintf(&requires, "{ name = %q },\n", p)
			packages = append(packages, uvPackage(p, "1", files))
		}
		content := text.String()
		switch file {
		case "uv.lock":
			content = uvLock("", "dependencies = [\n"+requires.String()+"]", packages...)
		case "Pipfile.lock":
			content += "}}"
		}
		l := read(t, file, content)
		_, err := Resolve(t.Context(), l, targetOf(t, "python3.13/x86_64"), Options{}, nil)
		lines := fault.Details(err)
		if fault.KindOf(err) != fault.Lock || !strings.HasPrefix(err.Error(), strconv.Itoa(all)+" distributions ") || len(lines) <= shown {
			t.Fatalf("%s: %v, %d lines", name, err, len(lines))
		}
		if !strings.HasPrefix(lines[0], "p0000 ") || lines[len(lines)-1] != "and 207 more distributions" || len(lines) > 2*shown+1 || strings.Contains(strings.Join(lines, "")+strings.Join(fault.Hints(err), ""), "p0100") {
			t.Errorf("%s: %d lines, %q", name, len(lines), fault.Hints(err))
		}
		r, known := ResolveKnown(t.Context(), l, targetOf(t, "python3.13/x86_64"), Options{}, nil)
		if known == nil || known.Error() != err.Error() || len(r.Gaps) != all {
			t.Fatalf("%s: %d gaps, %v", name, len(r.Gaps), known)
		}
		for i, gap := range r.Gaps {
			if gap.Name != fmt.Sprintf("p%04d", i) || gap.Reason != r.Gaps[0].Reason && file != "Pipfile.lock" || (gap.Err != nil) != (i < shown) {
				t.Errorf("%s: gap %d is %+v", name, i, gap)
			}
		}
	}
}

// A wrong name does not list thousands of others.
func TestManyNames(t *testing.T) {
	var extras []string
	for i := range 2 * shown {
		extras = append(extras, fmt.Sprintf("%q", fmt.Sprintf("e%04d", i)))
	}
	l := read(t, "pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"x\"\nextras = ["+strings.Join(extras, ", ")+"]\npackages = []\n")
	_, err := Resolve(t.Context(), l, targetOf(t, "python3.13/x86_64"), Options{Selection: Selection{Extras: []string{"nope"}}}, nil)
	if hints := fault.Hints(err); fault.KindOf(err) != fault.Usage || len(hints) != 1 || !strings.HasPrefix(hints[0], "choose one of: e0000, ") || !strings.HasSuffix(hints[0], " e0099, and 100 more") {
		t.Errorf("%v, %q", err, hints)
	}
}
