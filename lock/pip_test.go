package lock

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

//go:embed pip_oracle.py
var pipScript string

// understood is what a requirements.txt comes to, to pip and to lamella.
type understood struct {
	Requirements []understoodLine
	Indexes      []string // in order, "default" for the one that is built in
	NoIndex      bool
	FindLinks    []string
	NoBinary     []string // names of requirements for which wheels are forbidden
	Error        string   // why it is refused
}

type understoodLine struct {
	At, Name, Specifiers, URL, Marker string
	Constraint, Editable              bool
	Extras, Hashes                    []string
}

// askPip lets pip's own parser read files in a folder.
func askPip(t *testing.T, folder string, files []string) []understood {
	t.Helper()
	in, err := json.Marshal(map[string]any{"folder": folder, "files": files})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(testenv.Tool(t, "python"), "-c", pipScript)
	cmd.Stdin = bytes.NewReader(in)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "PIP_CONFIG_FILE="+os.DevNull)
	out, err := cmd.Output()
	var answers []understood
	if err == nil {
		err = json.Unmarshal(out, &answers)
	}
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	return answers
}

// understand reads a requirements.txt as lamella does.
func understand(folder, file string) understood {
	path := filepath.Join(folder, file)
	content, err := os.ReadFile(path)
	if err != nil {
		return understood{Error: err.Error()}
	}
	d := &document{path: path, content: content}
	r := newReqReader(d)
	if err := r.readFile(d, false); err != nil {
		return understood{Error: err.Error() + " " + strings.Join(fault.Details(err), " ")}
	}
	u := understood{NoIndex: r.lock.NoIndex, FindLinks: r.lock.FindLinks}
	if !u.NoIndex {
		u.Indexes = append([]string{cmp.Or(r.lock.IndexURL, "default")}, r.lock.ExtraIndexURLs...)
	}
	noBinary := map[string]bool{}
	for _, p := range r.packages {
		u.Requirements = append(u.Requirements, understandLine(folder, p, false))
		if p.Name != "" && r.binary.forbids(p.Name) {
			noBinary[p.Name] = true
		}
	}
	u.NoBinary = slices.Sorted(maps.Keys(noBinary))
	for _, name := range slices.Sorted(maps.Keys(r.constraints)) {
		for _, p := range r.constraints[name] {
			u.Requirements = append(u.Requirements, understandLine(folder, p, true))
		}
	}
	return u
}

func understandLine(folder string, p *reqLinePackage, constraint bool) understoodLine {
	rel, err := filepath.Rel(folder, p.d.path)
	if err != nil {
		rel = p.d.path
	}
	line := understoodLine{
		At: fmt.Sprintf("%s:%d", rel, p.Line), Name: p.Name, Marker: p.marker.String(), Constraint: constraint,
		URL: lowerScheme(p.Source.Location), Editable: p.Source.Editable, Extras: slices.Sorted(slices.Values(p.extras)),
	}
	hashes := p.Hashes
	if p.Source.Kind == FromIndex {
		line.Specifiers = p.specs.String()
	}
	for _, f := range p.Files {
		hashes = append(hashes, f.Hashes...)
	}
	for _, h := range hashes {
		line.Hashes = append(line.Hashes, string(h))
	}
	slices.Sort(line.Hashes)
	return line
}

// surroundings are the files that the cases have beside them.
var surroundings = map[string]string{
	"lib/pyproject.toml":           "[project]\nname = \"lib\"\nversion = \"1\"\n",
	"links/x":                      "",
	"foo-1.0-py3-none-any.whl":     "",
	"sub/foo-2.0-py3-none-any.whl": "",
	"sub/base.txt":                 "base==1\n",
	"sub/nested.txt":               "-r base.txt\n-c limits.txt\nnested==2\n",
	"sub/limits.txt":               "base<3 ; os_name == 'posix'\n-i https://limits.example/simple\n",
	"links.txt":                    "-f links\n-f https://files.example/list\n",
	"more spaced.txt":              "spaced==1\n",
	"sub/links/x":                  "",
	"sub/findlinks.txt":            "-f links\n",
	"empty.txt":                    "",
	"sub/../up.txt":                "-r sub/base.txt\n",
	"binary.txt":                   "--no-binary :all:\n",
}

