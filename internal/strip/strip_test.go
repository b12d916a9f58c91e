package strip_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/strip"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/testelf"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/layer/layerzip"
	"github.com/lamella-build/lamella/wheel"
)

func entry(owner, name string, content []byte) layer.Entry {
	return layer.Entry{Name: name, Owner: owner, CRC32: crc32.ChecksumIEEE(content), Size: int64(len(content)), Executable: true,
		Compressed: int64(len(content)), Source: bytes.NewReader(content), Sum: layer.SumOf(content), Code: layer.CodeOf(content)}
}

// library is one with debug information, which differs by text.
func library(text string) []byte {
	return testelf.Image(testelf.Part{Name: ".text", Loaded: true, Align: 16, Content: []byte(text)},
		testelf.Part{Name: ".debug_info", Content: bytes.Repeat([]byte(text), 5000)}, testelf.Part{Name: testelf.SectionNames}, testelf.Part{Table: true})
}

func hash(content []byte) string {
	sum := sha256.Sum256(content)
	return "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// demo is a layer of two distributions with all that is special.
func demo() []layer.Entry {
	record := []byte("../bin/tool,sha256=old,1\ndemo/lib.so,sha256=old,1\ndemo/same.so,sha256=same,2\nlib2.so,,\ndemo-1.dist-info/RECORD,,\n")
	return []layer.Entry{
		entry("demo", "bin/tool", library("tool")),
		entry("demo", "python/demo-1.dist-info/RECORD", record),
		entry("demo", "python/demo/app", append(library("app"), "PK\x05\x06"...)),
		entry("demo", "python/demo/fips.so", library("fips")),
		entry("demo", "python/demo/lib.so", library("lib")),
		entry("demo", "python/demo/libnss.chk", []byte("signature")),
		entry("demo", "python/demo/libnss.so", library("nss")),
		entry("demo", "python/demo/libssl.so.3", library("ssl")),
		entry("demo", "python/demo/.libssl.so.3.hmac", []byte("hmac")),
		entry("demo", "python/demo/lib.txt", []byte("text")),
		entry("demo", "python/demo/same.so", testelf.Library{}.Bytes()),
		entry("demo", "python/lib2.so", library("lib2")),
		entry("signed", "python/signed-1.dist-info/RECORD", []byte("signed/lib.so,sha256=old,1\n")),
		entry("signed", "python/signed-1.dist-info/RECORD.jws", []byte("{}")),
		entry("signed", "python/signed/lib.so", library("signed")),
		entry("signed", "python/signed/more.so", library("more")),
	}
}

func run(t testing.TB, entries []layer.Entry, o strip.Options) *strip.Stripped {
	t.Helper()
	s, err := strip.Strip(t.Context(), entries, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func openCache(t testing.TB) *cache.Cache {
	t.Helper()
	c, err := cache.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func content(t testing.TB, e layer.Entry) []byte {
	t.Helper()
	b, err := io.ReadAll(e.Open())
	if err != nil || int64(len(b)) != e.Size || crc32.ChecksumIEEE(b) != e.CRC32 || e.Check() != nil {
		t.Fatalf("%s: %d of %d bytes, %v, %v", e.Name, len(b), e.Size, err, e.Check())
	}
	return b
}

func zipSum(t testing.TB, entries []layer.Entry) string {
	t.Helper()
	s, err := layerzip.Write(t.Context(), io.Discard, entries, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.SHA256.Hex()
}

func TestStrip(t *testing.T) {
	before := demo()
	var notes []string
	s := run(t, before, strip.Options{Events: catalogue.Events(func(e event.Event) {
		if e.Kind == event.Note {
			notes = append(notes, e.Message)
		}
	})})
	var changed []string
	var saved int64
	byName := map[string][]byte{}
	for i, e := range s.Entries {
		b := before[i]
		if e.Name != b.Name || e.Owner != b.Owner || e.Executable != b.Executable || (e.Code == nil) != (b.Code == nil) {
			t.Errorf("%+v became %+v", b, e)
		}
		byName[e.Name] = content(t, e)
		if !bytes.Equal(byName[e.Name], content(t, b)) {
			changed = append(changed, e.Path())
			if e.Code != nil {
				saved += b.Size - e.Size
			}
		}
	}
	if want := []string{"bin/tool", "demo-1.dist-info/RECORD", "demo/lib.so", "lib2.so", "signed/more.so"}; !slices.Equal(changed, want) {
		t.Errorf("changed %q, want %q", changed, want)
	}
	if s.Files != 4 || s.Bytes != saved || saved < 4*5000 {
		t.Errorf("%d files, %d bytes, saved %d", s.Files, s.Bytes, saved)
	}
	var kept []string
	for _, k := range s.Kept {
		kept = append(kept, strings.TrimPrefix(k.Name, "python/"))
	}
	if want := []string{"demo/app", "demo/fips.so", "demo/libnss.so", "demo/libssl.so.3", "signed/lib.so"}; !slices.Equal(kept, want) {
		t.Errorf("kept %q, want %q", kept, want)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "demo/app") {
		t.Errorf("notes %q", notes)
	}
	rows, err := wheel.ParseRecord(bytes.NewReader(byName["python/demo-1.dist-info/RECORD"]))
	if err != nil {
		t.Fatal(err)
	}
	row := func(path, name string) wheel.Row {
		return wheel.Row{Path: path, Hash: hash(byName[name]), Size: fmt.Sprint(len(byName[name]))}
	}
	want := []wheel.Row{row("../bin/tool", "bin/tool"), {Path: "demo-1.dist-info/RECORD"}, row("demo/lib.so", "python/demo/lib.so"),
		{Path: "demo/same.so", Hash: "sha256=same", Size: "2"}, {Path: "lib2.so"}}
	if !slices.Equal(rows, want) {
		t.Errorf("RECORD has %q, want %q", rows, want)
	}
}

// The bytes depend on nothing but the entries; what is stripped already stays as it is.
func TestStripIsDeterministic(t *testing.T) {
	c := openCache(t)
	first := run(t, demo(), strip.Options{Cache: c})
	want := zipSum(t, first.Entries)
	if got := zipSum(t, run(t, demo(), strip.Options{Cache: c}).Entries); got != want {
		t.Error("another zip from the cache")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	reversed := demo()
	slices.Reverse(reversed)
	other := run(t, reversed, strip.Options{})
	slices.Reverse(other.Entries)
	if got := zipSum(t, other.Entries); got != want {
		t.Error("another zip in another order, without a cache")
	}
	again := run(t, first.Entries, strip.Options{Cache: c})
	if got := zipSum(t, again.Entries); got != want || again.Files != 0 {
		t.Errorf("%d files were stripped again", again.Files)
	}
}

// unreadable fails when it is read.
type unreadable struct{}

func (unreadable) ReadAt([]byte, int64) (int, error) { return 0, errors.New("not to be read") }

// What is in the cache is not stripped again, and files of the wheel that it lacks are added.
func TestStripFromTheCache(t *testing.T) {
	c := openCache(t)
	o := strip.Options{Cache: c, Wheels: map[string]string{"demo": "1", "signed": "2"}}
	few := slices.DeleteFunc(demo(), func(e layer.Entry) bool { return e.Name == "python/demo/lib.so" })
	run(t, few, o)
	want := zipSum(t, run(t, demo(), o).Entries)
	entries := demo()
	for i := range entries {
		if e := &entries[i]; e.Code != nil && slices.Contains([]string{"bin/tool", "python/demo/lib.so", "python/lib2.so", "python/signed/more.so"}, e.Name) {
			e.Source = unreadable{}
		}
	}
	s := run(t, entries, o)
	if got := zipSum(t, s.Entries); got != want || s.Files != 4 {
		t.Errorf("%d files, %s, want %s", s.Files, got, want)
	}
}

// A damaged file in the cache is noticed when it is read, and replaced when it is doubted.
func TestStripWithADamagedCache(t *testing.T) {
	c := openCache(t)
	o := strip.Options{Cache: c, Wheels: map[string]string{"demo": "1", "signed": "2"}}
	want := zipSum(t, run(t, demo(), o).Entries)
	files := 0
	err := filepath.WalkDir(c.Dir(), func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || len(d.Name()) != 64 {
			return err
		}
		b, err := os.ReadFile(path)
		b[10] ^= 0xff
		files++
		return errors.Join(err, os.WriteFile(path, b, 0o644))
	})
	if err != nil || files != 2 {
		t.Fatal(files, err)
	}
	_, err = layerzip.Write(t.Context(), io.Discard, run(t, demo(), o).Entries, nil)
	if _, ok := errors.AsType[*layer.Damaged](err); !ok {
		t.Errorf("got %v", err)
	}
	o.Doubtful = true
	if got := zipSum(t, run(t, demo(), o).Entries); got != want {
		t.Error("another zip after the damage")
	}
}

func TestStripFails(t *testing.T) {
	entries := demo()
	entries[0].Source = unreadable{}
	if _, err := strip.Strip(t.Context(), entries, strip.Options{}); !errors.As(err, new(*layer.Damaged)) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := strip.Strip(ctx, demo(), strip.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
