package versions

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/publish"
)

func TestVerify(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 2)
	for _, download := range []bool{false, true} {
		v, err := Verify(t.Context(), d, layer, "1", VerifyOptions{Download: download, Rebuild: rebuild(t, content("1.1"))})
		if err != nil || v.Version != 1 || v.SHA256 != sha256Hex(content("1.1")) || v.From != "requirements.txt" || v.Downloaded != download {
			t.Errorf("download %v: %+v, %v", download, v, err)
		}
	}
	if server.Count("Content") != 1 {
		t.Errorf("downloaded %d times", server.Count("Content"))
	}
	if v, err := Verify(t.Context(), d, layer, "", VerifyOptions{Rebuild: rebuild(t, content("1.2"))}); err != nil || v.Version != 2 {
		t.Errorf("the latest: %+v, %v", v, err)
	}
}

// What is stored is compared with itself first.
func TestVerifyFindsWhatWasChanged(t *testing.T) {
	put := func(t *testing.T, d publish.Destination, key, data string) {
		t.Helper()
		if err := d.Objects.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		body := testBody(data)
		if _, err := d.Objects.Put(t.Context(), key, body); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name, want string
		change     func(*testing.T, publish.Destination)
		download   bool
	}{
		{"manifest", "stored requirements.txt", func(t *testing.T, d publish.Destination) {
			put(t, d, "layer/000001/requirements.txt", "idna==9.9\n")
		}, false},
		{"no manifest", "no lock file", func(t *testing.T, d publish.Destination) {
			put(t, d, "layer/000001/other.txt", "")
			if err := d.Objects.Delete(t.Context(), "layer/000001/requirements.txt"); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"record", "cannot be read", func(t *testing.T, d publish.Destination) {
			put(t, d, "layer/000001/lamella.json", "{")
		}, false},
		{"record of another zip", "different zip", func(t *testing.T, d publish.Destination) {
			data, _, err := d.Objects.Get(t.Context(), "layer/000001/lamella.json")
			if err != nil {
				t.Fatal(err)
			}
			put(t, d, "layer/000001/lamella.json", strings.ReplaceAll(string(data), sha256Hex(content("1.1")), sha256Hex("x")))
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, d := fake(t)
			deployMany(t, d, 1)
			test.change(t, d)
			_, err := Verify(t.Context(), d, layer, "1", VerifyOptions{Download: test.download, Rebuild: rebuild(t, content("1.1"))})
			if catalogue.KindOf(err) != fault.Destination || len(fault.Hints(err)) == 0 {
				t.Errorf("got %v", err)
			}
			if test.name != "record" && (catalogue.KindOf(err) == fault.Other || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// Lambda serving something else than it says is noticed by a download.
func TestVerifyOfWhatIsServed(t *testing.T) {
	server, d := fake(t)
	deployMany(t, d, 1)
	server.Inject(fakeaws.Fault{Op: "Content", Status: 200})
	_, err := Verify(t.Context(), d, layer, "1", VerifyOptions{Download: true, Rebuild: rebuild(t, content("1.1"))})
	if catalogue.KindOf(err) != fault.Destination || len(fault.Hints(err)) == 0 {
		t.Errorf("got %v", err)
	}
}

// entry is a file in a zip of the tests.
type entry struct {
	name, content string
	mode          os.FileMode
}

func makeZip(t *testing.T, entries ...entry) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		header := &zip.FileHeader{Name: e.name}
		header.SetMode(e.mode | 0o644)
		f, err := w.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.zip")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFirstDifference(t *testing.T) {
	a, b := entry{"python/a.py", "a", 0}, entry{"python/b.py", "b", 0}
	for _, test := range []struct {
		name               string
		published, rebuilt []entry
		want               string
	}{
		{"missing", []entry{a, b}, []entry{a}, "only the published zip has python/b.py"},
		{"added", []entry{a}, []entry{a, b}, "only the rebuilt zip has python/b.py"},
		{"size", []entry{a, b}, []entry{a, {b.name, "bb", 0}}, "python/b.py has 1 bytes, but 2 in the rebuilt zip"},
		{"content", []entry{a, b}, []entry{{a.name, "x", 0}, b}, "python/a.py has different content: SHA-256 ca978112ca1b…, but 2d711642b726… in the rebuilt zip"},
		{"mode", []entry{a, b}, []entry{a, {b.name, "b", 0o755}}, "python/b.py has the mode -rw-r--r--, but -rwxr-xr-x in the rebuilt zip"},
		{"order", []entry{a, b}, []entry{b, a}, "the entries are in a different order, with python/a.py instead of python/b.py"},
		{"twice", []entry{a, a}, []entry{a}, "only the published zip has python/a.py"},
		{"none", []entry{a, b}, []entry{a, b}, "the entries are identical, but other bytes of the archive differ"},
	} {
		got, err := firstDifference(makeZip(t, test.published...), makeZip(t, test.rebuilt...))
		if err != nil || got != test.want {
			t.Errorf("%s: %q, %v", test.name, got, err)
		}
	}
}

// Data is compared, not what the archive states of it.
func TestFirstDifferenceIsInTheData(t *testing.T) {
	path := makeZip(t, entry{"python/a.py", strings.Repeat("text ", 100), 0}, entry{"python/b.py", "b", 0})
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const first = 30 + len("python/a.py") // of its packed bytes
	for name, change := range map[string]func([]byte){
		"packed":    func(b []byte) { b[first+8] ^= 0x10 },
		"corrupt":   func(b []byte) { b[first] ^= 0x06 },
		"CRC field": func(b []byte) { b[bytes.Index(b, []byte("PK\x01\x02"))+16] ^= 1 },
	} {
		damaged := bytes.Clone(sound)
		change(damaged)
		other := filepath.Join(t.TempDir(), "damaged.zip")
		if err := os.WriteFile(other, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := firstDifference(other, path); err != nil || !strings.HasPrefix(got, "python/a.py ") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// A version that its lock file does not make is told by the first entry that differs.
func TestVerifyNamesTheEntry(t *testing.T) {
	server, d := fake(t)
	published, rebuilt := makeZip(t, entry{"python/idna.py", "1", 0}), makeZip(t, entry{"python/idna.py", "2", 0})
	read := func(path string) string {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	zips[t.Name()] = read(published)
	defer delete(zips, t.Name())
	deploy(t, d, t.Name())
	for _, stored := range []bool{true, false} {
		if !stored {
			server.Delete("bucket", "home/"+publish.ZipKey(sha256Hex(read(published))))
		}
		_, err := Verify(t.Context(), d, layer, "1", VerifyOptions{Rebuild: rebuild(t, read(rebuilt))})
		if catalogue.KindOf(err) == fault.Other || !strings.Contains(err.Error(), "python/idna.py has different content") || len(fault.Details(err)) < 2 {
			t.Errorf("got %v, %q", err, fault.Details(err))
		}
	}
}
