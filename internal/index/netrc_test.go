package index

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

func TestParseNetrc(t *testing.T) {
	tests := []struct{ name, content, want string }{ // want: of index.example
		{"one line", "machine index.example login me password secret", "me:secret"},
		{"several lines", "machine other.example\n\tlogin x\n\tpassword y\nmachine index.example\n\tlogin me\n\taccount a\n\tpassword secret\n", "me:secret"},
		{"user is login", "machine index.example user me password secret", "me:secret"},
		{"quotes", `machine index.example login "me too" password "a \"b\" c"`, `me too:a "b" c`},
		{"backslash", `machine index.example login me password a\"b`, `me:a"b`},
		{"a hash in a password", "machine index.example login me password #secret", "me:#secret"},
		{"an empty password", `machine index.example login token password ""`, "token:"},
		{"comments", "# machine index.example login no password no\nmachine index.example # ours\n login me # me\n password secret\n#end", "me:secret"},
		{"default", "machine other.example login x password y\ndefault login me password secret", "me:secret"},
		{"default does not beat a name", "machine index.example login me password secret\ndefault login x password y", "me:secret"},
		{"the last entry counts", "machine index.example login x password y\nmachine index.example login me password secret", "me:secret"},
		{"macdef", "macdef init\ncd /x\nmachine index.example login x\n\nmachine index.example login me password secret", "me:secret"},
		{"a host without entry", "machine other.example login x password y", ":"},
		{"empty", "", ":"},
		{"no name", "machine", "error: line 1"},
		{"a stray word", "\nmachine index.example login me secret", "error: line 2"},
		{"no machine", "login me password secret", "error: line 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n, err := parseNetrc(test.content)
			user, password := n.lookup("index.example")
			got := user + ":" + password
			if err != nil {
				got = "error: " + err.Error()
				if strings.Contains(got, "secret") {
					t.Errorf("the error tells the secret: %s", got)
				}
			}
			if got != test.want && (err == nil || !strings.HasPrefix(got, test.want)) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// FuzzNetrc: an entry that is written is read back.
func FuzzNetrc(f *testing.F) {
	f.Add("machine a login b password c\ndefault login d\nmacdef x\ny\n\n# z", "host", "user", "pass word")
	f.Add("", "h", `\`, `"`)
	f.Fuzz(func(t *testing.T, content, host, user, password string) {
		testenv.Frugal(t, func() {
			if _, err := parseNetrc(content); err != nil && !strings.HasPrefix(err.Error(), "line ") {
				t.Errorf("error without a line: %v", err)
			}
			if host == "" {
				return
			}
			n, err := parseNetrc(netrc{}.with(map[string]login{host: {user, password}}).String())
			if u, p := n.lookup(host); err != nil || u != user || p != password {
				t.Errorf("got %q, %q, %v; want %q, %q", u, p, err, user, password)
			}
		})
	})
}

func TestNetrcFile(t *testing.T) {
	home := t.TempDir()
	named := filepath.Join(home, "named")
	os.WriteFile(filepath.Join(home, ".netrc"), []byte("machine index.example login home password h"), 0o600)
	os.WriteFile(named, []byte("machine index.example login named password n"), 0o600)
	broken := filepath.Join(home, "broken")
	os.WriteFile(broken, []byte("secret"), 0o600)
	u, _ := url.Parse("https://index.example:8443/simple/")
	tests := []struct{ netrc, want string }{{"", "home"}, {named, "named"}, {filepath.Join(home, "none"), ""}, {broken, "error"}}
	for _, test := range tests {
		env := environment{"HOME": home, "USERPROFILE": home, "NETRC": test.netrc}
		c, err := NewKeychain(env.get).For(t.Context(), u)
		got := c.User
		if err != nil {
			got = "error"
		}
		if got != test.want {
			t.Errorf("NETRC=%s: user %q (%v), want %q", test.netrc, got, err, test.want)
		}
	}
	if got := netrcPaths("windows", environment{"USERPROFILE": "/u"}.get); len(got) != 2 || filepath.Base(got[1]) != "_netrc" {
		t.Errorf("on Windows: %v", got)
	}
}

// environment stands in for the process's.
type environment map[string]string

func (e environment) get(key string) string { return e[key] }
