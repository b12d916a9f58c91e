package bytecode

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/layer/layerzip"
)

// some returns one of this machine's interpreters.
func some(t testing.TB) Interpreter {
	t.Helper()
	all := interpreters(t)
	for _, name := range []string{"python3.13", "python3.12", "python3.11"} {
		if i, ok := all[name]; ok {
			return i
		}
	}
	for _, i := range all {
		return i
	}
	return Interpreter{}
}

func entry(owner, name, content string) layer.Entry {
	return layer.Entry{Name: name, Owner: owner, CRC32: crc32.ChecksumIEEE([]byte(content)), Size: int64(len(content)),
		Compressed: int64(len(content)), Source: strings.NewReader(content), Sum: layer.SumOf([]byte(content))}
}

const record = "demo/__init__.py,sha256=aaa,1\ndemo/__pycache__/old.TAG.pyc,sha256=bbb,3\ndemo/__pycache__/core.TAG.pyc,sha256=ccc,3\ndemo-1.dist-info/RECORD,,\n"

// demo is a layer of two distributions with all that is special.
func demo(tag string) []layer.Entry {
	return []layer.Entry{
		entry("demo", "python/demo/__init__.py", "from . import core\n"),
		entry("demo", "python/demo/core.py", strings.Repeat("x = {'a', None, 'b'}\n", 50)),
		entry("demo", "python/demo/__pycache__/core."+tag+".pyc", "own"),
		entry("demo", "python/demo/__pycache__/old."+tag+".pyc", "own"),
		entry("demo", "python/demo/sourceless.pyc", "own"),
		entry("demo", "python/demo/data.txt", "x"),
		entry("demo", "python/demo/.py", "x = 1"),
		entry("demo", "python/demo/py.py", "x = 2"),
		entry("demo", "python/demo/bad.py", "print 1\n"),
		entry("demo", "python/demo/nul.py", "x = 1\x00"),
		entry("demo", "python/demo/latin.py", "# coding: latin-1\nx = '\xe9'\n"),
		entry("demo", "python/demo/"+strings.Repeat("n", 250)+".py", "x = 1"),
		entry("demo", "python/demo-1.dist-info/RECORD", strings.ReplaceAll(record, "TAG", tag)),
		entry("other", "python/other.py", "y = 1\n"),
		entry("other", "python/blocked/__pycache__", "a file"),
		entry("other", "python/blocked/a.py", "y = 1\n"),
		entry("other", "bin/tool.py", "y = 1\n"),
	}
}

