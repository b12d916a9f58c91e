package lock

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
)

func TestReqLines(t *testing.T) {
	t.Setenv("REQ_SET", "value")
	t.Setenv("REQ_EMPTY", "")
	for _, c := range []struct{ name, content, want string }{
		{"plain", "a\nb\n", "1:a 2:b"},
		{"no newline at the end", "a\nb", "1:a 2:b"},
		{"all line ends", "a\r\nb\rc\vd\fe\u2028f\u0085g", "1:a 2:b 3:c 4:d 5:e 6:f 7:g"},
		{"blank lines", "\n \n\ta\t\n", "3:a"},
		{"comments", "# x\na # y\nb#c\nd\t#e", "2:a 3:b#c 4:d"},
		{"a fragment is no comment", "https://files.example/a.whl#sha256=0", "1:https://files.example/a.whl#sha256=0"},
		{"continuation", "a \\\n  --hash=x \\\n  --hash=y\nb", "1:a   --hash=x   --hash=y 4:b"},
		{"continuation at the end", "a \\", "1:a"},
		{"several backslashes", `a\\\` + "\nb", "1:ab"},
		{"a comment ends a continuation", "a \\\n# x \\\nb", "1:a 3:b"},
		{"a comment line does not continue", "# x \\\na", "2:a"},
		{"a comment behind text continues", "a # x \\\nb", "1:a"},
		{"environment", "${REQ_SET}/${REQ_EMPTY}${REQ_UNSET_}$REQ_SET${req_set}", "1:value/${REQ_EMPTY}${REQ_UNSET_}$REQ_SET${req_set}"},
	} {
		lines, err := (&document{path: "requirements.txt", content: []byte(c.content)}).reqLines()
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, l := range lines {
			got = append(got, fmt.Sprintf("%d:%s", l.number, l.text))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: got %q, want %q", c.name, s, c.want)
		}
	}
}

func TestDecodeText(t *testing.T) {
	const text = "a # ä€𝕏\n"
	wide := func(order binary.AppendByteOrder, size int) string {
		var b []byte
		if size == 2 {
			for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
				b = order.AppendUint16(b, u)
			}
		} else {
			for _, r := range "\ufeff" + text {
				b = order.AppendUint32(b, uint32(r))
			}
		}
		return string(b)
	}
	for name, content := range map[string]string{
		"utf-8":     text,
		"utf-8 BOM": "\ufeff" + text,
		"utf-16le":  wide(binary.LittleEndian, 2),
		"utf-16be":  wide(binary.BigEndian, 2),
		"utf-32le":  wide(binary.LittleEndian, 4),
		"utf-32be":  wide(binary.BigEndian, 4),
	} {
		if got, err := decodeText("requirements.txt", []byte(content)); err != nil || got != text {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := decodeText("requirements.txt", []byte("#!x\n# -*- coding: latin-1 -*-\na # \xe4\n")); err != nil || !strings.HasSuffix(got, "ä\n") {
		t.Errorf("latin-1: %q, %v", got, err)
	}
	for name, content := range map[string]string{
		"other bytes":       "a # \xe4\n",
		"an unknown coding": "# coding: klingon\n",
		"half a character":  "\xff\xfea",
		"cut UTF-32":        "\xff\xfe\x00\x00a",
	} {
		if got, err := decodeText("requirements.txt", []byte(content)); err == nil {
			t.Errorf("%s: decoded to %q", name, got)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct{ line, requirement, want string }{
		{"a==1 --hash=sha256:x --hash sha256:y", "a==1", "hashes:[sha256:x sha256:y]"},
		{"-i https://index.example/simple", "", "indexURL:[https://index.example/simple]"},
		{"-ihttps://index.example", "", "indexURL:[https://index.example]"},
		{"--index-url='https://index.example/a b'", "", "indexURL:[https://index.example/a b]"},
		{"--pypi-url x --extra-index y --extra-index-url=z", "", "indexURL:[x] extraIndexURLs:[y z]"},
		{`-e "a b" -r c\ d --no-index`, "", "editables:[a b] requirements:[c d] noIndex:true"},
		{"--no-binary :all: --only-bin a,b", "", "binary:[{no:true value::all:} {no:false value:a,b}]"},
		{"--pre --prefer-binary --require-hashes --trusted-host x -c y stray -- -f z", "", "constraints:[y] trustedHosts:[x]"},
		{`a; python_version < "3" -f x`, `a; python_version < "3"`, "findLinks:[x]"},
	} {
		requirement, text := splitOptions(c.line)
		o, err := parseOptions(text, optionTable())
		if err != nil || requirement != c.requirement {
			t.Errorf("%s: requirement %q, %v", c.line, requirement, err)
		}
		got := strings.Trim(fmt.Sprintf("%+v", o), "{}")
		for _, want := range strings.SplitAfter(c.want, "] ") {
			if !strings.Contains(got, strings.TrimSpace(want)) {
				t.Errorf("%s: got %s, want %s", c.line, got, want)
			}
		}
	}
	for line, want := range map[string]string{
		"--unheard-of": "--unheard-of",
		"-x":           "-x",
		"--no-index=1": "--no-index",
		"--index-url":  "--index-url",
		"--no":         "--no-binary, --no-index, --no-require-hashes",
		"-e 'a":        "",
		`--hash="x\`:   "",
	} {
		if _, err := parseOptions(line, optionTable()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", line, err, want)
		}
	}
}

func TestShellSplit(t *testing.T) {
	words, err := shellSplit(`a "b \" \c" 'd \' "" e\ f g""h`)
	want := []string{"a", `b " \c`, `d \`, "", "e f", "gh"}
	if err != nil || !slices.Equal(words, want) {
		t.Errorf("%q, %v", words, err)
	}
}

// describe tells a lock's roots, one a line.
func describe(l *Lock) string {
	dir, _ := filepath.Abs(filepath.Dir(l.Path))
	var lines []string
	for _, r := range l.Roots {
		p := l.Packages[r.Package]
		line := []string{p.Where(), p.String()}
		if p.Unpinned != "" {
			line = append(line, "unpinned "+p.Unpinned)
		}
		if p.Source.Kind != FromIndex {
			line = append(line, fmt.Sprint([]string{"", "url", "git", "folder"}[p.Source.Kind]))
			if p.Name != "" {
				line = append(line, p.Source.Location)
			}
		}
		if p.Source.Editable {
			line = append(line, "editable")
		}
		if p.NoBinary {
			line = append(line, "no-binary")
		}
		if len(r.Extras) > 0 {
			line = append(line, fmt.Sprint(r.Extras))
		}
		if !r.Marker.Empty() {
			line = append(line, "; "+r.Marker.String())
		}
		hashes := p.Hashes
		for _, f := range p.Files {
			hashes = append(hashes, f.Hashes...)
			line = append(line, "file "+f.Name)
		}
		for _, h := range hashes {
			line = append(line, h.Hex()[:2])
		}
		lines = append(lines, strings.ReplaceAll(strings.Join(line, " "), FileURL(dir), "DIR"))
	}
	return strings.ReplaceAll(strings.Join(lines, "\n"), dir, "DIR")
}

func hash(c string) string { return "sha256:" + strings.Repeat(c, 64) }

func TestRequirements(t *testing.T) {
	a, b := " --hash="+hash("a"), " --hash="+hash("b")
	for _, c := range []struct{ name, content, want string }{
		{"pins", "Six==1.17.0" + a + b + "\nzope.interface===5.0" + a, "requirements.txt:1 six 1.17.0 aa bb\nrequirements.txt:2 zope-interface 5.0 aa"},
		{"normal version", "a==1.0-RC.1" + a, "requirements.txt:1 a 1.0rc1 aa"},
		{"no hash", "a==1", "requirements.txt:1 a 1"},
		{"extras and marker", `a[Y_y, x] == 1 ; python_version<"3.12"` + a, `requirements.txt:1 a 1 [x y-y] ; python_version < "3.12" aa`},
		{"unpinned", "a>=1,<2\nb==1.*\nc", "requirements.txt:1 a unpinned a<2,>=1\nrequirements.txt:2 b unpinned b==1.*\nrequirements.txt:3 c unpinned c"},
		{"twice", "a==1" + a + "\na==1" + a, "requirements.txt:1 a 1 aa\nrequirements.txt:1 a 1 aa"},
		{"forks", "a==1; os_name=='nt'" + a + "\na==2; os_name!='nt'" + b,
			"requirements.txt:1 a 1 ; os_name == \"nt\" aa\nrequirements.txt:2 a 2 ; os_name != \"nt\" bb"},
		{"URL wheel", "https://files.example/Foo-1.0%2Bcpu-py3-none-any.whl#sha256=" + strings.Repeat("c", 64),
			"requirements.txt:1 foo 1.0+cpu url https://files.example/Foo-1.0%2Bcpu-py3-none-any.whl file Foo-1.0+cpu-py3-none-any.whl cc"},
		{"URL wheel with marker", "https://files.example/foo-1.0-py3-none-any.whl ; os_name == 'posix'" + a,
			`requirements.txt:1 foo 1.0 url https://files.example/foo-1.0-py3-none-any.whl ; os_name == "posix" file foo-1.0-py3-none-any.whl aa`},
		{"name @ URL", "foo[x] @ https://files.example/foo-1.0-py3-none-any.whl" + a,
			"requirements.txt:1 foo 1.0 url https://files.example/foo-1.0-py3-none-any.whl [x] file foo-1.0-py3-none-any.whl aa"},
		{"name @ sdist", "foo @ https://files.example/foo-1.0.tar.gz" + a, "requirements.txt:1 foo url https://files.example/foo-1.0.tar.gz file foo-1.0.tar.gz aa"},
		{"path", "./wheels/foo-1.0-py3-none-any.whl[x] ; os_name == 'posix'" + a,
			`requirements.txt:1 foo 1.0 url DIR/wheels/foo-1.0-py3-none-any.whl [x] ; os_name == "posix" file foo-1.0-py3-none-any.whl aa`},
		{"bare file name", "foo-1.0-py3-none-any.whl" + a, "requirements.txt:1 foo 1.0 url DIR/foo-1.0-py3-none-any.whl file foo-1.0-py3-none-any.whl aa"},
		{"file URL", "file:///srv/foo-1.0-py3-none-any.whl" + a, "requirements.txt:1 foo 1.0 url file:///srv/foo-1.0-py3-none-any.whl file foo-1.0-py3-none-any.whl aa"},
		{"name @ path", "foo @ file:wheels/foo-1.0-py3-none-any.whl" + a, "requirements.txt:1 foo 1.0 url DIR/wheels/foo-1.0-py3-none-any.whl file foo-1.0-py3-none-any.whl aa"},
		{"folder", ".\n./lib#egg=lib", "requirements.txt:1 DIR/ folder\nrequirements.txt:2 lib folder DIR/lib"},
		{"editable", "-e ./lib\n-e git+https://host.example/r@v1#egg=r", "requirements.txt:1 DIR/lib folder editable\nrequirements.txt:2 r git git+https://host.example/r@v1 editable"},
		{"VCS", "git+https://u:p@host.example/r@v1#egg=r\nfoo @ git+ssh://git@host.example/r\nhg+https://u:p@host.example/r",
			"requirements.txt:1 r git git+https://u:p@host.example/r@v1\nrequirements.txt:2 foo git git+ssh://git@host.example/r\nrequirements.txt:3 hg+https://host.example/r git"},
		{"no-binary", "--no-binary :all: --only-binary b\na==1\nb==1\n", "requirements.txt:2 a 1 no-binary\nrequirements.txt:3 b 1"},
		{"no-binary taken back", "--no-binary a,b\na==1\nb==1\n--no-binary :none:\n--no-binary B\n", "requirements.txt:2 a 1\nrequirements.txt:3 b 1 no-binary"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := strings.ReplaceAll(c.want, "requirements.txt:1 DIR/ ", "requirements.txt:1 DIR ")
			if got := describe(mustRead(t, "requirements.txt", c.content)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestRequirementsFiles(t *testing.T) {
	dir := write(t, map[string]string{
		"requirements.txt": "-i https://u:p@index.example/simple\n--extra-index-url https://other.example\n-f links\n-f https://files.example/list\n" +
			"-r sub/base.txt\n-r sub/../sub/base.txt\n-c sub/constraints.txt\nfree\nbounded>1 ; os_name == 'posix'\npinned==1\n",
		"sub/base.txt":        "-f wheels\n-r deep.txt\n./foo-1.0-py3-none-any.whl\n",
		"sub/deep.txt":        "deep==1 --hash=" + hash("d") + "\n",
		"sub/constraints.txt": "free==3 --hash=" + hash("f") + "\nbounded==2 ; python_version < '3.12'\nbounded==4 ; python_version >= '3.12'\npinned==1 --hash=" + hash("1") + "\npinned<2\nunused==1\n",
		"sub/wheels/x":        "",
	})
	l, err := Read(filepath.Join(dir, "requirements.txt"))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"deep.txt:1 deep 1 dd",
		"base.txt:3 foo 1.0 url DIR/foo-1.0-py3-none-any.whl file foo-1.0-py3-none-any.whl",
		"requirements.txt:8 free 3 ff",
		`requirements.txt:9 bounded 2 ; os_name == "posix" and python_version < "3.12"`,
		`requirements.txt:9 bounded 4 ; os_name == "posix" and python_version >= "3.12"`,
		"requirements.txt:10 pinned 1 11",
	}, "\n")
	if got := describe(l); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if l.IndexURL != "https://u:p@index.example/simple" || !slices.Equal(l.ExtraIndexURLs, []string{"https://other.example"}) || l.NoIndex {
		t.Errorf("indexes %s, %v", l.IndexURL, l.ExtraIndexURLs)
	}
	if want := []string{filepath.Join(dir, "links"), "https://files.example/list", filepath.Join(dir, "sub", "wheels")}; !slices.Equal(l.FindLinks, want) {
		t.Errorf("find-links %v, want %v", l.FindLinks, want)
	}
	var includes []string
	for _, i := range l.Includes {
		rel, _ := filepath.Rel(dir, i.Path)
		includes = append(includes, filepath.ToSlash(rel))
		if _, err := digest.Parse(string(i.Digest)); err != nil {
			t.Error(err)
		}
	}
	if want := []string{"sub/base.txt", "sub/deep.txt", "sub/constraints.txt"}; !slices.Equal(includes, want) {
		t.Errorf("includes %v, want %v", includes, want)
	}
}

func TestRequirementsRefusals(t *testing.T) {
	for _, c := range []struct{ name, content, message, hint string }{
		{"one equals sign", "six=1.17", "requirements.txt:1: ", ""},
		{"one equals sign", "six=1.17", "==", ""},
		{"no requirement", "a\n???\n", "requirements.txt:2: ", ""},
		{"option", "a==1 --hush=x", "--hush", ""},
		{"hash algorithm", "a==1 --hash=md5:00", `requirements.txt:1: the hash algorithm must be`, "sha256"},
		{"short hash", "a==1 --hash=sha256:00", "64", "sha256"},
		{"marker", "a==1 ; soon", "requirements.txt:1: ", ""},
		{"other name", "foo @ https://files.example/bar-1.0-py3-none-any.whl", "bar", ""},
		{"wheel name", "https://files.example/bar-1.0.whl", "requirements.txt:1: ", ""},
		{"scheme", "foo @ s3://bucket/foo-1.0-py3-none-any.whl", "s3://bucket/", ""},
		{"hashes of a file", "https://files.example/foo-1.0-py3-none-any.whl --hash=" + hash("a") + " --hash=" + hash("b"), "foo-1.0-py3-none-any.whl", ""},
		{"absent include", "\n-r more.txt", "more.txt", ""},
		{"include of a folder", "-r .", "requirements.txt:1: ", ""},
		{"include by URL", "-c https://u:p@files.example/c.txt", "https://files.example/c.txt", ""},
		{"a URL and more", "foo @ https://u:p@files.example/foo.whl junk ~~", `"foo @ https://files.example/foo.whl junk ~~"`, "URL"},
		{"a URL and a marker", "foo @ https://u:p@files.example/foo.whl ; soon", `marker "soon"`, "marker"},
		{"an open bracket", "foo[a @ https://u:p@files.example/x", `found "@ https://files.example/x"`, "URL"},
		{"endless", "a;" + strings.Repeat("(", 1e6), "more than 100 nested parentheses", "marker"},
		{"itself", "-r requirements.txt", "requirements.txt", ""},
		{"not UTF-8", "a # \xe4", "requirements.txt", "UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readText(t, "requirements.txt", c.content)
			wantFault(t, err, fault.Lock, c.message, c.hint)
			if strings.Contains(err.Error(), "u:p@") {
				t.Error("the message has the password")
			}
			if len(err.Error()) > 600 {
				t.Error("the message is endless")
			}
		})
	}
}

func TestConstraintRefusals(t *testing.T) {
	for _, c := range []struct{ requirement, constraint, message string }{
		{"a==1", "a>=2", "a>=2 in c.txt:1"},
		{"a>=2", "a==1", "a>=2 in requirements.txt:2"},
		{"a", "a[x]==1", "c.txt:1: "},
		{"a", "a @ https://files.example/a-1-py3-none-any.whl", "c.txt:1: "},
		{"a", "<<<<<<< HEAD", "c.txt:1: "},
	} {
		dir := write(t, map[string]string{"requirements.txt": "-c c.txt\n" + c.requirement, "c.txt": c.constraint})
		_, err := Read(filepath.Join(dir, "requirements.txt"))
		wantFault(t, err, fault.Lock, c.message, "")
	}
}

func FuzzRequirements(f *testing.F) {
	fuzzReader(f, "requirements.txt",
		"# coding: latin-1\n-i https://index.example/simple\nsix==1.17.0 \\\n    --hash="+hash("a")+" # via x\n",
		"foo[x] @ https://files.example/foo-1.0-py3-none-any.whl ; os_name == 'posix'\n./a.whl[b]\n-e git+https://h.example/r#egg=r\n",
		"--no-binary :all:,a --only-b \"b c\" 'd\n\xff\xfea\x00")
}
