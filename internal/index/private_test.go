package index

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/index/codeartifact"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/lock"
)

// privateBench is a bench whose main index wants a password, beside a private
// one. Both have a package "corp", the main one also in a higher version; the
// private index's is the right one.
type privateBench struct {
	*bench
	corp *testindex.Server
	env  environment
}

const corpName = "corp-1.0-py3-none-any.whl"

func newPrivateBench(t *testing.T) *privateBench {
	p := &privateBench{bench: newBench(t), env: environment{}}
	p.index.RequireUser("reader", "s3cret-main")
	for _, version := range []string{"1.0", "9.0"} {
		testindex.MakeWheel(t, p.dir, "corp", version, "py3-none-any", map[string]string{"corp.py": "evil = True\n"})
	}
	folder := t.TempDir()
	testindex.MakeWheel(t, folder, "corp", "1.0", "py3-none-any", map[string]string{"corp.py": "evil = False\n"})
	p.corp = testindex.Start(t, folder)
	p.dir = folder // where the right files are
	return p
}

// discover makes the client of what the project and the environment say.
func (p *privateBench) discover(explicit, fromLock Settings) {
	p.Helper()
	fromLock.URL = strings.Replace(p.index.Index, "://", "://reader:s3cret-main@", 1)
	s, err := Discover(explicit, fromLock, p.TempDir(), p.env.get)
	if err != nil {
		p.Fatal(err)
	}
	p.use(s)
}

// installs finds and fetches corp from its index.
func (p *privateBench) installs(pkg lock.Package) error {
	files, err := p.client.Find(p.Context(), pkg)
	if err != nil {
		return err
	}
	d := p.distribution(corpName)
	d.File, d.Source = files[0], pkg.Source
	p.fetched(corpName, d)
	return nil
}

// keyringStub puts a command "keyring" on PATH that knows one password, and
// returns the file in which it notes what it was asked.
func (p *privateBench) keyringStub(user, password string) string {
	if runtime.GOOS == "windows" {
		p.Skip("the stub is a shell script")
	}
	folder := p.TempDir()
	asked := filepath.Join(folder, "asked")
	script := "#!/bin/sh\necho \"$*\" >> " + asked + "\ncase \"$*\" in\n" +
		"\"get " + p.corp.Index + " " + user + "\") echo '" + password + "';;\n" +
		"\"--mode creds get " + strings.TrimPrefix(p.corp.URL, "http://") + "\") echo '" + user + "'; echo '" + password + "';;\n" +
		"*) exit 1;;\nesac\n"
	if err := os.WriteFile(filepath.Join(folder, "keyring"), []byte(script), 0o755); err != nil {
		p.Fatal(err)
	}
	p.env["PATH"] = folder
	return asked
}

