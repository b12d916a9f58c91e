package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testindex"
)

// TestCanaryInTheLock: a lock file with a secret in a URL is not stored with the
// layer; what does not store it works.
func TestCanaryInTheLock(t *testing.T) {
	for name, test := range map[string]struct {
		user, password string // what the index wants, "" for nothing
		url            func(raw string) string
	}{
		"a password":          {"bot", canary, withUser},
		"a token as the user": {canary, "", func(raw string) string { return strings.Replace(raw, "://", "://"+canary+"@", 1) }},
		"a $ in the password": {"bot", "$" + canary, func(raw string) string { return strings.Replace(raw, "://", "://bot:$"+canary+"@", 1) }},
		"?token=":             {"", "", func(raw string) string { return raw + "?token=" + canary }},
		"?X-Amz-Signature=":   {"", "", func(raw string) string { return raw + "?a=b&X-Amz-Signature=" + canary }},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAviary(t)
			a.index.RequireUser(test.user, test.password)
			a.plant("project/requirements.txt", "--index-url "+test.url(a.index.Index)+"\n"+a.read("project/requirements.txt"))
			project, layers := filepath.Join(a.root, "project"), filepath.Join(a.root, "layers")
			a.run("build", "-v")
			a.run("build", "-v", "--json")
			for _, command := range []string{"plan", "upload", "publish", "deploy"} {
				got := lamella(t, project, a.env, command, "-v", "--to", layers)
				if got.status != 3 || !strings.Contains(got.stderr, "requirements.txt:1: credentials for 127.0.0.1") || leak([]byte(got.stderr+got.stdout)) != "" {
					t.Errorf("%s: exit status %d\n%s", command, got.status, got.stderr)
				}
			}
			a.search()
		})
	}
}

// TestCanaryInRedirects: where an index sends lamella may have a secret in it, and
// may be no place to go to.
func TestCanaryInRedirects(t *testing.T) {
	for _, location := range []string{
		"http://u:" + canary + "@[::bad/x?sig=" + canary,
		"http://u:" + canary + "@127.0.0.1:1/x?sig=" + canary,
		"ftp://u:" + canary + "@127.0.0.1/x?sig=" + canary,
		"//u:" + canary + "@%zz/x?token=" + canary,
		"http:///x?X-Amz-Signature=" + canary,
	} {
		for _, from := range []string{"/simple/", "/files/"} {
			t.Run(from+" "+strings.ReplaceAll(location, canary, "…"), func(t *testing.T) {
				t.Parallel() // most of it is pauses before further tries
				a := newAviary(t)
				a.refused = true
				a.env = append(a.env, "PIP_INDEX_URL="+withUser(a.index.Index))
				a.index.Fail(from, testindex.Fault{RedirectTo: location})
				a.run("build", "-v")
				a.run("build", "-v", "--json")
				a.search()
				if a.index.Count(from) == 0 {
					t.Error("the redirect was not met")
				}
			})
		}
	}
}
