package wheel

import (
	"bytes"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// wheelName is the file name that demo's wheels go by.
const wheelName = "demo-1.0-py3-none-any.whl"

// fuzzSeeds adds the sound and the hostile zips.
func fuzzSeeds(f *testing.F) {
	for _, z := range soundZips() {
		f.Add(z.bytes())
	}
	for _, h := range hostileZips() {
		f.Add(h.zip.bytes())
	}
}

// What Verify passes, Open must open, at places that are sound, and its bytes
// must inflate to what the entries state.
func FuzzVerify(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		testenv.Frugal(t, func() {
			if Verify(bytes.NewReader(b), int64(len(b)), demoName) != nil {
				return
			}
			w, err := open(bytes.NewReader(b), int64(len(b)), "")
			if err != nil {
				t.Fatal(err)
			}
			checkEntries(t, w)
		})
	})
}

// Open must neither panic nor return an entry that lies outside of the file.
func FuzzOpen(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		testenv.Frugal(t, func() {
			w, err := Open(bytes.NewReader(b), int64(len(b)), wheelName)
			if err != nil {
				return
			}
			entries, err := w.Entries(func(path string, _ int64) bool { return len(path)%5 == 0 })
			if err != nil {
				return
			}
			for _, e := range entries {
				if e.Source == w.archive.r && (e.Offset < 0 || e.Compressed < 0 || e.Offset+e.Compressed > int64(len(b))) {
					t.Errorf("%q lies at %d+%d of %d", e.Name, e.Offset, e.Compressed, len(b))
				}
			}
		})
	})
}

// FuzzParseRecord checks that what is read can be written and read again.
func FuzzParseRecord(f *testing.F) {
	f.Add([]byte("a.py,sha256=00,1\r\n\"b,\"\"c\"\"\n.py\",,\na-1.dist-info/RECORD,,\n"))
	f.Add([]byte("a\"b,c,d\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		testenv.Frugal(t, func() {
			rows, err := ParseRecord(bytes.NewReader(content))
			if err != nil {
				return
			}
			for i := range rows { // which wheel writes, and never with what CSV quotes
				rows[i].Hash, rows[i].Size = "", ""
			}
			written := FormatRecord(rows)
			again, err := ParseRecord(bytes.NewReader(written))
			if err != nil || !slices.Equal(again, rows) {
				t.Errorf("%q became %q, %v", rows, again, err)
			}
		})
	})
}
