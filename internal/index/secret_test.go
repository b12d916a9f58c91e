package index

import (
	"encoding/json"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
)

const user, password = "me", "s3cret"

// withUser puts credentials into a URL.
func withUser(rawURL string) string {
	return strings.Replace(rawURL, "://", "://"+user+":"+password+"@", 1)
}

// TestCredentials: those of the index's URL and of netrc are sent to the index
// and to its files, and are found nowhere else.
func TestCredentials(t *testing.T) {
	netrcFile := filepath.Join(t.TempDir(), "netrc")
	os.WriteFile(netrcFile, []byte("machine 127.0.0.1 login "+user+" password "+password), 0o600)
	for _, from := range []string{"url", "netrc"} {
		t.Run(from, func(t *testing.T) {
			b := newBench(t)
			b.index.RequireUser(user, password)
			s := Settings{URL: withUser(b.index.Index)}
			if from == "netrc" {
				s = Settings{URL: b.index.Index, Keychain: NewKeychain(environment{"NETRC": netrcFile}.get)}
			}
			b.use(s)
			files, err := b.client.Find(t.Context(), b.pinned(demoName))
			if err != nil {
				t.Fatal(err)
			}
			d := b.distribution(demoName)
			d.File = files[0]
			b.fetched(demoName, d)
			if strings.Contains(files[0].URL, password) {
				t.Errorf("the secret is in the file's URL, %s", files[0].URL)
			}
			for kind := event.Begin; kind <= event.Debug; kind++ {
				if got := b.messages(kind); strings.Contains(got, password) {
					t.Errorf("the secret is in an event: %s", got)
				}
			}
			filepath.WalkDir(b.cache.Dir(), func(path string, _ fs.DirEntry, _ error) error {
				if content, err := os.ReadFile(path); err == nil && strings.Contains(string(content), password) {
					t.Errorf("the secret is in %s", path)
				}
				return nil
			})
		})
	}
}

func TestCredentialsRefused(t *testing.T) {
	b := newBench(t)
	b.index.RequireUser(user, "another")
	b.use(Settings{URL: withUser(b.index.Index)})
	_, err := b.client.Find(t.Context(), b.pinned(demoName))
	failed(t, err, "401 Unauthorized despite the credentials from the URL of the index", "lamella doctor")
	if got := b.index.Count("/"); got != 1 {
		t.Errorf("%d requests, want 1", got)
	}
	broken := filepath.Join(t.TempDir(), "netrc")
	os.WriteFile(broken, []byte("machine h s3cret"), 0o600)
	b.use(Settings{URL: b.index.Index, Keychain: NewKeychain(environment{"NETRC": broken}.get)})
	_, err = b.client.Find(t.Context(), b.pinned(demoName))
	failed(t, err, "cannot read the netrc file", broken)
}

// TestRedirectKeepsSecrets: a redirect to another origin, here another port, is
// followed without the credentials and without telling where it came from.
func TestRedirectKeepsSecrets(t *testing.T) {
	b := newBench(t)
	other := testindex.Start(t, b.dir)
	b.index.RequireUser(user, password)
	b.index.Fail("/files/", testindex.Fault{RedirectTo: other.FileURL(demoName)})
	d := b.distribution(demoName)
	d.File.URL = withUser(d.File.URL) + "?token=" + password
	b.fetched(demoName, d)
	for _, r := range other.Requests("/") {
		for key, values := range r.Header {
			if key == "Authorization" || key == "Referer" || strings.Contains(strings.Join(values, " "), password) {
				t.Errorf("the other host got %s: %s", key, values)
			}
		}
	}
	if other.Count("/files/") != 1 || b.index.Requests("/files/")[0].Header.Get("Authorization") == "" {
		t.Error("the redirect was not followed, or the first host got no credentials")
	}
}

// TestRedirectToHTTP: https does not lead to http.
func TestRedirectToHTTP(t *testing.T) {
	b := newBench(t)
	secure := httptest.NewUnstartedServer(http.RedirectHandler(b.index.FileURL(demoName)+"?token="+password, http.StatusFound))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	d := b.distribution(demoName)
	d.File.URL = secure.URL + "/" + demoName
	_, err := b.client.Fetch(t.Context(), []resolve.Distribution{d})
	failed(t, err, "certificate", "SSL_CERT_FILE=") // not yet trusted
	b.client.http.Transport = secure.Client().Transport
	_, err = b.client.Fetch(t.Context(), []resolve.Distribution{d})
	failed(t, err, "redirect from https to http://127.0.0.1")
	if b.index.Count("/") != 0 {
		t.Error("the redirect was followed")
	}
}

// TestUnencrypted: a password that goes to another machine in the clear is worth a
// warning, once; to this machine it is not.
func TestUnencrypted(t *testing.T) {
	b := newBench(t)
	for _, raw := range []string{"http://me:s3cret@127.0.0.1/a", "https://me:s3cret@index.example/a", "http://index.example/a"} {
		u, _ := url.Parse(raw)
		b.client.credential(t.Context(), u)
	}
	if got := b.messages(event.Warn); got != "" {
		t.Errorf("needless warning: %s", got)
	}
	for range 2 {
		u, _ := url.Parse("http://me:s3cret@index.example/a")
		b.client.credential(t.Context(), u)
	}
	got := b.messages(event.Warn)
	if strings.Count(got, "unencrypted") != 1 || strings.Contains(got, "s3cret") || !strings.Contains(got, "index.example") {
		t.Errorf("warnings: %q, want one", got)
	}
}

// TestSecretsInPage: a page's links may hold tokens. They serve the download and
// show up neither in the cache nor in an error.
func TestSecretsInPage(t *testing.T) {
	b := newBench(t)
	h := digest.SHA256(b.content(demoName))
	b.index.RequireUser(user, password)
	page, err := json.Marshal(map[string]any{"files": []any{map[string]any{"filename": demoName,
		"url": withUser(b.index.FileURL(demoName)) + "?token=" + password, "hashes": map[string]string{"sha256": h.Hex()}}}})
	if err != nil {
		t.Fatal(err)
	}
	pages := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(page) }))
	defer pages.Close()
	b.use(Settings{URL: pages.URL + "/simple"})
	files, err := b.client.Find(t.Context(), lock.Package{Name: "demo", Version: "1.0", Hashes: []digest.Digest{h}})
	if err != nil {
		t.Fatal(err)
	}
	d := b.distribution(demoName)
	d.File = files[0]
	b.index.Fail("/files/", testindex.Fault{Status: 404, Times: 1})
	_, err = b.client.Fetch(t.Context(), []resolve.Distribution{d})
	failed(t, err, demoName+"?***")
	b.fetched(demoName, d)
	filepath.WalkDir(b.cache.Dir(), func(path string, _ fs.DirEntry, _ error) error {
		if content, err := os.ReadFile(path); err == nil && strings.Contains(string(content), password) {
			t.Errorf("the secret is in %s", path)
		}
		return nil
	})
}
