package wheel

import (
	"bytes"
	"testing"
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
		if Verify(bytes.NewReader(b), int64(len(b))) != nil {
			return
		}
		w, err := open(bytes.NewReader(b), int64(len(b)), "")
		if err != nil {
			t.Fatal(err)
		}
		checkEntries(t, w)
	})
}

// Open must neither panic nor return an entry that lies outside of the file.
func FuzzOpen(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
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
}
