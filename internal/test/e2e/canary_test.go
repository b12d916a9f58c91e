package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

// canary is the password in every place that a password can be given.
const canary = "c4nary-5ecret-0f-this-te5t"

// forms are how the canary could show: as it is, and as a request's header has it.
func forms() []string {
	all := []string{canary}
	for _, user := range []string{"bot", "aws"} {
		all = append(all, base64.StdEncoding.EncodeToString([]byte(user+":"+canary)))
	}
	return all
}

// leak returns where in content the canary is, "" if it is not.
func leak(content []byte) string {
	for _, form := range forms() {
		if at := bytes.Index(content, []byte(form)); at >= 0 {
			return fmt.Sprintf("…%s…", content[max(0, at-80):min(len(content), at+len(form)+20)])
		}
	}
	return ""
}

// aviary is a project with a private index, and all places around it where
// something could be left.
type aviary struct {
	*testing.T
	wheels string // the index's files
	root   string // what is searched in the end: project, home, cache, temporary files, layers
	index  *testindex.Server
	env    []string
	// planted are the files that the user himself put the canary into.
	planted map[string]bool
	// refused: the index does not accept the canary.
	refused bool
}

// place names a place where a password can be given, and puts the canary there.
// It returns the environment that it needs.
type place struct {
	name string
	put  func(a *aviary) (env []string)
}

func withUser(raw string) string { return strings.Replace(raw, "://", "://bot:"+canary+"@", 1) }

// places are all that docs/indexes.md has.
var places = []place{
	{"PIP_INDEX_URL", func(a *aviary) []string { return []string{"PIP_INDEX_URL=" + withUser(a.index.Index)} }},
	{"PIP_EXTRA_INDEX_URL", func(a *aviary) []string { return []string{"PIP_EXTRA_INDEX_URL=" + withUser(a.index.Index)} }},
	{"UV_DEFAULT_INDEX", func(a *aviary) []string { return []string{"UV_DEFAULT_INDEX=" + withUser(a.index.Index)} }},
	{"LAMELLA_INDEX_URL", func(a *aviary) []string { return []string{"LAMELLA_INDEX_URL=" + withUser(a.index.Index)} }},
	{"find-links page", func(a *aviary) []string {
		return []string{"LAMELLA_FIND_LINKS=" + withUser(a.index.Index) + "/one/?token=" + canary, "PIP_NO_INDEX=0"}
	}},
	{"pip.conf", func(a *aviary) []string {
		a.plant("pip.conf", "[global]\nindex-url = "+withUser(a.index.Index)+"\n")
		return []string{"PIP_CONFIG_FILE=" + filepath.Join(a.root, "pip.conf")}
	}},
	{"uv.toml", func(a *aviary) []string {
		a.plant("project/uv.toml", "[[index]]\nname = \"corp\"\ndefault = true\nurl = \""+withUser(a.index.Index)+"\"\n")
		return nil
	}},
	{"lamella.toml", func(a *aviary) []string {
		a.plant("project/lamella.toml", "[[index]]\nname = \"corp\"\nurl = \""+withUser(a.index.Index)+"\"\n")
		return nil
	}},
	{"a variable in requirements.txt", func(a *aviary) []string {
		a.write("project/requirements.txt", "--index-url "+strings.Replace(a.index.Index, "://", "://bot:${CANARY}@", 1)+"\n"+a.read("project/requirements.txt"))
		return []string{"CANARY=" + canary}
	}},
	{"UV_INDEX_CORP_PASSWORD", func(a *aviary) []string {
		return []string{"UV_INDEX=corp=" + a.index.Index, "UV_INDEX_CORP_USERNAME=bot", "UV_INDEX_CORP_PASSWORD=" + canary}
	}},
	{"POETRY_HTTP_BASIC_CORP_PASSWORD", func(a *aviary) []string {
		return []string{"UV_INDEX=corp=" + a.index.Index, "POETRY_HTTP_BASIC_CORP_USERNAME=bot", "POETRY_HTTP_BASIC_CORP_PASSWORD=" + canary}
	}},
	{"LAMELLA_INDEX_CORP_TOKEN", func(a *aviary) []string {
		a.index.RequireUser("", "")
		a.index.RequireToken(canary)
		return []string{"UV_INDEX=corp=" + a.index.Index, "LAMELLA_INDEX_CORP_TOKEN=" + canary}
	}},
	{"netrc", func(a *aviary) []string {
		a.plant("home/.netrc", "machine 127.0.0.1 login bot password "+canary+"\n")
		return []string{"PIP_INDEX_URL=" + a.index.Index}
	}},
	{"keyring", func(a *aviary) []string {
		a.plant("bin/keyring", "#!/bin/sh\nsleep 0.05\necho bot\necho "+canary+"\n")
		return []string{"PIP_INDEX_URL=" + a.index.Index, "PATH=" + filepath.Join(a.root, "bin") + string(filepath.ListSeparator) + os.Getenv("PATH")}
	}},
	{"CodeArtifact", func(a *aviary) []string {
		aws := codeArtifact(a.T, a.index.URL)
		a.index.RequireUser("aws", canary)
		a.write("project/lamella.toml", "[[index]]\nname = \"corp\"\nauth = \"codeartifact\"\ndomain = \"d\"\nrepository = \"r\"\n")
		return append(testenv.AWSEnv("http://127.0.0.1:9"), "AWS_ENDPOINT_URL_CODEARTIFACT="+aws, "AWS_SESSION_TOKEN="+canary)
	}},
}

