package e2e

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zipOf writes a wheel whose entries fill adds.
func zipOf(t *testing.T, path string, fill func(add func(name string, content io.Reader))) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	fill(func(name string, content io.Reader) {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.Copy(w, content)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}

// repeated is a reader of n bytes: text again and again.
func repeated(text string, n int64) io.Reader {
	return io.LimitReader(&repeater{strings.Repeat(text, 1+64_000/len(text)), 0}, n)
}

type repeater struct {
	text string
	at   int
}

func (r *repeater) Read(p []byte) (int, error) {
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}

const hostileInfo = "bomb-1.0.dist-info/"

func hostileWheels() []hostileInput {
	wheel := func(name string, heavy bool, fill func(add func(string, io.Reader))) hostileInput {
		return hostileInput{"wheel: " + name, heavy, func(t *testing.T, dir string) []string {
			path := filepath.Join(dir, "wheels", "bomb-1.0-py3-none-any.whl")
			zipOf(t, path, fill)
			lock := writeLock(t, dir, "requirements.txt", "bomb==1.0 --hash=sha256:"+fileDigest(t, path)+"\n")
			return []string{"build", "--lock", lock, "--runtime", "python3.13", "--find-links", "wheels"}
		}, 4}
	}
	const metadata = "Metadata-Version: 2.1\nName: bomb\nVersion: 1.0\n"
	small := func(add func(string, io.Reader), except string) {
		for name, content := range map[string]string{"METADATA": metadata, "WHEEL": "Wheel-Version: 1.0\n", "RECORD": ""} {
			if name != except {
				add(hostileInfo+name, strings.NewReader(content))
			}
		}
	}
	return []hostileInput{
		wheel("RECORD of 28 MB", false, func(add func(string, io.Reader)) {
			small(add, "RECORD")
			add(hostileInfo+"RECORD", repeated("x,,\n", 28_000_000))
		}),
		wheel("RECORD of 30 MB, moved files", true, func(add func(string, io.Reader)) {
			small(add, "RECORD")
			add("bomb-1.0.data/purelib/a.py", strings.NewReader(""))
			add(hostileInfo+"RECORD", repeated("x,,\n", 30_000_000))
		}),
		wheel("RECORD of fields", true, func(add func(string, io.Reader)) {
			small(add, "RECORD")
			add(hostileInfo+"RECORD", repeated(",", 30_000_000))
		}),
		wheel("METADATA of 300 MB", true, func(add func(string, io.Reader)) {
			small(add, "METADATA")
			add(hostileInfo+"METADATA", io.MultiReader(strings.NewReader(metadata), repeated("x: y\n", 300_000_000)))
		}),
		wheel("METADATA and RECORD and WHEEL of 30 MB", true, func(add func(string, io.Reader)) {
			add(hostileInfo+"METADATA", io.MultiReader(strings.NewReader(metadata), repeated("x: y\n", 30_000_000)))
			add(hostileInfo+"WHEEL", io.MultiReader(strings.NewReader("Wheel-Version: 1.0\n"), repeated("x: y\n", 30_000_000)))
			add(hostileInfo+"RECORD", repeated("x,,\n", 30_000_000))
			add(hostileInfo+"entry_points.txt", repeated("[console_scripts]\n", 30_000_000))
		}),
		wheel("300,000 entries", true, func(add func(string, io.Reader)) {
			small(add, "")
			for i := range 300_000 {
				add(fmt.Sprintf("%x", i), strings.NewReader(""))
			}
		}),
		wheel("59,000 entries", true, func(add func(string, io.Reader)) {
			small(add, "")
			for i := range 59_000 {
				add(fmt.Sprintf("%x", i), strings.NewReader(""))
			}
		}),
		wheel("RECORD of 16 MB", true, func(add func(string, io.Reader)) {
			small(add, "RECORD")
			add("bomb-1.0.data/purelib/a.py", strings.NewReader(""))
			add(hostileInfo+"RECORD", repeated("x,,\n", 16_000_000))
		}),
		wheel("119,000 rows, moved files", true, func(add func(string, io.Reader)) {
			small(add, "RECORD")
			add("bomb-1.0.data/purelib/a.py", strings.NewReader(""))
			add(hostileInfo+"RECORD", repeated(strings.Repeat("x", 67)+",,\n", 8_330_000))
		}),
		wheel("four files of metadata of 8 MB", true, func(add func(string, io.Reader)) {
			add(hostileInfo+"METADATA", io.MultiReader(strings.NewReader(metadata), repeated("x: y\n", 8_300_000)))
			add(hostileInfo+"WHEEL", io.MultiReader(strings.NewReader("Wheel-Version: 1.0\n"), repeated("x: y\n", 8_300_000)))
			add(hostileInfo+"entry_points.txt", repeated("[console_scripts]\n", 8_300_000))
			add(hostileInfo+"RECORD", repeated(strings.Repeat("x", 67)+",,\n", 8_330_000))
		}),
		wheel("60,000 entries in deep folders", true, func(add func(string, io.Reader)) {
			small(add, "")
			for i := range 60_000 {
				add(strings.Repeat("a/", 400)+fmt.Sprint(i), strings.NewReader(""))
			}
		}),
		wheel("unpacked 1 GB", true, func(add func(string, io.Reader)) {
			small(add, "")
			add("zeros", repeated("\x00", 1_000_000_000))
		}),
		wheel("unpacked 3 GB", true, func(add func(string, io.Reader)) {
			small(add, "")
			add("zeros", repeated("\x00", 3_000_000_000))
		}),
	}
}