// TestPrivateIndex logs in to the private index by every way there is. Each time
// the package comes from there, the main index is not even asked for it, a
// redirect carries nothing to another host, and the secret is nowhere.
func TestPrivateIndex(t *testing.T) {
	named := func(p *privateBench) Settings {
		return Settings{Named: []Index{{Name: "corp.lib", URL: p.corp.Index}}}
	}
	tests := map[string]func(p *privateBench) (explicit, fromLock Settings){
		"basic in the URL": func(p *privateBench) (Settings, Settings) {
			p.corp.RequireUser("bot", "s3cret")
			return Settings{}, Settings{ExtraURLs: []string{strings.Replace(p.corp.Index, "://", "://bot:s3cret@", 1)}}
		},
		"uv's variables": func(p *privateBench) (Settings, Settings) {
			p.corp.RequireUser("bot", "s3cret")
			p.env["UV_INDEX_CORP_LIB_USERNAME"], p.env["UV_INDEX_CORP_LIB_PASSWORD"] = "bot", "s3cret"
			return Settings{}, named(p)
		},
		"Poetry's variables": func(p *privateBench) (Settings, Settings) {
			p.corp.RequireUser("bot", "s3cret")
			p.env["POETRY_HTTP_BASIC_CORP_LIB_USERNAME"], p.env["POETRY_HTTP_BASIC_CORP_LIB_PASSWORD"] = "bot", "s3cret"
			return Settings{}, named(p)
		},
		"bearer token": func(p *privateBench) (Settings, Settings) {
			p.corp.RequireToken("s3cret")
			p.env["LAMELLA_INDEX_CORP_LIB_TOKEN"] = "s3cret"
			return Settings{Indexes: named(p).Named}, Settings{}
		},
		"netrc": func(p *privateBench) (Settings, Settings) {
			p.corp.RequireUser("bot", "s3cret")
			p.env["NETRC"] = write(p.T, p.TempDir(), "netrc", "machine 127.0.0.1 login bot password s3cret\n")
			return Settings{}, Settings{}
		},
		"keyring with a user": func(p *privateBench) (Settings, Settings) {
			p.corp.RequireUser("bot", "s3cret")
			p.keyringStub("bot", "s3cret")
			return Settings{}, Settings{ExtraURLs: []string{strings.Replace(p.corp.Index, "://", "://bot@", 1)}}
		},
		"keyring": func(p *privateBench) (Settings, Settings) {
			p.corp.RequireUser("bot", "s3cret")
			p.keyringStub("bot", "s3cret")
			return Settings{}, named(p)
		},
		"CodeArtifact": func(p *privateBench) (Settings, Settings) {
			p.codeArtifact()
			return Settings{Indexes: []Index{{Name: "corp", CodeArtifact: &codeartifact.Repository{Domain: "d", Name: "r", Region: "eu-central-1"}}}}, Settings{}
		},
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPrivateBench(t)
			if name == "netrc" {
				// It is for the host, so for both indexes: the main one's URL is stronger.
				p.index.RequireUser("reader", "s3cret-main")
			}
			other := testindex.Start(t, p.dir)
			p.discover(prepare(p))
			pkg := p.pinned(corpName)
			pkg.Source.Location = p.corp.Index
			p.corp.Fail("/files/", testindex.Fault{RedirectTo: other.FileURL(corpName), Times: 1})
			if err := p.installs(pkg); err != nil {
				t.Fatalf("%v\n%q", err, fault.Hints(err))
			}
			if n := p.index.Count("/"); n != 0 {
				t.Errorf("the main index was asked %d times", n)
			}
			for _, r := range other.Requests("/") {
				if r.Header.Get("Authorization") != "" {
					t.Error("the redirect carried credentials to another host")
				}
			}
			if other.Count("/files/") != 1 {
				t.Error("the redirect was not followed")
			}
			p.noSecret("s3cret")
		})
	}
}

// noSecret looks for a secret in the events and in the cache.
func (p *privateBench) noSecret(secret string) {
	p.Helper()
	for kind := event.Begin; kind <= event.Debug; kind++ {
		if got := p.messages(kind); strings.Contains(got, secret) {
			p.Errorf("the secret is in an event: %s", got)
		}
	}
	filepath.WalkDir(p.cache.Dir(), func(path string, _ fs.DirEntry, _ error) error {
		if content, err := os.ReadFile(path); err == nil && strings.Contains(string(content), secret) {
			p.Errorf("the secret is in %s", path)
		}
		return nil
	})
}

// codeArtifact makes the private index a repository of CodeArtifact.
func (p *privateBench) codeArtifact() *testindex.CodeArtifact {
	ca := testindex.StartCodeArtifact(p.T, p.corp)
	p.Setenv("AWS_ENDPOINT_URL_CODEARTIFACT", ca.URL)
	p.Setenv("AWS_ACCESS_KEY_ID", "id")
	p.Setenv("AWS_SECRET_ACCESS_KEY", "s3cret-key")
	p.Setenv("AWS_CONFIG_FILE", os.DevNull)
	p.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	return ca
}

