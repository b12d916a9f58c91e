package index

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/lock"
)

// uv's ignore-error-codes and authenticate mean what they mean to uv.
func TestPolicy(t *testing.T) {
	unhashed := lock.Package{Name: "demo", Version: "1.0"}
	for _, test := range []struct {
		name   string
		policy string
		status int // of the first index, 0 for none
		ok     bool
	}{
		{"403 without a word", "", 403, false},
		{"403 that is ignored", "ignore-error-codes = [403]", 403, true},
		{"401 that is ignored", "ignore-error-codes = [403, 401]", 401, true},
		{"503 that is ignored", "ignore-error-codes = [503]", 503, true},
		{"another code", "ignore-error-codes = [401]", 403, false},
		{"always, without credentials", "authenticate = 'always'", 404, false},
		{"auto, without credentials", "authenticate = 'auto'", 404, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, other := newBench(t), testindex.Start(t, t.TempDir())
			other.Fail("/", testindex.Fault{Status: test.status})
			project := t.TempDir()
			write(t, project, "uv.toml", fmt.Sprintf("[[index]]\nname = 'other'\nurl = '%s'\n%s\n[[index]]\nurl = '%s'\ndefault = true\n", other.Index, test.policy, b.index.Index))
			s, err := Discover(Settings{}, Settings{}, project, environment{"HOME": project}.get)
			if err != nil {
				t.Fatal(err)
			}
			b.use(s)
			files, err := b.client.Find(t.Context(), unhashed)
			if !test.ok {
				failed(t, err)
				return
			}
			if err != nil || names(files) != demoName {
				t.Errorf("%v, %v", files, err)
			}
		})
	}
}

// "never" sends nothing, "always" sends what is found before anybody asks.
func TestPolicyAuthenticate(t *testing.T) {
	for policy, sent := range map[string]bool{"never": false, "always": true, "auto": true} {
		b := newBench(t)
		u := strings.Replace(b.index.Index, "://", "://bot:s3cret@", 1)
		b.use(Settings{URL: u, Policies: []Policy{{URL: b.index.Index, Authenticate: policy}}})
		if _, err := b.client.Find(t.Context(), b.pinned(demoName)); err != nil {
			t.Fatal(err)
		}
		for _, r := range b.index.Requests("/simple/") {
			if got := r.Header.Get("Authorization") != ""; got != sent {
				t.Errorf("%s: credentials sent: %v", policy, got)
			}
		}
	}
}
