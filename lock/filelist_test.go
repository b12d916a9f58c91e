package lock

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"github.com/lamella-build/lamella/internal/test/largelock"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// sameAsTOML decodes text in both ways. cut tells whether lists were cut out.
func sameAsTOML[T any, P rawLock[T]](t *testing.T, text []byte) (cut bool) {
	t.Helper()
	var got, want T
	err, wantErr := unmarshal[T, P](text, &got), toml.Unmarshal(text, &want)
	if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
		t.Fatalf("%q: error %v, want %v", text, err, wantErr)
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%q: got\n%+v, want\n%+v", text, got, want)
	}
	_, lists := cutFileLists(text)
	return len(lists) > 0
}

func sameAsTOMLInAll(t *testing.T, text []byte) (cut bool) {
	t.Helper()
	sameAsTOML[pylock](t, text)
	sameAsTOML[poetryLock](t, text)
	sameAsTOML[pdmLock](t, text)
	return sameAsTOML[uvLock](t, text)
}

func TestFileLists(t *testing.T) {
	const item = `{ url = "https://u.example/a%2B1.whl", hash = "sha256:00", size = 123, upload-time = "2026-01-02T03:04:05.678Z" }`
	list := func(items ...string) string {
		return "[[package]]\nwheels = [\n    " + strings.Join(items, ",\n    ") + ",\n]\nname = \"a\"\n"
	}
	one := func(item string) string { return list("{ " + item + " }") }
	for _, c := range []struct {
		text string
		cut  bool
	}{
		{list(item), true},
		{list(item, item), true},
		{"[[package]]\nfiles = [\n    {file = \"a\", hash = \"b\"},\n]\n", true},
		{one(`name = "a", path = "b", filename = "c"`), true},
		{one(`upload-time = 2026-01-31T23:59:59.123456Z, hashes = { sha256 = "ab" }`), true},
		{one(`hashes = {sha256 = "ab"}`), true},
		{list(item) + list(item), true},
		{list(item, `{ size = 0 }`), false}, // rare, so not worth a rule
		{one(`url = "\u0061"`), false},
		{one(`url = "a\"b"`), false},
		{one(`url = 'a'`), false},
		{one(`url = "é"`), false},
		{one("url = \"a\tb\""), false},
		{one("url = \"a\x7fb\""), false},
		{one(`url = "a", url = "b"`), false},
		{one(`size = 1_000`), false},
		{one(`size = 01`), false},
		{one(`size = -1`), false},
		{one(`size = "1"`), false},
		{one(`url = 1`), false},
		{one(`size = 1234567890123456789`), false},
		{one(`upload-time = 2026-02-30T00:00:00Z`), false},
		{one(`upload-time = 2026-01-01 00:00:00Z`), false},
		{one(`upload-time = 2026-01-01`), false},
		{one(`hashes = { sha512 = "a" }`), false},
		{one(`hashes = {}`), false},
		{one(`zstd = { size = 1 }`), false},
		{one(`"url" = "a"`), false},
		{one(`url="a"`), false},
		{one(``), false},
		{list(item + " # six"), false},
		{strings.Replace(list(item), ",\n]", "\n]", 1), false},
		{strings.Replace(list(item), "\n]", "\n]]", 1), true}, // which is an error
		{strings.Replace(list(item), "[[package]]", "[[package]]\nwheels = []", 1), true},
		{"description = \"\"\"\n" + list(item) + "\"\"\"\n", false},
		{"description = '''\n" + list(item) + "'''\n", false},
		{list(item) + `lamella-list = 1`, false},
		{list(item) + "[[package]]\nwheels = [{ \"\\u006camella-list\" = 1 }]\n", false},
		{strings.ReplaceAll(list(item), "\n", "\r\n"), false},
		{"x = [\n" + list(item) + "]\n", true},
		{"[[package]]\nx = { y = 1,\n" + strings.TrimPrefix(list(item), "[[package]]\n") + "}\n", true},
		{"[package]\n" + list(item), true},
	} {
		if cut := sameAsTOMLInAll(t, []byte(c.text)); cut != c.cut {
			t.Errorf("%s: cut is %t", c.text, cut)
		}
	}
}

func TestFileListsOfLargeLocks(t *testing.T) {
	for _, format := range largelock.Formats() {
		path := filepath.Join(t.TempDir(), format)
		if err := largelock.Write(path, format, 5); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !sameAsTOMLInAll(t, text) {
			t.Errorf("%s: nothing is cut", format)
		}
	}
}

func FuzzFileLists(f *testing.F) {
	f.Add([]byte("[[package]]\nname = \"a\"\nwheels = [\n    { url = \"https://u.example/a%2B1.whl\", hash = \"sha256:00\", size = 123, upload-time = \"2026-01-02T03:04:05.678Z\" },\n]\n"))
	f.Add([]byte("[[packages]]\nwheels = [\n  {name = \"n\", upload-time = 2026-01-31T23:59:59.123456Z, size = 7, hashes = { sha256 = \"ab\" }},\n]\n"))
	f.Add([]byte("[[package]]\nfiles = [\n    {file = \"a\", hash = \"b\"},\n    {file = \"c\", path = \"d\", filename = \"e\"},\n]\n[[package]]\nx = '''\nfiles = [\n\\u0006\n]\n'''\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		testenv.Frugal(t, func() { sameAsTOMLInAll(t, text) })
	})
}

// BenchmarkUnmarshal compares unmarshal with the TOML parser alone.
func BenchmarkUnmarshal(b *testing.B) {
	path := filepath.Join(b.TempDir(), "uv.lock")
	if err := largelock.Write(path, "uv.lock", 800); err != nil {
		b.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	for name, decode := range map[string]func(*uvLock) error{
		"lists": func(l *uvLock) error { return unmarshal(text, l) },
		"TOML":  func(l *uvLock) error { return toml.Unmarshal(text, l) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				var l uvLock
				if err := decode(&l); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
