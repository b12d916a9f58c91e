package delta

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/lamella-build/lamella/layer/layerzip"
)

const mib = 1 << 20

// file is an entry of a made-up zip: its content is told by the number of its edition.
type file struct {
	name    string
	size    uint32 // bytes
	edition uint32
}

// zipOf lays files out as a zip of a layer, with a central directory behind them.
func zipOf(files ...file) (z Zip) {
	for _, f := range files {
		e := layerzip.Placed{Name: f.name, Method: 8, CRC32: f.edition, Compressed: f.size, Size: f.size, Offset: z.Size}
		z.Entries = append(z.Entries, e)
		z.Size += e.Length()
	}
	z.Size += int64(len(files))*80 + 22
	return z
}

// wheels makes n files of size bytes each.
func wheels(n int, size uint32) (files []file) {
	for i := range n {
		files = append(files, file{fmt.Sprintf("python/%04d.py", i), size, 1})
	}
	return files
}

// change returns files with those from first to last in another edition.
func change(files []file, first, last int) []file {
	changed := append([]file(nil), files...)
	for i := first; i < last; i++ {
		changed[i].edition++
		changed[i].size += 7
	}
	return changed
}

// check demands parts that S3 takes and that are copied from where they are.
func check(t *testing.T, zip Zip, stored []Zip, parts []Part, l Limits) {
	t.Helper()
	l = l.WithDefaults()
	at := int64(0)
	for i, p := range parts {
		if p.Size <= 0 || p.Size < l.Smallest && i < len(parts)-1 {
			t.Errorf("part %d has %d bytes", i, p.Size)
		}
		if p.Source != Send {
			source := stored[p.Source]
			for b := at; b < at+p.Size; b += max(1, p.Size/97) {
				if got, want := byteAt(source, p.Offset+b-at), byteAt(zip, b); got != want {
					t.Fatalf("part %d copies %s as byte %d, which is %s", i, got, b, want)
				}
			}
		}
		at += p.Size
	}
	if at != zip.Size {
		t.Errorf("the parts have %d bytes, the zip %d", at, zip.Size)
	}
}

// byteAt describes a byte by the entry that it belongs to.
func byteAt(z Zip, at int64) string {
	for _, e := range z.Entries {
		if at < e.Offset+e.Length() {
			return fmt.Sprintf("byte %d of %s, edition %d", at-e.Offset, e.Name, e.CRC32)
		}
	}
	return fmt.Sprintf("a byte of the directory at %d", at)
}

func TestPlan(t *testing.T) {
	data := wheels(1500, 50_000) // 75 MB
	none := zipOf(file{"python/other.py", 75 * mib, 1})
	for name, test := range map[string]struct {
		zip    []file
		stored []Zip
		atMost int64 // bytes sent
		parts  int   // at most
	}{
		"one wheel of 1 MB in the middle": {change(data, 700, 720), []Zip{zipOf(data...)}, 7e6, 6},
		"the first wheel":                 {change(data, 0, 20), []Zip{zipOf(data...)}, 7e6, 4},
		"the last wheel":                  {change(data, 1480, 1500), []Zip{zipOf(data...)}, 7e6, 4},
		"two wheels apart":                {change(change(data, 300, 320), 1000, 1020), []Zip{zipOf(data...)}, 13e6, 8},
		"a wheel is added":                {append(data[:700:700], append([]file{{"python/0699x.py", mib, 1}}, data[700:]...)...), []Zip{zipOf(data...)}, 7e6, 6},
		"a wheel is gone":                 {append(data[:700:700], data[720:]...), []Zip{zipOf(data...)}, 7e6, 6},
		"nothing is shared":               {data, []Zip{none}, 76e6, 10},
		"nothing is stored":               {data, nil, 76e6, 10},
		"half is in each of two":          {data, []Zip{zipOf(data[:750]...), zipOf(data[750:]...)}, 1e6, 6},
		"the older one has more":          {data, []Zip{zipOf(change(data, 200, 1400)...), zipOf(change(data, 700, 720)...)}, 7e6, 6},
		"runs that are too short":         {data[:400], []Zip{zipOf(data[:90]...), zipOf(data[100:190]...)}, 21e6, 4},
		"a source that is too small":      {wheels(104, 50_000), []Zip{zipOf(wheels(103, 50_000)...)}, 6e6, 1},
		"a file larger than a copied part": {[]file{{"python/a", 200 * mib, 1}, {"python/b", mib, 2}},
			[]Zip{zipOf(file{"python/a", 200 * mib, 1}, file{"python/b", mib, 1})}, 2 * mib, 5},
	} {
		t.Run(name, func(t *testing.T) {
			zip := zipOf(test.zip...)
			parts := Plan(zip, test.stored, Limits{})
			check(t, zip, test.stored, parts, Limits{})
			if sent := Sent(parts); sent > test.atMost || len(parts) > test.parts {
				t.Errorf("%d of %d bytes are sent in %d parts: %+v", sent, zip.Size, len(parts), parts)
			}
		})
	}
}

// TestPlanOfAnyZips plans zips that share files by chance.
func TestPlanOfAnyZips(t *testing.T) {
	limits := Limits{Smallest: 1000, Sent: 1600, Copied: 12_800, Request: 10}
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		files := func() (files []file) {
			for i := range 1 + random.IntN(60) {
				if random.IntN(4) > 0 {
					files = append(files, file{fmt.Sprintf("python/%02d", i), uint32(random.IntN(3)) * 300, uint32(random.IntN(12) / 10)})
				}
			}
			return files
		}
		zip, stored := zipOf(files()...), []Zip{zipOf(files()...), zipOf(files()...)}
		parts := Plan(zip, stored, limits)
		check(t, zip, stored, parts, limits)
		if one := Plan(zip, stored[:1], limits); Sent(parts)+int64(len(parts))*limits.Request > Sent(one)+int64(len(one))*limits.Request {
			t.Errorf("seed %d: two sources cost more than one of them", seed)
		}
	}
}
