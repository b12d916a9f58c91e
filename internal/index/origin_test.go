package index

import (
	"net/url"
	"testing"
)

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