func add(t testing.TB, i Interpreter, entries []layer.Entry, o AddOptions) *Added {
	t.Helper()
	c := NewCompiler(t.Context(), i)
	defer c.Close()
	a, err := c.Add(t.Context(), entries, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func zipSum(t testing.TB, entries []layer.Entry) string {
	t.Helper()
	s, err := layerzip.Write(t.Context(), io.Discard, entries, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.SHA256.Hex()
}

func openCache(t testing.TB) *cache.Cache {
	t.Helper()
	c, err := cache.Open(filepath.Join(t.TempDir(), "cache"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAdd(t *testing.T) {
	i := some(t)
	entries := demo(i.Tag)
	catalogue.Vary("because Python "+regexp.QuoteMeta(i.Version)+" cannot", "because Python 3.N cannot")
	catalogue.Vary(regexp.QuoteMeta(i.Tag), "cpython-3N")
	a := add(t, i, entries, AddOptions{Events: catalogue.Events(nil)})
	var added, gone []string
	before := map[string]layer.Entry{}
	for _, e := range entries {
		before[e.Name] = e
	}
	after := map[string]layer.Entry{}
	for _, e := range a.Entries {
		after[e.Name] = e
		if old, ok := before[e.Name]; !ok || old.Source != e.Source {
			added = append(added, e.Name)
		}
	}
	for _, e := range entries {
		if _, ok := after[e.Name]; !ok {
			gone = append(gone, e.Name)
		}
	}
	want := []string{"python/demo-1.dist-info/RECORD"}
	for _, name := range []string{"__init__", "core", "latin", "py"} {
		want = append(want, "python/demo/__pycache__/"+name+"."+i.Tag+".pyc")
	}
	want = append(want, "python/__pycache__/other."+i.Tag+".pyc")
	slices.Sort(want)
	if !slices.Equal(added, want) || len(gone) > 0 || a.Files != 5 || a.Replaced != 1 {
		t.Errorf("added %q, %d files, %d replaced, gone %q", added, a.Files, a.Replaced, gone)
	}
	content, err := io.ReadAll(after["python/demo-1.dist-info/RECORD"].Open())
	wantRecord := strings.ReplaceAll(strings.ReplaceAll(record, "TAG", i.Tag), "sha256=ccc,3", ",")
	if err != nil || sortedLines(string(content)) != sortedLines(wantRecord) {
		t.Errorf("RECORD is %q, %v", content, err)
	}
	var rejected []string
	for _, r := range a.Rejected {
		rejected = append(rejected, r.Path)
	}
	if want := []string{"python/blocked/a.py", "python/demo/bad.py", "python/demo/" + strings.Repeat("n", 250) + ".py", "python/demo/nul.py"}; !slices.Equal(rejected, want) {
		t.Errorf("rejected %q", rejected)
	}
	pyc, err := io.ReadAll(after["python/demo/__pycache__/core."+i.Tag+".pyc"].Open())
	direct := compileAll(t, i, map[string][]byte{"demo/core.py": []byte(strings.Repeat("x = {'a', None, 'b'}\n", 50))})["demo/core.py"]
	if err != nil || !bytes.Equal(pyc, direct) {
		t.Errorf("core.pyc is %x, %v", pyc, err)
	}
}

func sortedLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// One digest: in any order, with any number of processors, with an empty or a full
// cache or none, by wheel or by content.
func TestAddIsDeterministic(t *testing.T) {
	for name, i := range interpreters(t) {
		t.Run(name, func(t *testing.T) {
			wheels := map[string]string{"demo": "sha256:aa", "other": "sha256:bb"}
			full := openCache(t)
			want := zipSum(t, add(t, i, demo(i.Tag), AddOptions{}).Entries)
			for _, o := range []AddOptions{{Cache: full, Wheels: wheels}, {Cache: full, Wheels: wheels}, {Cache: full}, {Cache: full},
				{Cache: openCache(t), Wheels: wheels, Doubtful: true}, {Cache: full, Wheels: wheels, Doubtful: true}} {
				entries := demo(i.Tag)
				rand.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
				func() {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1 + rand.IntN(4)))
					if got := zipSum(t, add(t, i, entries, o).Entries); got != want {
						t.Errorf("%+v: got %s, want %s", o, got, want)
					}
				}()
			}
		})
	}
}

// counting is an interpreter that notes how often it was started.
func counting(t *testing.T) (Interpreter, func() int) {
	i := some(t)
	i.Path = fake(t, filepath.Join(t.TempDir(), "python"), "exec "+i.Path+` "$@"`)
	return i, func() int { return runs(t, i.Path) }
}

func TestAddFromTheCache(t *testing.T) {
	i, started := counting(t)
	c := openCache(t)
	wheels := map[string]string{"demo": "sha256:aa", "other": "sha256:bb"}
	o := AddOptions{Cache: c, Wheels: wheels, Only: func(name string) bool { return name == "python/demo/core.py" }}
	if a := add(t, i, demo(i.Tag), o); a.Files != 1 {
		t.Errorf("%d files of the one source that is asked for", a.Files)
	}
	o.Only = nil
	want := zipSum(t, add(t, i, demo(i.Tag), o).Entries)
	before := started()
	for range 2 {
		if got := zipSum(t, add(t, i, demo(i.Tag), o).Entries); got != want {
			t.Errorf("warm: %s, want %s", got, want)
		}
	}
	if before == 0 || started() != before {
		t.Errorf("the interpreter was started %d times, then %d", before, started())
	}
	// Two versions of a file under one name do not drive each other out.
	other := demo(i.Tag)
	other[1] = entry("demo", "python/demo/core.py", "z = 1\n")
	add(t, i, other, o)
	before = started()
	for range 2 {
		add(t, i, other, o)
		if got := zipSum(t, add(t, i, demo(i.Tag), o).Entries); got != want {
			t.Errorf("warm: %s, want %s", got, want)
		}
	}
	if started() != before {
		t.Error("what both have was compiled again")
	}
	// Another interpreter's bytecode is another's.
	newer := i
	newer.Version = strings.TrimRight(i.Version, "0123456789") + "999"
	compiler := NewCompiler(t.Context(), newer)
	defer compiler.Close()
	if _, err := compiler.Add(t.Context(), demo(i.Tag), o); err == nil {
		t.Error("the bytecode of one interpreter was taken for that of another")
	}
}

// Damage of what the cache has is noticed, and repaired when it is looked for.
func TestAddWithADamagedCache(t *testing.T) {
	i := some(t)
	entries := []layer.Entry{demo(i.Tag)[0], demo(i.Tag)[1]}
	for name, damage := range map[string]func([]byte) []byte{
		"cut short": func(b []byte) []byte { return b[:len(b)/2] },
		"empty":     func([]byte) []byte { return nil },
		"a bit":     func(b []byte) []byte { b[3] ^= 1; return b },
		"index":     func(b []byte) []byte { b[len(b)-40] ^= 1; return b },
		"length":    func(b []byte) []byte { b[len(b)-12] ^= 0x80; return b },
		"mark":      func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
	} {
		c := openCache(t)
		o := AddOptions{Cache: c, Wheels: map[string]string{"demo": "sha256:aa"}}
		want := zipSum(t, add(t, i, entries, o).Entries)
		err := filepath.WalkDir(filepath.Join(c.Dir(), "derived"), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, damage(content), 0o644)
		})
		if err != nil {
			t.Fatal(err)
		}
		a := add(t, i, entries, o)
		s, err := layerzip.Write(t.Context(), io.Discard, a.Entries, nil)
		if damaged := errors.As(err, new(*layer.Damaged)); !damaged && (err != nil || s.SHA256.Hex() != want) {
			t.Errorf("%s: got %s, %v", name, s.SHA256, err)
		}
		o.Doubtful = true
		if got := zipSum(t, add(t, i, entries, o).Entries); got != want {
			t.Errorf("%s, looked for: got %s, want %s", name, got, want)
		}
	}
}

func TestAddOfADamagedSource(t *testing.T) {
	bad := entry("demo", "python/demo/__init__.py", "x = 1\n")
	bad.Source = strings.NewReader("x = 2\n")
	c := NewCompiler(t.Context(), some(t))
	defer c.Close()
	if _, err := c.Add(t.Context(), []layer.Entry{bad}, AddOptions{}); !errors.As(err, new(*layer.Damaged)) {
		t.Errorf("got %v", err)
	}
}

func TestAddEndsWithContext(t *testing.T) {
	c := NewCompiler(context.Background(), some(t))
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Add(ctx, demo("x"), AddOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func BenchmarkAddWarm(b *testing.B) {
	i, c := some(b), openCache(b)
	var entries []layer.Entry
	for n := range 700 {
		entries = append(entries, entry("demo", fmt.Sprintf("python/demo/m%d.py", n), strings.Repeat("x = {'a', None, 'b'}\n", 500)))
	}
	o := AddOptions{Cache: c, Wheels: map[string]string{"demo": "sha256:aa"}}
	add(b, i, entries, o)
	for b.Loop() {
		a := add(b, i, entries, o)
		zipSum(b, a.Entries)
	}
}
