package layerzip_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/layer/layerzip"
)

// TestView reads a zip in pieces of all sizes from all offsets.
func TestView(t *testing.T) {
	var entries []layer.Entry
	for i, size := range []int{0, 1, 40, 3000, 0, 200} {
		content := bytes.Repeat([]byte{byte(i)}, size)
		entries = append(entries, layer.Entry{Name: fmt.Sprintf("python/%dä.py", 9-i), CRC32: crc32.ChecksumIEEE(content), Executable: i%2 == 0,
			Compressed: int64(size), Size: int64(size), Source: strings.NewReader("??" + string(content)), Offset: 2})
	}
	var zip bytes.Buffer
	if _, err := layerzip.Write(t.Context(), &zip, entries, nil); err != nil {
		t.Fatal(err)
	}
	v, err := layerzip.NewView(entries)
	if err != nil || v.Size() != int64(zip.Len()) || len(v.Layout()) != len(entries) {
		t.Fatalf("got %+v, %v, want %d bytes", v, err, zip.Len())
	}
	for _, size := range []int{1, 7, 64, zip.Len()} {
		for off := 0; off < zip.Len(); off += max(1, size/3) {
			want := zip.Bytes()[off:min(off+size, zip.Len())]
			got := make([]byte, size)
			n, err := v.ReadAt(got, int64(off))
			if !bytes.Equal(got[:n], want) || (err == nil) != (n == size) {
				t.Fatalf("%d bytes at %d: got %d, %v, want %d", size, off, n, err, len(want))
			}
			var content int64
			v.Content(int64(off), int64(size), func(_ io.ReaderAt, from, to int64) {
				if from < 2 || to <= from {
					t.Errorf("content from %d to %d", from, to)
				}
				content += to - from
			})
			if content > int64(n) || size == zip.Len() && off == 0 && content != 3241 {
				t.Errorf("%d bytes at %d have %d bytes of content", size, off, content)
			}
		}
	}
	entries[3].Source = strings.NewReader("??too short")
	if v, err = layerzip.NewView(entries); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(io.NewSectionReader(v, 0, v.Size())); err == nil {
		t.Error("what is not there is read")
	}
}
