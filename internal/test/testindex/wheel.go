package testindex

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Wheel describes a wheel to be made. Name, Version and Tag
// ("py3-none-any", "cp313-cp313-manylinux_2_17_x86_64") are needed.
type Wheel struct {
	Name, Version, Tag string
	Build              string            // build tag, "" for none
	Files              map[string]string // path → content; one in .dist-info replaces the default one
	// Header, if set, may change how an entry is written, such as its mode or
	// method; it is called for every entry.
	Header func(*zip.FileHeader)
	// Extra, if set, may add entries of its own behind all others. They are not
	// in RECORD.
	Extra func(*zip.Writer) error
}

// MakeWheel writes a small, valid wheel into dir and returns its path. The same
// arguments give the same bytes.
func MakeWheel(tb testing.TB, dir, name, version, tag string, files map[string]string) string {
	tb.Helper()
	return Wheel{Name: name, Version: version, Tag: tag, Files: files}.Write(tb, dir)
}

// FileName returns the wheel's file name.
func (w Wheel) FileName() string {
	parts := []string{w.escapedName(), w.Version}
	if w.Build != "" {
		parts = append(parts, w.Build)
	}
	return strings.Join(append(parts, w.Tag), "-") + ".whl"
}

func (w Wheel) escapedName() string {
	return strings.ReplaceAll(strings.ReplaceAll(w.Name, "-", "_"), ".", "_")
}

// Write writes the wheel into dir and returns its path.
func (w Wheel) Write(tb testing.TB, dir string) string {
	tb.Helper()
	content, err := w.Bytes()
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(dir, w.FileName())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		tb.Fatal(err)
	}
	return path
}

// Bytes returns the wheel's content: Files in the order of their paths, then the
// .dist-info with RECORD last, as the wheel specification recommends.
func (w Wheel) Bytes() ([]byte, error) {
	info := w.escapedName() + "-" + w.Version + ".dist-info/"
	files := map[string]string{
		info + "METADATA": fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", w.Name, w.Version),
		info + "WHEEL":    w.wheelFile(),
	}
	for path, content := range w.Files {
		files[path] = content
	}
	var paths []string
	for path := range files {
		if path != info+"RECORD" {
			paths = append(paths, path)
		}
	}
	slices.SortFunc(paths, func(a, b string) int {
		if inA, inB := strings.HasPrefix(a, info), strings.HasPrefix(b, info); inA != inB {
			if inA {
				return 1
			}
			return -1
		}
		return strings.Compare(a, b)
	})
	if _, ok := files[info+"RECORD"]; !ok {
		files[info+"RECORD"] = record(paths, files, info)
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, path := range append(paths, info+"RECORD") {
		h := &zip.FileHeader{Name: path, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
		h.SetMode(0o644)
		if w.Header != nil {
			w.Header(h)
		}
		entry, err := z.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := entry.Write([]byte(files[path])); err != nil {
			return nil, err
		}
	}
	if w.Extra != nil {
		if err := w.Extra(z); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// wheelFile returns the WHEEL file: one Tag line for each of the compressed tags.
func (w Wheel) wheelFile() string {
	pure := strings.HasSuffix(w.Tag, "-none-any")
	text := fmt.Sprintf("Wheel-Version: 1.0\nGenerator: testindex\nRoot-Is-Purelib: %t\n", pure)
	if parts := strings.Split(w.Tag, "-"); len(parts) == 3 {
		for python := range strings.SplitSeq(parts[0], ".") {
			for abi := range strings.SplitSeq(parts[1], ".") {
				for platform := range strings.SplitSeq(parts[2], ".") {
					text += fmt.Sprintf("Tag: %s-%s-%s\n", python, abi, platform)
				}
			}
		}
	}
	if w.Build != "" {
		text += "Build: " + w.Build + "\n"
	}
	return text
}

// record returns RECORD: a line "path,sha256=…,size" a file, its own without hash.
func record(paths []string, files map[string]string, info string) string {
	var b strings.Builder
	for _, path := range paths {
		sum, size := sha256.Sum256([]byte(files[path])), len(files[path])
		if strings.ContainsAny(path, `,"`) {
			path = `"` + strings.ReplaceAll(path, `"`, `""`) + `"`
		}
		fmt.Fprintf(&b, "%s,sha256=%s,%d\n", path, base64.RawURLEncoding.EncodeToString(sum[:]), size)
	}
	fmt.Fprintf(&b, "%sRECORD,,\n", info)
	return b.String()
}
