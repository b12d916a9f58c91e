package index

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/resolve"
)

// TestExpandedVariable: an index expects a token, from a variable, in the path of its URL. It is
// sent, and is in no event, error, or file of the cache, whatever goes wrong.
func TestExpandedVariable(t *testing.T) {
	for name, line := range map[string]string{
		"path":           "URL/${INDEX_TEST_KEY}/simple",
		"part of a path": "URL/r-${INDEX_TEST_KEY}-x/simple",
		"query":          "URL/simple?k=${INDEX_TEST_KEY}",
	} {
		for fails, status := range map[string]int{"": 0, "/simple/": 404, "/files/": 404, "/": 503, "/simple/demo": 302} {
			b := newBench(t)
			came := false
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				came = came || strings.Contains(r.URL.String(), "opensesame")
				for _, folder := range []string{"/simple/", "/files/"} {
					if i := strings.Index(r.URL.Path, folder); i >= 0 {
						r.URL.Path = r.URL.Path[i:]
					}
				}
				if status != 0 && strings.HasPrefix(r.URL.Path, fails) {
					w.Header().Set("Location", "/%zz"+r.URL.Path+"?"+r.URL.RawQuery+"/opensesame/x") // for 302: an invalid URL
					w.WriteHeader(status)
					return
				}
				b.index.ServeHTTP(w, r)
			}))
			t.Cleanup(server.Close)
			raw := secret.Expand(strings.Replace(line, "URL", server.URL, 1), func(string) (string, bool) { return "opensesame", true })
			b.use(Settings{URL: raw})
			files, err := b.client.Find(t.Context(), b.pinned(demoName))
			if err == nil {
				d := b.distribution(demoName)
				d.File = files[0]
				if where, err := b.client.Locate(t.Context(), d); err != nil || strings.Contains(secret.Strip(where), "opensesame") {
					t.Errorf("%s: located at %s, %v", name, secret.Strip(where), err)
				}
				_, err = b.client.Fetch(t.Context(), []resolve.Distribution{d})
			}
			if (err == nil) != (status == 0) || !came {
				t.Errorf("%s, %s: %v, the value came: %v", name, fails, err, came)
			}
			var texts []string
			if err != nil {
				texts = append(append(fault.Details(err), fault.Hints(err)...), err.Error())
			}
			for kind := event.Begin; kind <= event.Expect; kind++ {
				texts = append(texts, b.messages(kind))
			}
			if text := strings.Join(texts, "\n"); strings.Contains(text, "opensesame") {
				t.Errorf("%s, %s: the value is in\n%s", name, fails, text)
			}
			filepath.WalkDir(b.cache.Dir(), func(path string, _ fs.DirEntry, _ error) error {
				if content, err := os.ReadFile(path); err == nil && strings.Contains(path+string(content), "opensesame") {
					t.Errorf("%s: the value is in %s", name, path)
				}
				return nil
			})
		}
	}
}

// TestExpandedPlacesDiffer: two indexes that differ only in the value of a variable are two
// places, of which each has its own remembered answers.
func TestExpandedPlacesDiffer(t *testing.T) {
	b := newBench(t)
	key := func(channel string) string {
		raw := secret.Expand("https://index.example/${CHANNEL}/simple", func(string) (string, bool) { return channel, true })
		b.use(Settings{URL: raw})
		return b.client.factKey(&search{name: "demo"})
	}
	if key("blue-channel") == key("green-channel") {
		t.Error("one key for two places")
	}
}