// TestNoConfusion: of a package that two indexes have, the private index's is
// taken, whatever the other one offers.
func TestNoConfusion(t *testing.T) {
	for _, hashed := range []bool{true, false} {
		p := newPrivateBench(t)
		p.discover(Settings{}, Settings{ExtraURLs: []string{p.corp.Index}})
		pkg := p.pinned(corpName)
		if !hashed {
			pkg.Hashes = nil
		}
		if err := p.installs(pkg); err != nil {
			t.Fatal(err)
		}
		if n := p.index.Count("/"); n != 0 {
			t.Errorf("hashed %v: the main index was asked %d times", hashed, n)
		}
	}

	// Not even a version that the private index lacks comes from the other one.
	p := newPrivateBench(t)
	p.discover(Settings{}, Settings{ExtraURLs: []string{p.corp.Index}})
	_, err := p.client.Find(t.Context(), lock.Package{Name: "corp", Version: "9.0"})
	failed(t, err, "cannot find any files for corp 9.0 at "+p.corp.Index)
	if n := p.index.Count("/"); n != 0 {
		t.Errorf("the main index was asked %d times", n)
	}
	// What the private index does not know comes from the main one.
	if files, err := p.client.Find(t.Context(), lock.Package{Name: "demo", Version: "1.0"}); err != nil || names(files) != demoName {
		t.Errorf("%v, %v", files, err)
	}
}