// handmade are requirements.txt files by hand, each a corner of its own.
var handmade = []string{
	"", "\n\n", "# comment", "six==1.17.0", "six == 1.17.0\r\nfoo===1.x\rbar~=1.4\n",
	"six==1.17.0 # comment", "six==1.17.0# no comment", "six==1.17.0\t# comment", "six==1.17.0\u00a0# comment", "six==1.17.0\x1f", "\x1fsix==1",
	"  six==1  ", "\u3000six==1\u3000", "six[a,B_b]==1", "six[]==1", "six[a", "six (==1)", "six(==1,<2)", "six==1,", "six>=1,<2,!=1.5", "six=1", "six==", "==1", "!", "-", "- six", "--", "-- six==1",
	"six==1;os_name=='posix'", "six==1 ; os_name == 'posix' and (python_version >= '3' or extra == 'x')", "six==1;", "six==1 ;", "six==1; nonsense", "six ; python_version<'3' --hash=sha256:H1",
	// continuations
	"six==1 \\\n  --hash=sha256:H1 \\\n  --hash=sha256:H2", "six==1 \\\n# comment\n--no-index", "six==1 \\\n  # comment \\\nfoo==1", "six\\\n==1", "six==1 \\", "six==1 \\\\\n--hash=sha256:H1",
	"\\\nsix==1", "\\six==1 \\\n--hash=sha256:H1", "# comment \\\nsix==1", "six==1 # comment \\\nfoo==2", "six==1\\\n\n\nfoo==2", "six==1 \\ \nfoo==2", "six==1\x0cfoo==2\x0bbar==3\u2028baz==4\u0085qux==5\x1cquux==6",
	// hashes
	"six==1 --hash=sha256:H1", "six==1 --hash sha256:H1 --hash=sha256:H2", "six==1 --hash=sha256:H1 --hash=sha256:H1", "six==1 --hash=sha512:H3", "six==1 --hash=sha384:H4 --hash=sha256:H1", "six==1 --hash=md5:00", "six==1 --hash=H1", "six==1 --hash=", "six==1 --hash", "six==1 --ha=sha256:H1", "six==1 --hash=sha256:00",
	"--hash=sha256:H1", "six==1 --hash=\"sha256:H1\"", "six==1 '--hash=sha256:H1'", "six==1 --hash='sha256:H1", "six==1\t--hash=sha256:H1", "six==1  --hash=sha256:H1", "six==1 --hash=SHA256:H1",
	// options
	"-i https://index.example/simple", "-ihttps://index.example/simple", "-i=https://index.example/simple", "--index-url https://index.example/simple", "--index-url=https://index.example/simple", "--pypi-url=https://index.example/simple", "--index https://index.example/simple", "--pypi https://index.example/simple",
	"--extra-index-url https://a.example\n--extra-index-url https://b.example", "--extra-index-url https://a.example\n-i https://b.example", "-i https://a.example --extra-index-url https://b.example", "-i https://a.example\n-i https://b.example", "--extra https://a.example",
	"--no-index", "--no-index\n-i https://index.example", "-i https://index.example\n--no-index", "--no-index --extra-index-url https://a.example", "--no-index=1", "--no-ind", "--no-", "--no-b :all:", "--i x", "--index-url", "-i",
	"-f links", "--find-links links", "--find-links=https://files.example/list", "-f nowhere", "-f links -f other", "-f links\n-f https://files.example/a\n-f links", "-f file:///srv/wheels", "-flinks", "-f",
	"--pre", "--pre=1", "--prefer-binary", "--pref", "--pr", "--require-hashes", "--require", "--requirement sub/base.txt", "--no-require-hashes", "--trusted-host files.example", "--trusted-host", "--use-feature=fast-deps", "--use-feature=telepathy", "--all-releases :all:", "--only-final six", "--all", "--only six",
	"--only-binary :all:\nsix==1", "--no-binary :all:\nsix==1\nfoo==1\n--only-binary foo", "--no-binary six,foo\nsix==1\nfoo==1\n--no-binary :none:", "--no-binary :all:,:none:,six\nsix==1\nfoo==1", "--no-binary six --only-binary six\nsix==1", "--no-binary :all:,six,foo\nsix==1", "--no-binary S_ix\ns.ix==1", "six==1 --no-binary six", "-r binary.txt\nsix==1", "--no-binary six\nfoo==1",
	"--config-settings a=b", "six==1 --config-settings a=b", "six==1 -C a=b -C c", "six==1 --config-setting a=b", "six==1 --config-settings=a=b --hash=sha256:H1", "six==1 --global-option=x", "six==1 --install-option=x", "-x", "--unheard-of", "--process-dependency-links", "-Z", "--no-index stray -f links", "-i https://index.example -- -f links", "-i 'https://index.example/a b'", "-i https://index.example/a\\ b", "-i \"https://index.example",
	"six==1 -i https://index.example", "six==1 -r sub/base.txt", "six==1 -e ./lib", "-e ./lib -r sub/base.txt", "-r sub/base.txt -c sub/limits.txt", "-r sub/base.txt -r empty.txt", "-r sub/base.txt -i https://index.example",
	// nesting
	"-r sub/base.txt", "-rsub/base.txt", "--requirement=sub/nested.txt", "-r sub/nested.txt\nsix==1", "-c sub/limits.txt\nbase==1", "-r ./sub/../sub/base.txt", "-r 'more spaced.txt'", "-r more\\ spaced.txt", "-r more spaced.txt", "-r absent.txt", "-c absent.txt", "-r SELF", "-c SELF", "-r sub", "-r empty.txt", "-r", "-r up.txt",
	"-r sub/findlinks.txt", "-r links.txt", "-r sub/base.txt\n-r sub/base.txt", "-r sub/base.txt\n-c sub/base.txt", "-r file:sub/base.txt",
	"-r https://files.example/r.txt", "-r empty.txt six==1",
	// URLs, paths, editables
	"https://files.example/foo-1.0-py3-none-any.whl", "https://files.example/foo-1.0-py3-none-any.whl#sha256=H1", "https://files.example/foo-1.0-py3-none-any.whl --hash=sha256:H1", "https://files.example/foo-1.0-py3-none-any.whl#sha256=H1 --hash=sha256:H1", "https://files.example/foo-1.0-py3-none-any.whl --hash=sha256:H1 --hash=sha256:H2", "https://files.example/foo-1.0-py3-none-any.whl ; os_name == 'nt'", "https://files.example/foo-1.0-py3-none-any.whl;os_name=='nt'", "https://files.example/foo-1.0-py3-none-any.whl; os_name=='nt'",
	"https://files.example/Foo.Bar-1.0%2Bcpu-py3-none-any.whl", "https://files.example/foo-1.0.tar.gz", "https://files.example/foo-1.0.tar.gz#egg=foo", "https://files.example/foo-1.0.tar.gz#egg=foo[x]", "https://files.example/foo-1.0.tar.gz#sha256=H1&egg=foo", "https://files.example/foo.zip#egg=foo&subdirectory=a", "https://files.example/foo-1.0.whl", "https://files.example/foo-1-py3-none-any.whl?a=b#egg=foo", "HTTPS://files.example/foo-1.0-py3-none-any.whl", "ftp://files.example/foo-1.0.tar.gz", "s3://bucket/foo-1.0-py3-none-any.whl",
	"foo @ https://files.example/foo-1.0-py3-none-any.whl", "foo@https://files.example/foo-1.0-py3-none-any.whl", "foo[x] @ https://files.example/foo-1.0-py3-none-any.whl ; os_name == 'nt'", "foo @ https://files.example/foo-1.0-py3-none-any.whl;os_name == 'nt'", "foo @ https://files.example/foo-1.0.tar.gz#sha256=H1", "foo @ https://files.example/bar-1.0-py3-none-any.whl", "foo @ ftp://files.example/foo-1.0-py3-none-any.whl", "foo @ s3://bucket/foo-1.0-py3-none-any.whl", "foo @ https://files.example/foo-1.0-py3-none-any.whl --hash=sha256:H1", "foo @", "foo @ ./foo-1.0-py3-none-any.whl", "foo @ file:./foo-1.0-py3-none-any.whl", "foo @ file:///srv/foo-1.0-py3-none-any.whl",
	"./foo-1.0-py3-none-any.whl", "foo-1.0-py3-none-any.whl", "foo-1.0-py3-none-any.whl[x]", "./foo-1.0-py3-none-any.whl[x,Y] ; os_name == 'nt'", "./foo-1.0-py3-none-any.whl;os_name=='nt'", "./absent-1.0-py3-none-any.whl", "absent-1.0.tar.gz", "./absent", "sub/foo-2.0-py3-none-any.whl", "./lib", "lib", "./lib[x]", "./sub", ".", "./lib ; os_name == 'nt'", "file:foo-1.0-py3-none-any.whl", "file:///srv/foo-1.0-py3-none-any.whl", "file:///srv/a/../foo-1.0-py3-none-any.whl", "./lib --hash=sha256:H1", "foo-1.0.whl",
	"-e ./lib", "-e ./lib[x]", "--editable=./lib", "-e lib", "-e ./absent", "-e git+https://host.example/r.git@v1#egg=r", "-e git+https://host.example/r.git", "-e r @ git+https://host.example/r.git", "-e r[x] @ git+https://host.example/r.git ; os_name == 'nt'", "-e https://files.example/foo.zip", "-e foo==1", "-e", "-e file:///srv/lib", "-e hg+https://host.example/r#egg=r&subdirectory=x", "-e ./lib --config-settings a=b", "-e ./lib --hash=sha256:H1", "-e './lib' ; os_name == 'nt'",
	"git+https://host.example/r.git@v1#egg=r", "git+ssh://git@host.example/r.git", "r @ git+https://host.example/r.git@v1", "r[x] @ git+https://host.example/r.git@v1#subdirectory=a ; os_name == 'nt'", "git+https://host.example/r.git#egg=r[x]", "git+https://host.example/r.git#egg=bad name", "svn+http://host.example/r#egg=r", "bzr+lp:r#egg=r", "git://host.example/r#egg=r", "git+https://host.example/r.git --hash=sha256:H1", "darcs+https://host.example/r",
	// constraints
	"-c sub/limits.txt\n-c sub/limits.txt\nbase", "-c sub/nested.txt\nbase==1",
	// variables
	"six==${VERSION}", "-i https://${USER_NAME}:${PASS}@index.example/simple", "six==${lower}", "six==$VERSION", "six==1 # ${VERSION}", "six==1 ; os_name == '${UNSET}'", "${REQUIREMENT}", "six==${EMPTY}", "${NESTED} ${VERSION}", "-r ${FOLDER}/base.txt", "foo==${VERSION}${VERSION}", "${COMMENT}",
	// encodings
	"\xef\xbb\xbfsix==1", "\xff\xfes\x00i\x00x\x00=\x00=\x001\x00", "\xfe\xff\x00s\x00i\x00x\x00=\x00=\x001", "\xff\xfe\x00\x00s\x00\x00\x00i\x00\x00\x00x\x00\x00\x00", "\x00\x00\xfe\xff\x00\x00\x00s\x00\x00\x00i\x00\x00\x00x", "\xff\xfea", "# -*- coding: latin-1 -*-\nsix==1 # \xe4", "# coding=utf-8\nsix==1 # \u00e4", "\n# coding: latin-1\nsix==1 # \xe4", "# vim: set fileencoding=ascii :\nsix==1", "# coding: klingon\nsix==1", "# coding: cp1252\nsix==1 # \x80", "# coding: utf-16\nsix==1", "\n\n# coding: klingon\nsix==1", "six==1 # coding: klingon", "# coding: ascii\nsix==1 # \u00e4", "six==1 # \xe4", "#\n# coding:iso-8859-15\nsix==1",
	// names
	"Six==1", "s-i_x.y==1", "-six==1", "six-==1", "1six==1", "\u00fcn\u00ef==1", "<<<<<<< HEAD", "six==1\n=======\nsix==2", "six 1", "six==1 foo==2", "six==1.0.*", "six===1.0-whatever", "six==1.0+local.1", "six==1!2.0", "six>=1.0rc1", "a==1.0-RC.1",
}

