package e2e

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
)

// hostileStores are the files of a local store, each replaced in turn.
func hostileStores() []hostileInput {
	long := strings.Repeat("0", 64)
	contents := []struct {
		name    string
		content func() string
	}{
		{"40 MB", func() string { return `{"schema": 1, "layer": "` + strings.Repeat("x", 40_000_000) + `"}` }},
		{"15 MB", func() string { return `{"schema": 1, "layer": "` + strings.Repeat("x", 15_000_000) + `"}` }},
		{"nesting", func() string { return `{"a": ` + strings.Repeat("[", 90_000) + strings.Repeat("]", 90_000) + "}" }},
		{"open brackets", func() string { return strings.Repeat("[", 8_000_000) }},
		{"keys", func() string { return "{" + numbered(1_000_000, `"k%d":1,`) + `"k":1}` }},
		{"190,000 keys", func() string { return "{" + numbered(190_000, `"k%d":1,`) + `"k":1}` }},
		{"not UTF-8", func() string {
			return `{"schema": 1, "layer": "w` + "\xff" + `b", "version": 1, "arn": "` + "\xfe" + `", "created": "2025-01-01T00:00:00Z"}`
		}},
		{"keys twice", func() string {
			return `{"schema": 1, "schema": 1, "layer": "web", "layer": "other", "version": 1, "version": 2, "zip": {"sha256": "` + long + `"}}`
		}},
	}
	var all []hostileInput
	for _, file := range []string{"layers/web/1.json", "layers/web/last", "objects/local/web/layer/000001/lamella.json", "objects/local/web/layer/lease"} {
		for i, c := range contents {
			all = append(all, hostileInput{"store: " + file + ": " + c.name, i%3 > 0, func(t *testing.T, dir string) []string {
				wheel := testindex.MakeWheel(t, filepath.Join(dir, "wheels"), "one", "1.0", "py3-none-any", map[string]string{"one.py": ""})
				args := []string{"deploy", "--lock", writeLock(t, dir, "requirements.txt", "one==1.0 --hash=sha256:"+fileDigest(t, wheel)+"\n"),
					"--runtime", "python3.13", "--find-links", "wheels", "--to", "store", "--name", "web"}
				if got := lamella(t, dir, cleanEnv(t, filepath.Join(dir, "cache")), args...); got.status != 0 {
					t.Fatal(got.stderr)
				}
				path := filepath.Join(dir, "store", file)
				if _, err := os.Stat(path); err != nil {
					t.Fatal(err)
				}
				writeLock(t, dir, filepath.Join("store", file), c.content())
				return append(args, "--force")
			}, 6})
		}
	}
	return all
}

// hostileSdists are source distributions, which are unpacked before anything is built.
func hostileSdists() []hostileInput {
	sdist := func(name, file string, heavy bool, fill func(t *testing.T, w io.Writer)) hostileInput {
		return hostileInput{"sdist: " + name, heavy, func(t *testing.T, dir string) []string {
			path := filepath.Join(dir, "sdists", file)
			if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
				t.Fatal(err)
			}
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			fill(t, f)
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			lock := writeLock(t, dir, "requirements.txt", "bomb==1.0 --hash=sha256:"+fileDigest(t, path)+"\n")
			t.Setenv("PATH", filepath.Dir(testenv.Tool(t, "uv"))+string(os.PathListSeparator)+os.Getenv("PATH"))
			return []string{"build", "--lock", lock, "--runtime", testenv.ToolRuntime(t), "--find-links", "sdists", "--allow-build", "bomb"}
		}, 4}
	}
	type entry struct {
		name, link string
		kind       byte
		size       int64
		content    io.Reader
		pax        map[string]string
	}
	tarred := func(name string, heavy bool, entries func(add func(entry))) hostileInput {
		return sdist(name, "bomb-1.0.tar.gz", heavy, func(t *testing.T, w io.Writer) {
			z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
			archive := tar.NewWriter(z)
			entries(func(e entry) {
				h := &tar.Header{Name: "bomb-1.0/" + e.name, Linkname: e.link, Typeflag: e.kind, Size: e.size, Mode: 0o644, PAXRecords: e.pax}
				if err := archive.WriteHeader(h); err != nil {
					t.Fatal(err)
				}
				if e.content != nil {
					if _, err := io.Copy(archive, e.content); err != nil {
						t.Fatal(err)
					}
				}
			})
			_ = archive.Close() // fails if an entry lacks content
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
	one := func(name string, heavy bool, e entry) hostileInput {
		return tarred(name, heavy, func(add func(entry)) { add(e) })
	}
	zipped := func(name string, heavy bool, n int, prefix string) hostileInput {
		return sdist(name, "bomb-1.0.zip", heavy, func(t *testing.T, w io.Writer) {
			z := zip.NewWriter(w)
			for i := range n {
				if _, err := z.Create(fmt.Sprintf("bomb-1.0/%s%x", prefix, i)); err != nil {
					t.Fatal(err)
				}
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
	return []hostileInput{
		one("tar of 3 GB of zeros", true, entry{name: "zeros", kind: tar.TypeReg, size: 3_000_000_000, content: repeated("\x00", 3_000_000_000)}),
		tarred("tar of 300,000 entries", true, func(add func(entry)) {
			for i := range 300_000 {
				add(entry{name: fmt.Sprint(i), kind: tar.TypeReg})
			}
		}),
		tarred("tar of 60,000 entries in deep folders", true, func(add func(entry)) {
			for i := range 60_000 {
				add(entry{name: strings.Repeat("a/", 90) + fmt.Sprint(i), kind: tar.TypeReg})
			}
		}),
		one("tar with an entry 400 folders deep", false, entry{name: strings.Repeat("a/", 400) + "x", kind: tar.TypeReg}),
		tarred("tar of long attributes", true, func(add func(entry)) {
			for i := range 600 {
				add(entry{name: fmt.Sprint(i), kind: tar.TypeReg, pax: map[string]string{"LAMELLA.x": strings.Repeat("x", 1_000_000)}})
			}
		}),
		one("tar with a size that lies", false, entry{name: "x", kind: tar.TypeReg, size: 1 << 40}),
		one("tar with a path out of it", false, entry{name: "../../x", kind: tar.TypeReg}),
		one("tar with a link out of it", false, entry{name: "x", link: "../../x", kind: tar.TypeSymlink}),
		one("tar with a hard link out of it", false, entry{name: "x", link: "/etc/passwd", kind: tar.TypeLink}),
		one("tar with a device", false, entry{name: "x", kind: tar.TypeChar}),
		zipped("zip of 300,000 entries", true, 300_000, ""),
		zipped("zip of 60,000 entries in deep folders", true, 60_000, strings.Repeat("a/", 90)),
		sdist("zip of 3 GB of zeros", "bomb-1.0.zip", true, func(t *testing.T, w io.Writer) {
			z := zip.NewWriter(w)
			f, err := z.Create("bomb-1.0/zeros")
			if err == nil {
				_, err = io.Copy(f, repeated("\x00", 3_000_000_000))
			}
			if err != nil || z.Close() != nil {
				t.Fatal(err)
			}
		}),
	}
}
