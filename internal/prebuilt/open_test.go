package prebuilt

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/testelf"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/target"
)

func python313(t *testing.T) target.Target {
	t.Helper()
	lambda, err := target.Parse("python3.13", "x86_64")
	if err != nil {
		t.Fatal(err)
	}
	return lambda
}

// member is a file of a zip: its content, and what is unusual about it.
type member struct {
	name, content string
	change        func(*zip.FileHeader)
}

func write(t *testing.T, members ...member) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate, Modified: time.Now()}
		h.SetMode(0o644)
		if m.change != nil {
			m.change(h)
		}
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = f.Write([]byte(m.content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return save(t, b.Bytes())
}

// bomb writes a zip of a megabyte of zeros, repeated until they are more than size bytes.
// What DEFLATE flushes can be repeated, so only one megabyte is compressed.
func bomb(t *testing.T, size int) string {
	t.Helper()
	zeros := make([]byte, 1<<20)
	var once, b bytes.Buffer
	deflate, err := flate.NewWriter(&once, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := deflate.Write(zeros); err != nil {
		t.Fatal(err)
	}
	if err := deflate.Flush(); err != nil {
		t.Fatal(err)
	}
	times := size/len(zeros) + 1
	content := append(bytes.Repeat(once.Bytes(), times), 3, 0) // and an empty last block
	sum := crc32.NewIEEE()
	for range times {
		sum.Write(zeros)
	}
	w := zip.NewWriter(&b)
	f, err := w.CreateRaw(&zip.FileHeader{Name: "python/big", Method: zip.Deflate, CRC32: sum.Sum32(),
		CompressedSize64: uint64(len(content)), UncompressedSize64: uint64(times * len(zeros))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return save(t, b.Bytes())
}

func save(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "layer.zip")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func mode(m fs.FileMode) func(*zip.FileHeader) {
	return func(h *zip.FileHeader) { h.SetMode(m) }
}

var fine = member{name: "python/a.py", content: "a = 1\n"}

// TestRefused: what cannot be a layer is refused with a hint, before anything is sent.
func TestRefused(t *testing.T) {
	elf := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x03\x00\xb7\x00" + strings.Repeat("\x00", 100) // aarch64
	damaged, err := os.ReadFile(write(t, member{name: "python/a.py", content: strings.Repeat("abc", 100), change: func(h *zip.FileHeader) { h.Method = zip.Store }}))
	if err != nil {
		t.Fatal(err)
	}
	damaged[bytes.Index(damaged, []byte("abcabc"))]++
	for name, c := range map[string]struct {
		path string
		kind fault.Kind
	}{
		"nothing":          {filepath.Join(t.TempDir(), "none.zip"), fault.Usage},
		"an empty file":    {save(t, nil), fault.Layer},
		"no zip":           {save(t, []byte("hello, world")), fault.Layer},
		"a cut zip":        {save(t, damaged[:len(damaged)-10]), fault.Layer},
		"damaged":          {save(t, damaged), fault.Layer},
		"no files":         {write(t), fault.Layer},
		"only folders":     {write(t, member{name: "python/"}), fault.Layer},
		"no python/":       {write(t, member{name: "requests/__init__.py"}), fault.Layer},
		"a file python":    {write(t, member{name: "python"}), fault.Layer},
		"absolute":         {write(t, fine, member{name: "/etc/passwd"}), fault.Layer},
		"a drive":          {write(t, fine, member{name: "C:/x"}), fault.Layer},
		"..":               {write(t, fine, member{name: "python/../../x"}), fault.Layer},
		"a folder ..":      {write(t, fine, member{name: "../x/"}), fault.Layer},
		"a backslash":      {write(t, fine, member{name: `python\b.py`}), fault.Layer},
		"NUL":              {write(t, fine, member{name: "python/\x00"}), fault.Layer},
		"a link":           {write(t, fine, member{"python/b.py", "a.py", mode(0o777 | fs.ModeSymlink)}), fault.Layer},
		"a pipe within":    {write(t, fine, member{"python/b.py", "", mode(0o644 | fs.ModeNamedPipe)}), fault.Layer},
		"encrypted":        {write(t, member{"python/a.py", "x", func(h *zip.FileHeader) { h.Flags |= 1 }}), fault.Layer},
		"twice":            {write(t, fine, fine), fault.Layer},
		"file and folder":  {write(t, member{name: "python/a"}, member{name: "python/a/b.py"}), fault.Layer},
		"folder and file":  {write(t, member{name: "python/a/b.py"}, member{name: "python/a"}), fault.Layer},
		"arm64":            {write(t, member{name: "python/m.cpython-313-aarch64-linux-gnu.so", content: elf}), fault.Layer},
		"musl":             {write(t, fine, member{name: "python/m.so", content: string(testelf.Library{Needed: []string{"libc.so"}}.Bytes())}), fault.Layer},
		"other Python":     {write(t, member{name: "python/lib/python3.12/site-packages/a.py"}), fault.Layer},
		"two others":       {write(t, member{name: "python/lib/python3.12/site-packages/a.py"}, member{name: "python/lib/python3.11/site-packages/a.py"}), fault.Layer},
		"environment":      {write(t, member{name: "python/bin/x.py"}, member{name: "python/pyvenv.cfg"}, member{name: "python/lib/python3.12/site-packages/a.py"}), fault.Layer},
		"of Windows":       {write(t, member{name: "python/Lib/site-packages/a.py"}, member{name: "python/Scripts/x.exe"}), fault.Layer},
		"lib64":            {write(t, member{name: "python/lib64/python3.13/site-packages/a.py"}), fault.Layer},
		"site-packages":    {write(t, member{name: "python/site-packages/a.py"}, member{name: "lib/x.so"}), fault.Layer},
		"a bomb":           {bomb(t, target.MaxUnzippedSize), fault.Layer},
		"an empty folder":  {t.TempDir(), fault.Usage},
		"a character file": {os.DevNull, fault.Usage},
	} {
		_, err := Open(t.Context(), c.path, python313(t), t.TempDir(), nil)
		if catalogue.KindOf(err) != c.kind || len(fault.Hints(err)) == 0 {
			t.Errorf("%s: %v (%v), hints %q", name, err, catalogue.KindOf(err), fault.Hints(err))
		}
	}
	if _, err := Open(t.Context(), bomb(t, 1<<20), python313(t), t.TempDir(), nil); err != nil {
		t.Errorf("a bomb that is small enough: %v", err)
	}
	huge := save(t, nil)
	if err := os.Truncate(huge, target.MaxUnzippedSize+mostOverhead+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), huge, python313(t), t.TempDir(), nil); catalogue.KindOf(err) != fault.Layer {
		t.Errorf("huge: %v", err)
	}
	if _, err := Open(t.Context(), write(t), python313(t), t.TempDir(), nil); !errors.Is(err, layer.ErrEmpty) {
		t.Errorf("no files: %v", err)
	}
}

// TestTaken: what Lambda would take is taken; what is doubtful is a warning.
func TestTaken(t *testing.T) {
	for name, c := range map[string]struct {
		path     string
		warnings int
	}{
		"plain":             {write(t, fine, member{name: "python/"}), 0},
		"before 1980":       {write(t, member{"python/a.py", "", func(h *zip.FileHeader) { h.Modified = time.Time{} }}), 0},
		"bin and lib":       {write(t, fine, member{name: "bin/x"}, member{name: "lib/x.so.1"}), 0},
		"site-packages":     {write(t, member{name: "python/lib/python3.13/site-packages/a.py"}), 0},
		"two Pythons":       {write(t, member{name: "python/lib/python3.12/site-packages/a.py"}, member{name: "python/lib/python3.13/site-packages/a.py"}), 0},
		"both places":       {write(t, member{name: "python/lib/python3.12/site-packages/a.py"}, member{name: "python/a.py"}), 0},
		"package in python": {write(t, member{name: "python/lib/python3.12/site-packages/a.py"}, member{name: "python/a/__init__.py"}), 0},
		"only data":         {write(t, member{name: "python/share/x.txt"}), 0},
		"case":              {write(t, fine, member{name: "python/A.py"}), 1},
		"a file at the top": {write(t, fine, member{name: "README.md"}, member{name: "LICENSE"}), 1},
		"for its owner":     {write(t, member{"python/a.py", "", mode(0o600)}, member{"python/b.py", "", mode(0o600)}), 1},
	} {
		var warnings []string
		made, err := Open(t.Context(), c.path, python313(t), t.TempDir(), func(e event.Event) {
			if e.Kind == event.Warn {
				warnings = append(warnings, e.Message)
			}
		})
		if err != nil || len(warnings) != c.warnings {
			t.Errorf("%s: %v, %q", name, err, warnings)
		} else if made.Zip.Path != c.path || made.Zip.Entries == 0 {
			t.Errorf("%s: %+v", name, made.Zip)
		}
	}
}

// TestContents: equal files have an equal list, whatever their order, times and
// compression; other content, another name and another mode have another.
func TestContents(t *testing.T) {
	info := member{name: "python/Some_Pkg-1.2.dist-info/METADATA", content: "Metadata-Version: 2.1\nName: Some_Pkg\nVersion: 1.2\n\nName: not this\n"}
	record := member{name: "python/Some_Pkg-1.2.dist-info/RECORD", content: "a.py,sha256=x,6\nSome_Pkg-1.2.dist-info/RECORD,,\n"}
	old := func(h *zip.FileHeader) { h.Modified, h.Method = time.Unix(1e9, 0), zip.Store }
	first := write(t, fine, info, record)
	open := func(path string) *Layer {
		t.Helper()
		made, err := Open(t.Context(), path, python313(t), t.TempDir(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	made := open(first)
	if p := made.Zip.Packages; len(p) != 1 || p[0].Name != "some-pkg" || p[0].Version != "1.2" || p[0].Size != int64(len(fine.content)+len(record.content)) {
		t.Errorf("packages: %+v", p)
	}
	for name, c := range map[string]struct {
		path string
		same bool
	}{
		"order, times, compression": {write(t, member{name: "python/"}, member{record.name, record.content, old}, member{info.name, info.content, old}, member{fine.name, fine.content, old}), true},
		"content":                   {write(t, member{name: fine.name, content: "a = 2\n"}, info, record), false},
		"name":                      {write(t, member{name: "python/b.py", content: fine.content}, info, record), false},
		"mode":                      {write(t, member{fine.name, fine.content, mode(0o755)}, info, record), false},
	} {
		if other := open(c.path); bytes.Equal(made.Contents.Data, other.Contents.Data) != c.same || made.Zip.SHA256 == other.Zip.SHA256 {
			t.Errorf("%s: %s and %s", name, made.Contents.Data, other.Contents.Data)
		}
	}
	listed, err := Files(t.Context(), first)
	if err != nil || !bytes.Equal(listed.Data, made.Contents.Data) {
		t.Errorf("%v: %s", err, listed.Data)
	}

	dir := t.TempDir()
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, "python"), 0o777), os.WriteFile(filepath.Join(dir, "python", "a.py"), []byte(fine.content), 0o600)); err != nil {
		t.Fatal(err)
	}
	if folder := open(dir); !bytes.Equal(folder.Contents.Data, open(write(t, fine)).Contents.Data) {
		t.Errorf("a folder: %s", folder.Contents.Data)
	}
}