// Lines that generated files are made of: most are what every requirements.txt
// has, some are refused.
var (
	generatedRequirements = []string{
		"six==1.17.0", "foo[x,Y_y]>=1,<2", "Bar.baz~=1.4", "qux", "six==1.17.0; python_version >= '3.9'", "foo===1.0 ; os_name == \"nt\" or extra == 'x'",
		"foo @ https://files.example/foo-1.0-py3-none-any.whl", "https://files.example/foo-1.0-py3-none-any.whl", "./foo-1.0-py3-none-any.whl", "./lib", "r @ git+https://host.example/r.git@v1",
		"six==${VERSION}", "six (==1.0)", "-e ./lib", "-e git+https://host.example/r.git#egg=r", "https://files.example/foo-1.0.tar.gz#egg=foo&sha256=H1",
	}
	generatedOptions = []string{
		"--hash=sha256:H1", "--hash sha256:H2", "--hash=sha512:H3", "--config-settings a=b", "-C 'a=b c'", "--hash=\"sha256:H1\"", "--ha=sha384:H4",
	}
	generatedLines = []string{
		"-i https://index.example/simple", "--extra-index-url=https://extra.example/simple", "--no-index", "-f links", "--find-links https://files.example/list", "--no-binary :all:", "--no-binary six,foo", "--only-binary=foo",
		"--pre", "--prefer-binary", "--trusted-host files.example", "-r sub/base.txt", "-c sub/limits.txt", "-r sub/nested.txt", "--require-hashes", "# a comment", "", "   ", "--index-url 'https://${USER_NAME}:${PASS}@index.example'", "-r links.txt -f nowhere",
	}
	generatedFaults = []string{"six=1", "--unheard-of", "six==1 --hash=md5:00", "-r absent.txt", "--no-", "six==1 ; nonsense", "-i 'unclosed", "foo ^ bar", "-e nothing", "--hash"}
)

