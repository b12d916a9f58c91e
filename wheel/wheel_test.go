package wheel

import (
	"bytes"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/layer"
)

func mustOpen(t *testing.T, z zipFile) *Wheel {
	t.Helper()
	b := z.bytes()
	if err := Verify(bytes.NewReader(b), int64(len(b)), demoName); err != nil {
		t.Fatal(err)
	}
	w, err := Open(bytes.NewReader(b), int64(len(b)), wheelName)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// checkEntries returns w's entries as "name mode" → content.
func checkEntries(t *testing.T, w *Wheel) map[string]string {
	t.Helper()
	entries, err := w.Entries(nil)
	if err != nil {
		t.Fatal(err)
	}
	contents := make(map[string]string)
	for _, e := range entries {
		if err := layer.CheckName(e.Name); err != nil {
			t.Errorf("%q: %v", e.Name, err)
		}
		if _, _, err := newChecker().check(e, Row{}, seen{}); err != nil {
			t.Errorf("%q: %v", e.Name, err)
		}
		content, err := io.ReadAll(e.Open())
		if err != nil {
			t.Errorf("%q: %v", e.Name, err)
		}
		name := e.Name
		if e.Executable {
			name += " +x"
		}
		contents[name] = string(content)
	}
	return contents
}

func keys(m map[string]string) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	slices.Sort(list)
	return list
}

// The table of the package comment, entry by entry.
func TestPlaces(t *testing.T) {
	w := mustOpen(t, demo(
		zipEntry{name: "demo/", stored: true},
		zipEntry{name: "demo/__init__.py", content: "1", attrs: 0o100600 << 16},
		zipEntry{name: "demo/run.sh", content: "2", attrs: 0o100711 << 16},
		zipEntry{name: "demo/typeless", content: "3", attrs: 0o000755 << 16}, // no regular file: pip drops the x
		zipEntry{name: "demo/link", content: "run.sh", attrs: 0o120777 << 16},
		zipEntry{name: "demo/world.txt", content: "4", attrs: 0o100666 << 16},
		zipEntry{name: "demo.pth", content: "import demo"},
		zipEntry{name: "demo-1.0.data/purelib/pure.py", content: "5"},
		zipEntry{name: "demo-1.0.data/platlib/demo/plat.so", content: "6", attrs: 0o100755 << 16},
		zipEntry{name: "demo-1.0.data/data/share/x.json", content: "7"},
		zipEntry{name: "demo-1.0.data/headers/demo.h", content: "8"},
		zipEntry{name: "demo-1.0.data/scripts/tool", content: "9"},
		zipEntry{name: "other-2.data/scripts/x", content: "10"}, // not this distribution's
		zipEntry{name: "demo-1.0.dist-info/INSTALLER", content: "pip"},
		zipEntry{name: "demo-1.0.data/purelib/demo-1.0.dist-info/INSTALLER", content: "pip, in disguise"},
		zipEntry{name: "demo-1.0.dist-info/REQUESTED"},
		zipEntry{name: "demo-1.0.dist-info/direct_url.json", content: "{}"},
		zipEntry{name: "demo-1.0.dist-info/entry_points.txt", content: "[console_scripts]\ntool = demo:main\n"},
	))
	got := checkEntries(t, w)
	want := []string{
		"python/demo-1.0.dist-info/METADATA", "python/demo-1.0.dist-info/RECORD", "python/demo-1.0.dist-info/WHEEL",
		"python/demo-1.0.dist-info/entry_points.txt", "python/demo.pth", "python/demo/__init__.py", "python/demo/link",
		"python/demo/plat.so +x", "python/demo/run.sh +x", "python/demo/typeless", "python/demo/world.txt",
		"python/other-2.data/scripts/x", "python/pure.py", "python/share/x.json",
	}
	if !slices.Equal(keys(got), want) {
		t.Errorf("got  %q\nwant %q", keys(got), want)
	}
	if got["python/demo/link"] != "run.sh" {
		t.Errorf("a link's file holds %q", got["python/demo/link"])
	}
	record := got["python/demo-1.0.dist-info/RECORD"]
	var paths []string
	rows, err := ParseRecord(strings.NewReader(record))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		paths = append(paths, "python/"+row.Path)
		if row.Hash == "" && !strings.HasSuffix(row.Path, "/RECORD") {
			t.Errorf("%s lost its hash", row.Path)
		}
	}
	for i := range want {
		want[i] = strings.TrimSuffix(want[i], " +x")
	}
	if slices.Sort(want); !slices.Equal(paths, want) {
		t.Errorf("RECORD lists %q\nwant %q", paths, want)
	}
}