// TestCodeArtifactRenews: a token that has ended is replaced once; what is
// refused after that is an error.
func TestCodeArtifactRenews(t *testing.T) {
	p := newPrivateBench(t)
	ca := p.codeArtifact()
	repository := &codeartifact.Repository{Domain: "d", Owner: "111122223333", Name: "r", Region: "eu-central-1"}
	p.discover(Settings{Indexes: []Index{{Name: "corp", CodeArtifact: repository}}}, Settings{})
	pkg := p.pinned(corpName)
	if _, err := p.client.Find(t.Context(), pkg); err != nil {
		t.Fatal(err)
	}
	ca.Expire()
	if err := p.installs(lock.Package{Name: "corp", Version: "1.0"}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(ca.Calls(), ", "); got != "endpoint d r, token d 111122223333, token d 111122223333" {
		t.Errorf("calls: %s", got)
	}
	p.mu.Lock()
	logged := slices.DeleteFunc(slices.Clone(p.events), func(e event.Event) bool {
		return e.Kind != event.Debug || !strings.Contains(e.Message, " in eu-central-1: 200 after ")
	})
	p.mu.Unlock()
	if len(logged) != len(ca.Calls()) {
		t.Errorf("%d events for %d calls: %v", len(logged), len(ca.Calls()), logged)
	}
	p.corp.RequireToken("another") // so no token of CodeArtifact will do
	_, err := p.client.Find(t.Context(), lock.Package{Name: "corp", Version: "1.0"})
	failed(t, err, "401 Unauthorized despite the credentials from CodeArtifact", "codeartifact:ReadFromRepository")
	if n := len(ca.Calls()); n != 4 {
		t.Errorf("%d calls, want one more token", n)
	}

	// A repository that is only known by its table is found when its files ask.
	p.use(Settings{Named: []Index{{Name: "corp", CodeArtifact: repository}}})
	p.corp.RequireToken("")
	ca.Expire()
	var together sync.WaitGroup
	for range 8 {
		together.Go(func() {
			u, _ := parseURL(p.corp.FileURL(corpName))
			if c, err := p.client.keychain.Refused(t.Context(), u, Credential{}); err != nil || c.From != fromCodeArtifact {
				t.Errorf("%v, %v", c, err)
			}
		})
	}
	together.Wait()
	d := p.distribution(corpName)
	d.File.URL = p.corp.FileURL(corpName)
	p.fetched(corpName, d)

	p.discover(Settings{Indexes: []Index{{Name: "corp", CodeArtifact: &codeartifact.Repository{Domain: "forbidden", Name: "r", Region: "x"}}}}, Settings{})
	_, err = p.client.Find(t.Context(), lock.Package{Name: "corp", Version: "1.0"})
	failed(t, err, "CodeArtifact repository forbidden/r: AccessDeniedException: you may not", "sts:GetServiceBearerToken")
	p.noSecret("s3cret")
}

// TestRefusedNames says where the wrong credentials came from, or where right
// ones would go.
func TestRefusedNames(t *testing.T) {
	p := newPrivateBench(t)
	p.corp.RequireUser("bot", "s3cret")
	find := func(wants ...string) {
		t.Helper()
		pkg := p.pinned(corpName)
		pkg.Source.Location = p.corp.Index
		p.discover(Settings{}, Settings{Named: []Index{{Name: "corp", URL: p.corp.Index}}})
		_, err := p.client.Find(t.Context(), pkg)
		failed(t, err, wants...)
	}
	find("401 Unauthorized", "export UV_INDEX_CORP_USERNAME=USER", "machine 127.0.0.1")
	p.env["UV_INDEX_CORP_USERNAME"], p.env["UV_INDEX_CORP_PASSWORD"] = "bot", "s3cret-but-old"
	find("despite the credentials from UV_INDEX_CORP_PASSWORD", "lamella doctor")
	delete(p.env, "UV_INDEX_CORP_PASSWORD")
	asked := p.keyringStub("bot", "s3cret-but-old")
	find("despite the credentials from the keyring")
	content, err := os.ReadFile(asked)
	if err != nil || string(content) != "get "+p.corp.Index+" bot\n" {
		t.Errorf("the keyring was asked %q, %v", content, err)
	}
	p.env["UV_KEYRING_PROVIDER"] = "disabled"
	find("despite the credentials from UV_INDEX_CORP_USERNAME")

	// Two indexes at one host, each with credentials of its own.
	u := func(path string) string { return "https://corp.example" + path }
	k := NewKeychain(environment{"UV_INDEX_A_PASSWORD": "a", "UV_INDEX_B_PASSWORD": "b"}.get)
	k.introduce([]Index{{Name: "a", URL: u("/api/1/simple")}, {Name: "b", URL: u("/api/2/simple")}})
	for path, want := range map[string]string{"/api/1/simple/demo/": "a", "/api/2/files/x.whl": "b", "/elsewhere": "a"} {
		parsed, _ := parseURL(u(path))
		if c, err := k.For(t.Context(), parsed); err != nil || c.Password != want {
			t.Errorf("%s gets %q, %v", path, c.Password, err)
		}
	}
}

// TestCodeArtifactSaysNothing: without the URL or the token of the repository, no index is
// asked for anything.
func TestCodeArtifactSaysNothing(t *testing.T) {
	for _, silent := range []string{"/v1/repository/endpoint", "/v1/authorization-token"} {
		for name, status := range map[string]int{"{}": 200, "": 200, "204": 204} {
			p := newPrivateBench(t)
			ca := p.codeArtifact()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != silent {
					ca.ServeHTTP(w, r)
					return
				}
				w.WriteHeader(status)
				_, _ = w.Write([]byte(strings.TrimPrefix(name, "204")))
			}))
			p.Setenv("AWS_ENDPOINT_URL_CODEARTIFACT", server.URL)
			p.discover(Settings{Indexes: []Index{{Name: "corp", CodeArtifact: &codeartifact.Repository{Domain: "d", Name: "r", Region: "eu-central-1"}}}}, Settings{})
			_, err := p.client.Find(t.Context(), lock.Package{Name: "corp", Version: "1.0"})
			server.Close()
			if fault.KindOf(err) != fault.Index || !strings.Contains(err.Error(), "CodeArtifact") || len(fault.Hints(err)) == 0 {
				t.Errorf("%s answers %q: %v", silent, name, err)
			}
			if n := p.index.Count("/") + p.corp.Count("/"); n != 0 {
				t.Errorf("%s answers %q: the indexes were asked %d times", silent, name, n)
			}
		}
	}
}