// generateText puts a requirements.txt together at random.
func generateText(r *rand.Rand) string {
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	ends := []string{"\n", "\n", "\n", "\r\n", "\r", " # comment\n", "\t#comment --hash\n", "  \n", "\n# comment \\\n", " \\\n\n"}
	gaps := []string{" ", " ", "  ", " \\\n", " \\\n    ", "\\\n ", " \\\r\n\t "}
	var text strings.Builder
	for range 1 + r.IntN(7) {
		switch n := r.IntN(40); {
		case n < 1:
			text.WriteString(pick(generatedFaults))
		case n < 16:
			text.WriteString(pick(generatedLines))
		default:
			text.WriteString(pick(generatedRequirements))
			for range r.IntN(3) {
				text.WriteString(pick(gaps) + pick(generatedOptions))
			}
		}
		text.WriteString(pick(ends))
	}
	return text.String()
}

// hashesSpelled has hashes for what stands for them in the texts.
var hashesSpelled = strings.NewReplacer("H1", strings.Repeat("a", 64), "H2", strings.Repeat("b", 64), "H3", strings.Repeat("c", 128), "H4", strings.Repeat("d", 96))

// stricter are refusals of what pip's parser lets pass, and why.
var stricter = []argument{
	{`does not have 64 hexadecimal digits`, "pip finds out when no file ever fits"},
	{`has several sha256 hashes`, "pip permits either; a URL has one content"},
	{`is a wheel for bar`, "pip finds out when it has the wheel"},
	{`is not an http, https, or file URL`, "pip cannot fetch it either, and says so later"},
	{`encoding "(cp1252|iso-8859-15)"`, "Python has a hundred codings more"},
}