func TestRecordIsRawUnlessSomethingIsMissing(t *testing.T) {
	z := demo(zipEntry{name: "demo/b.py", content: "b"}, zipEntry{name: "demo/a.py", content: "a"})
	own := z.entries[len(z.entries)-1].content
	w := mustOpen(t, z)
	if got := checkEntries(t, w)["python/demo-1.0.dist-info/RECORD"]; got != own {
		t.Errorf("got %q, want the wheel's own %q", got, own)
	}
	entries, err := w.Entries(func(path string, size int64) bool { return path == "demo/b.py" && size == 1 })
	if err != nil {
		t.Fatal(err)
	}
	record := entries[len(entries)-1]
	content, _ := io.ReadAll(record.Open())
	if strings.Contains(string(content), "demo/b.py") || !strings.HasPrefix(string(content), "demo-1.0.dist-info/METADATA,sha256=") ||
		!strings.Contains(string(content), "demo/a.py,sha256=ypeBEsobvcr6wjGzmiPcTaeG7_gUfE5yuYB3ha_uSLs,1\n") {
		t.Errorf("RECORD is %q", content)
	}
	if record.Method != layer.Store {
		t.Error("the new RECORD is compressed")
	}
}

func TestNameHasToFit(t *testing.T) {
	b := demo(zipEntry{name: "demo/a.py", content: "a"}).bytes()
	for name, fits := range map[string]bool{
		"demo-1.0-py3-none-any.whl": true, "Demo-1.0+local-py3-none-any.whl": true, "dem-1.0-py3-none-any.whl": false, "demo_x-1.0-py3-none-any.whl": false,
	} {
		if _, err := Open(bytes.NewReader(b), int64(len(b)), name); (err == nil) != fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseRecord(t *testing.T) {
	rows, err := ParseRecord(strings.NewReader("\"a,\"\"b\",sha256=x,1\r\n\nc d,,\n"))
	want := []Row{{Path: `a,"b`, Hash: "sha256=x", Size: "1"}, {Path: "c d"}}
	if err != nil || !slices.Equal(rows, want) {
		t.Errorf("got %q, %v", rows, err)
	}
	if got := string(FormatRecord(rows)); got != "\"a,\"\"b\",sha256=x,1\nc d,,\n" {
		t.Errorf("got %q", got)
	}
}

// The first bad entry is reported, however many processors look.
func TestVerifyIsDeterministic(t *testing.T) {
	var files []zipEntry
	for i := range 200 {
		e := zipEntry{name: "demo/" + strings.Repeat("x", i+1), content: strings.Repeat("x", 50*(200-i))}
		if i%7 == 5 {
			e.packed = []byte{7}
		}
		files = append(files, e)
	}
	b := demo(files...).bytes()
	for _, n := range []int{1, 8} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
		for range 5 {
			if err := Verify(bytes.NewReader(b), int64(len(b)), demoName); err == nil || !strings.Contains(err.Error(), `"demo/xxxxxx" `) {
				t.Fatalf("GOMAXPROCS=%d: %v", n, err)
			}
		}
	}
}

// A header that understates its size costs a read of that size, not the bomb.
func TestBombIsNotInflated(t *testing.T) {
	bomb := demo(zipEntry{name: "demo/bomb", content: "x", packed: deflated(strings.Repeat("\x00", 32<<20))}).bytes()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := Verify(bytes.NewReader(bomb), int64(len(bomb)), demoName)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), `"demo/bomb" `) {
		t.Error(err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("%d bytes were allocated", used)
	}
}
