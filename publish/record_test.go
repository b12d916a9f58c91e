package publish

import (
	"reflect"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

func TestIdentity(t *testing.T) {
	a := Identity{"python3.13/x86_64", map[string][]string{"extras": {"b", "a"}, "groups": nil}}
	b := Identity{"python3.13/x86_64", map[string][]string{"extras": {"a", "b", "a"}, "exclude": {}}}
	if a.Digest() != b.Digest() {
		t.Error("order, repetition or empty sets count")
	}
	for _, other := range []Identity{
		{"python3.13/arm64", a.Options},
		{a.Target, nil},
		{a.Target, map[string][]string{"extras": {"a"}, "groups": {"b"}}},
		{a.Target, map[string][]string{"extras": {"ab"}}},
	} {
		if other.Digest() == a.Digest() {
			t.Errorf("%+v counts as %+v", other, a)
		}
	}
}

func TestAlsoIsBounded(t *testing.T) {
	r := &Record{Manifest: RecordedManifest{SHA256: "own"}}
	for i := range 40 {
		r = r.with(Alias{Manifest: string(rune('a' + i))})
		r = r.with(Alias{Manifest: string(rune('a' + i))}) // known already
	}
	if len(r.Also) != maxAlso || r.Also[maxAlso-1].Manifest != string(rune('a'+39)) {
		t.Errorf("%v", r.Also)
	}
	if r = r.with(r.itself()); len(r.Also) != maxAlso {
		t.Error("the record's own manifest was added")
	}
}

func TestSameText(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"a\nb\n", "a\nb\n", true}, {"a\nb\n", "a\r\nb\r\n", true}, {"a\nb", "a\rb", true},
		{"a\nb", "a\n\nb", false}, {"a", "a\n", false}, {"a", "b", false}, {"", "", true},
	} {
		if sameText([]byte(test.a), []byte(test.b)) != test.same {
			t.Errorf("%q, %q", test.a, test.b)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	whole := &Record{Schema: Schema, Tool: "lamella", Layer: "deps", Version: 7, ARN: "arn:aws:lambda:r:1:layer:deps:7",
		Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Packages: []Package{{Name: "idna", Version: "3.10"}},
		Also: []Alias{{Manifest: "ff", Identity: "sha256:00"}}}
	f.Add(whole.encode())
	f.Add([]byte(`{"schema": 1, "layer": "x", "version": 1}`))
	f.Add([]byte(`{"schema": 99}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		testenv.Frugal(t, func() {
			r, err := parseRecord(data)
			if err != nil {
				return
			}
			again, err := parseRecord(r.encode())
			if err != nil {
				t.Fatalf("%s: %v", r.encode(), err)
			}
			if third, _ := parseRecord(again.encode()); !reflect.DeepEqual(again, third) {
				t.Errorf("%+v became %+v", again, third)
			}
		})
	})
}