// codeArtifact hands out the canary as a token.
func codeArtifact(t *testing.T, index string) string {
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"authorizationToken": %q, "repositoryEndpoint": %q}`, canary, index+"/")
	}))
	t.Cleanup(aws.Close)
	return aws.URL
}

// newAviary makes the project. Its environment has the canary as the secret of
// AWS, too.
func newAviary(t *testing.T) *aviary {
	a := &aviary{T: t, root: t.TempDir(), planted: map[string]bool{}}
	wheels := filepath.Join(t.TempDir(), "wheels")
	a.wheels = wheels
	file := testindex.MakeWheel(t, wheels, "one", "1.0", "py3-none-any", map[string]string{"one.py": "answer = 42\n"})
	a.index = testindex.Start(t, wheels)
	a.index.RequireUser("bot", canary)
	a.write("project/src/handler.py", "import one\n")
	a.write("project/requirements.txt", "one==1.0 --hash=sha256:"+fileDigest(t, file)+"\n")
	a.env = append(cleanEnv(t, filepath.Join(a.root, "cache")),
		"HOME="+filepath.Join(a.root, "home"), "USERPROFILE="+filepath.Join(a.root, "home"), "TMPDIR="+filepath.Join(a.root, "tmp"),
		"LAMELLA_RUNTIME=python3.13", "LAMELLA_NAME=demo")
	for _, folder := range []string{"home", "tmp"} {
		if err := os.MkdirAll(filepath.Join(a.root, folder), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func (a *aviary) write(name, content string) {
	a.Helper()
	path := filepath.Join(a.root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		a.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		a.Fatal(err)
	}
}

// plant writes a file that may have the canary in it.
func (a *aviary) plant(name, content string) {
	a.write(name, content)
	a.planted[filepath.FromSlash(name)] = true
}

func (a *aviary) read(name string) string {
	content, err := os.ReadFile(filepath.Join(a.root, filepath.FromSlash(name)))
	if err != nil {
		a.Fatal(err)
	}
	return string(content)
}

// run runs one command and searches what it says.
func (a *aviary) run(args ...string) {
	a.Helper()
	got := lamella(a, filepath.Join(a.root, "project"), a.env, args...)
	for _, text := range []string{got.stdout, got.stderr} {
		if where := leak([]byte(text)); where != "" {
			a.Errorf("lamella %q: %s", args, where)
		}
	}
	needsIndex := args[0] == "build" || args[0] == "deploy"
	if needsIndex && a.refused != (got.status != 0) {
		a.Errorf("lamella %q: exit status %d\n%s", args, got.status, got.stderr)
	}
}

// some runs the commands that ask an index.
func (a *aviary) some(destination ...string) {
	a.Helper()
	a.run("build", "-v", "--json")
	a.run(append([]string{"deploy", "-v"}, destination...)...)
}

// every runs every command there is, in turn with text and with JSON as its
// result, or the other way round.
func (a *aviary) every(turn int, destination ...string) {
	a.Helper()
	for i, args := range [][]string{
		{"resolve"}, {"resolve", "--format", "requirements"}, {"resolve", "--format", "pylock"}, {"why", "one"}, {"tree"},
		{"plan"}, {"build"}, {"upload"}, {"publish"}, {"deploy"}, {"deploy", "--force"}, {"history"}, {"show"}, {"verify"},
		{"diff", "1", "2"}, {"rollback", "1"}, {"prune", "--keep", "1"}, {"doctor"}, {"init", "--print"}, {"package", "src"}, {"cache", "verify"}, {"version"},
	} {
		switch args[0] {
		case "plan", "upload", "publish", "deploy", "history", "show", "verify", "diff", "rollback", "prune":
			args = append(args, destination...)
		}
		args = append(args, "-v")
		if (i+turn)%2 == 1 {
			args = append(args, "--json")
		}
		a.run(args...)
	}
}

// search looks into every file that is left, and into zips.
func (a *aviary) search() {
	a.Helper()
	err := filepath.WalkDir(a.root, func(path string, d os.DirEntry, err error) error {
		name, _ := filepath.Rel(a.root, path) // it is below
		if err != nil || !d.Type().IsRegular() || a.planted[name] {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if where := leak(content); where != "" {
			a.Errorf("%s: %s", name, where)
		}
		archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			return nil
		}
		for _, f := range archive.File {
			r, err := f.Open()
			if err != nil {
				a.Fatal(err)
			}
			member, err := io.ReadAll(r)
			if where := leak(member); where != "" || err != nil {
				a.Errorf("%s in %s: %s %v", f.Name, name, where, err)
			}
		}
		return nil
	})
	if err != nil {
		a.Error(err)
	}
}

// watchProcesses looks at the command lines of all processes until the returned
// function is called.
func watchProcesses(t *testing.T) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
			for _, file := range lines {
				pid, _ := strconv.Atoi(strings.Split(file, "/")[2])
				if pid <= os.Getpid() {
					continue // older than this test
				}
				if content, err := os.ReadFile(file); err == nil && leak(content) != "" {
					t.Errorf("a process has the canary on its command line: %q", content)
				}
			}
			select {
			case <-done:
				return
			case <-pause():
			}
		}
	}()
	return func() { close(done); <-ended }
}

// pause is the time between two looks.
func pause() <-chan time.Time { return time.After(30 * time.Millisecond) }

// TestCanary gives a password in every place in turn, once a right one and once
// one that the index refuses, and looks for it in all that the commands say and
// leave behind. make verify runs every command for every place, make test does
// so for one.
func TestCanary(t *testing.T) {
	defer watchProcesses(t)()
	for i, p := range places {
		for turn, refused := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, refused %v", p.name, refused), func(t *testing.T) {
				if runtime.GOOS == "windows" && p.name == "keyring" {
					t.Skip("the stub is a shell script")
				}
				a := newAviary(t)
				a.refused = refused
				a.env = append(a.env, p.put(a)...)
				if refused {
					a.index.RequireToken("another")
				}
				destination := []string{"--to", filepath.Join(a.root, "layers")}
				if i == 0 || testenv.All() {
					a.every(i+turn, destination...)
				} else {
					a.some(destination...)
				}
				a.search()
				if n := a.index.Count("/"); n == 0 {
					t.Error("the index was not asked at all")
				}
			})
		}
	}
}

// TestCanaryOnAWS looks at every byte that goes to S3 and Lambda.
func TestCanaryOnAWS(t *testing.T) {
	a := newAviary(t)
	moto := testenv.Moto(t)
	bucket := testenv.Bucket(t, moto)
	target, err := url.Parse(moto)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var sent bytes.Buffer
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
		dump, err := httputil.DumpRequest(r.In, true)
		if err != nil {
			t.Error(err)
		}
		r.Out.Body = r.In.Body
		mu.Lock()
		sent.Write(dump)
		mu.Unlock()
	}}
	aws := httptest.NewServer(proxy)
	defer aws.Close()
	a.env = append(a.env, testenv.AWSEnv(aws.URL)...)
	a.env = append(a.env, "AWS_SECRET_ACCESS_KEY="+canary, "UV_INDEX=corp="+a.index.Index, "UV_INDEX_CORP_USERNAME=bot", "UV_INDEX_CORP_PASSWORD="+canary)
	for turn := range 2 {
		a.every(turn, "--to", "s3://"+bucket+"/{layer}")
	}
	a.search()
	mu.Lock()
	defer mu.Unlock()
	if where := leak(sent.Bytes()); where != "" {
		t.Errorf("sent to AWS: %s", where)
	}
	if !bytes.Contains(sent.Bytes(), []byte("one==1.0")) {
		t.Error("the lock file was not sent, so nothing was looked at")
	}
}