// laxer are refusals of pip's that lamella does without, and why.
var laxer = []argument{
	{`no such option: --global-option`, "older releases of pip have it; it changes no wheel"},
	{`must be of the form KEY=VAL`, "settings of a build change no wheel"},
	{`option --use-feature: invalid choice`, "the choices change from release to release of pip"},
	{`Allowed hash algorithms.*\n|--hash=SHA256`, "an algorithm is the same in capitals"},
	{`InvalidEggFragment`, "older releases of pip read extras in a URL's egg fragment"},
	{`is not a valid editable requirement|Could not detect requirement name`, "what is editable is no wheel, which is told with what to do about it when it is wanted"},
	{`It looks like a path|is not installable`, "a folder is looked at when it is built"},
	{`FileNotFoundError for url: file:///sub/base.txt`, "a relative file URL is relative to the file that has it, and not to the root"},
	{`UnicodeDecodeError: 'ascii'`, "what is said to be ASCII is read as UTF-8"},
}

// argument is a difference that is meant.
type argument struct{ message, reason string }

// TestPip compares what a requirements.txt comes to with what pip's own parser
// makes of it.
func TestPip(t *testing.T) {
	for name, value := range map[string]string{
		"VERSION": "1.5", "USER_NAME": "u", "PASS": "p%40", "REQUIREMENT": "six==1 --hash=sha256:" + strings.Repeat("a", 64), "EMPTY": "",
		"NESTED": "six==${VERSION}", "FOLDER": "sub", "COMMENT": "six==1 # comment",
	} {
		t.Setenv(name, value)
	}
	cases := slices.Clone(handmade)
	r := rand.New(rand.NewPCG(3, 4))
	for range 600 {
		cases = append(cases, generateText(r))
	}
	folder := t.TempDir()
	write := func(name, content string) {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range surroundings {
		write(name, content)
	}
	var files []string
	for i, text := range cases {
		files = append(files, fmt.Sprintf("%d.txt", i))
		write(files[i], strings.ReplaceAll(hashesSpelled.Replace(text), "SELF", files[i]))
	}
	refused, used := 0, map[string]int{}
	for i, want := range askPip(t, folder, files) {
		got := understand(folder, files[i])
		if want.Error != "" && got.Error != "" {
			refused++
			continue
		}
		if difference := comparePip(got, want, used); difference != "" {
			t.Errorf("%q:\n%s", cases[i], strings.ReplaceAll(difference, folder, "DIR"))
		}
	}
	t.Logf("%d files compared, of which both refuse %d; argued differences: %v", len(cases), refused, used)
	for _, d := range slices.Concat(stricter, laxer) {
		if used[d.reason] == 0 {
			t.Errorf("%q is no difference any more (%s)", d.message, d.reason)
		}
	}
}

// comparePip tells in what two readings differ, "" if in nothing that is not argued.
func comparePip(got, want understood, used map[string]int) string {
	argued, message := stricter, got.Error
	if want.Error != "" {
		argued, message = laxer, want.Error
	}
	for _, d := range argued {
		if message != "" && regexp.MustCompile(d.message).MatchString(message) {
			used[d.reason]++
			return ""
		}
	}
	// pip reads a file each time it is included; here it counts once.
	var requirements []understoodLine
	for _, line := range want.Requirements {
		if !slices.ContainsFunc(requirements, func(l understoodLine) bool { return l.At == line.At && l.Constraint == line.Constraint }) {
			requirements = append(requirements, line)
		}
	}
	links := slices.Compact(slices.Sorted(slices.Values(want.FindLinks)))
	if len(requirements) < len(want.Requirements) || len(links) < len(want.FindLinks) {
		used["a file that is included twice counts once"]++
		want.Indexes, want.FindLinks = got.Indexes, got.FindLinks
	}
	want.Requirements = requirements
	for i := range want.Requirements {
		want.Requirements[i].URL = lowerScheme(want.Requirements[i].URL)
	}
	slices.SortStableFunc(want.Requirements, func(a, b understoodLine) int {
		if a.Constraint && b.Constraint {
			return strings.Compare(a.Name, b.Name)
		}
		return strings.Compare(fmt.Sprint(a.Constraint), fmt.Sprint(b.Constraint))
	})
	g, w := spell(got), spell(want)
	if g == w {
		return ""
	}
	return "lamella: " + g + "\n    pip: " + w
}

func lowerScheme(location string) string {
	if scheme, rest, ok := strings.Cut(location, ":"); ok {
		return strings.ToLower(scheme) + ":" + rest
	}
	return location
}

func spell(u understood) string {
	text, err := json.Marshal(u)
	if err != nil {
		panic(err)
	}
	return strings.NewReplacer("null", "[]").Replace(string(text))
}
