package wheel

import (
	"bytes"
	"strings"
	"testing"
)

func TestRecordRows(t *testing.T) {
	for n, fits := range map[int]bool{maxRows: true, maxRows + 1: false} {
		count := 0
		_, err := eachRow(strings.NewReader(strings.Repeat("a,,\n", n)), func(Row) { count++ })
		if (err == nil) != fits || fits && count != n {
			t.Errorf("of %d rows, %d were read: %v", n, count, err)
		}
	}
}

// TestUnpackedSize: what the directory states counts, before anything is unpacked.
func TestUnpackedSize(t *testing.T) {
	state := func(size uint32) func([]byte) { return put32(24, size) }
	for name, c := range map[string]struct {
		sizes []uint32
		fits  bool
	}{
		"most":             {[]uint32{minUnpacked}, true},
		"a byte too many":  {[]uint32{minUnpacked + 1}, false},
		"in several files": {[]uint32{minUnpacked / 2, minUnpacked/2 + 1}, false},
	} {
		var z zipFile
		for i, size := range c.sizes {
			z.entries = append(z.entries, zipEntry{name: strings.Repeat("a", i+1), content: text, central: state(size)})
		}
		b := z.bytes()
		if _, err := readArchive(bytes.NewReader(b), int64(len(b))); (err == nil) != c.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}
