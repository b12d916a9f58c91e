package sdist

import (
	"context"
	"errors"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/command"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testsource"
	"github.com/lamella-build/lamella/resolve"
)

func TestCheckout(t *testing.T) {
	part := filepath.Join(t.TempDir(), "part")
	testsource.Project{Name: "part", Version: "1.0"}.Commit(t, part)
	repository := filepath.Join(t.TempDir(), "repository")
	first := remote.Commit(t, repository)
	testsource.Git(t, repository, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "file://"+part, "sub")
	changed := remote
	changed.Version = "1.1"
	second := changed.Commit(t, repository)
	testsource.Git(t, repository, "tag", "v2")
	testsource.Git(t, repository, "reset", "--quiet", "--hard", first) // the second commit is on no branch
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "protocol.file.allow") // submodules from this machine
	t.Setenv("GIT_CONFIG_VALUE_0", "always")
	t.Setenv("GIT_DIR", "/nowhere") // as in a hook

	check := func(commit, want string) string {
		t.Helper()
		d, dir := gitOf(remote, "file://"+repository, commit), t.TempDir()
		if err := checkout(context.Background(), &d, dir, time.Minute, nil); err != nil {
			t.Fatal(err, fault.Details(err))
		}
		content, err := os.ReadFile(filepath.Join(dir, "pyproject.toml"))
		if err != nil || !strings.Contains(string(content), want) {
			t.Errorf("%s: got %s, %v", commit, content, err)
		}
		return dir
	}
	check(first, `"1.0"`)
	if _, err := os.Stat(filepath.Join(check(second, `"1.1"`), "sub", "pyproject.toml")); err != nil {
		t.Errorf("the submodule: %v", err)
	}
	d := gitOf(remote, "file://"+repository, strings.Repeat("0", 40))
	err := checkout(context.Background(), &d, t.TempDir(), time.Minute, nil)
	var exit *command.ExitError
	if catalogue.KindOfTool(err) != fault.Machine || !errors.As(err, &exit) || exit.Program != "git fetch" {
		t.Errorf("got %v", err)
	}
}

// A password in the URL reaches the server, and no command line.
func TestCheckoutWithCredentials(t *testing.T) {
	git, err := exec.LookPath("git")
	if err != nil {
		testenv.Without(t, testenv.Git, "no git on PATH (Debian: apt install git)")
	}
	repository := filepath.Join(t.TempDir(), "repository")
	commit := remote.Commit(t, repository)
	testsource.Git(t, repository, "config", "http.receivepack", "false")
	backend := &cgi.Handler{Path: git, Args: []string{"http-backend"}, Env: []string{"GIT_PROJECT_ROOT=" + filepath.Dir(repository), "GIT_HTTP_EXPORT_ALL=1"}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "s3cret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		backend.ServeHTTP(w, r)
	}))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")

	dir := t.TempDir()
	d := gitOf(remote, "http://me:s3cret@"+host+"/repository", commit)
	if err := checkout(context.Background(), &d, dir, time.Minute, nil); err != nil {
		t.Fatal(err, fault.Details(err))
	}
	if config, err := os.ReadFile(filepath.Join(dir, ".git", "config")); err != nil || strings.Contains(string(config), "s3cret") {
		t.Errorf("the work tree's settings are %s, %v", config, err)
	}
	d = gitOf(remote, "http://me:wr0ng@"+host+"/repository", commit)
	err = checkout(context.Background(), &d, t.TempDir(), time.Minute, nil)
	if err == nil || strings.Contains(err.Error()+strings.Join(fault.Details(err), ""), "wr0ng") {
		t.Errorf("with a wrong password: %v %q", err, fault.Details(err))
	}
}

func TestSplit(t *testing.T) {
	for repository, want := range map[string]string{
		"https://me:p%40ss@host.example:8443/r": "https://host.example:8443/r me p@ss",
		"https://token@host.example/r":          "https://host.example/r token",
		"https://host.example/r":                "https://host.example/r",
		"ssh://git@host.example/r":              "ssh://git@host.example/r",
		"git@host.example:r":                    "git@host.example:r",
	} {
		bare, c := split(repository)
		if got := strings.TrimSpace(bare + " " + c.user + " " + c.password); got != want {
			t.Errorf("%s: got %s", repository, got)
		}
		for _, v := range gitEnv(c) {
			if c.password != "" && strings.Contains(v, c.password) && !strings.HasPrefix(v, "LAMELLA_GIT_PASSWORD=") {
				t.Errorf("%s: %s", repository, v)
			}
		}
	}
	if env := gitEnv(credentials{}); slices.ContainsFunc(env, func(v string) bool { return strings.Contains(v, "credential") }) {
		t.Errorf("without credentials: %q", env)
	}
}

func TestNoRepository(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		testenv.Without(t, testenv.Git, "no git on PATH (Debian: apt install git)")
	}
	for _, repository := range []string{"--upload-pack=touch /tmp/x", "ext::sh -c true"} {
		d := resolve.Distribution{Name: "a"}
		d.Source.Repository = repository
		if err := checkout(context.Background(), &d, t.TempDir(), 0, nil); catalogue.KindOf(err) != fault.Lock {
			t.Errorf("%s: got %v", repository, err)
		}
	}
}
