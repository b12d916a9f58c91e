package index

import (
	"net/url"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	tests := []struct{ in, want string }{
		{"https://index.example/simple", "https://index.example/simple"},
		{"https://user:secret@index.example/simple", "https://index.example/simple"},
		{"https://secret@index.example:8443/simple/", "https://index.example:8443/simple/"},
		{"https://index.example/simple?token=secret&x=secret", "https://index.example/simple?***"},
		{"https://u:secret@index.example/f.whl?sig=secret#sha256=00", "https://index.example/f.whl?***#sha256=00"},
		{"https://index.example/pkg@1.0/f.whl", "https://index.example/pkg@1.0/f.whl"},
		{"https://u:se/cret@index.example/f.whl", "https://index.example/f.whl"},
		{"https://u:se@cret@index.example/f.whl", "https://index.example/f.whl"},
		{"https://u:se%zzcret@index.example/f", "https://index.example/f"},
		{"https://u:se?cret@index.example/f", "https://index.example/f"},
		{"https://u:se#cret@index.example/f", "https://index.example/f"},
		{"git+https://u:secret@git.example/r.git", "git+https://git.example/r.git"},
		{"/home/me/wheels", "/home/me/wheels"},
		{"", ""},
	}
	for _, test := range tests {
		if got := Redact(test.in); got != test.want {
			t.Errorf("Redact(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

// FuzzRedact: whatever net/url sees as user information or query is gone.
func FuzzRedact(f *testing.F) {
	f.Add("https://u:s3cr3t@index.example/a@b?c#d@e")
	f.Add("//s3cr3t@h")
	f.Fuzz(func(t *testing.T, s string) {
		u, err := url.Parse(s)
		if err != nil {
			return
		}
		redacted, err := url.Parse(Redact(s))
		if err != nil {
			return
		}
		if redacted.User != nil || redacted.RawQuery != "" && redacted.RawQuery != "***" {
			t.Errorf("Redact(%q) = %q", s, redacted)
		}
		if u.User == nil && !strings.ContainsAny(s, "@?") && redacted.String() != u.String() {
			t.Errorf("Redact(%q) = %q", s, redacted)
		}
	})
}

func TestOrigin(t *testing.T) {
	same := [][2]string{{"https://index.example/a", "https://INDEX.example:443/b"}, {"http://u@h", "http://h:80"}}
	other := [][2]string{{"https://h/", "http://h/"}, {"https://h/", "https://h:8443/"}, {"https://h/", "https://sub.h/"}}
	get := func(s string) string {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return origin(u)
	}
	for _, p := range same {
		if get(p[0]) != get(p[1]) {
			t.Errorf("%s and %s have other origins", p[0], p[1])
		}
	}
	for _, p := range other {
		if get(p[0]) == get(p[1]) {
			t.Errorf("%s and %s have one origin", p[0], p[1])
		}
	}
}
