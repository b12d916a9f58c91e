package layerzip

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/layer"
)

// stored returns an entry of content as it is.
func stored(name, content string) layer.Entry {
	return layer.Entry{Name: name, CRC32: crc32.ChecksumIEEE([]byte(content)), Compressed: int64(len(content)),
		Size: int64(len(content)), Source: strings.NewReader(content)}
}

// fixedDeflate is "lamella lamella lamella\n", deflated once and for all: a
// test of fixed bytes must not depend on Go's compressor.
var fixedDeflate = []byte("\xcb\x49\xcc\x4d\xcd\xc9\x49\x54\xc8\x41\xa5\xb9\x00")

// sample is a made-up layer that has a bit of everything.
func sample() []layer.Entry {
	text := "lamella lamella lamella\n"
	deflated := layer.Entry{Name: "python/lamella/__init__.py", Method: layer.Deflate, CRC32: crc32.ChecksumIEEE([]byte(text)),
		Compressed: int64(len(fixedDeflate)), Size: int64(len(text)), Source: bytes.NewReader(append([]byte("??"), fixedDeflate...)), Offset: 2}
	tool := stored("python/lamella/tool", "#!/bin/sh\n")
	tool.Executable = true
	return []layer.Entry{
		stored("python/lamella/größe.txt", "naïve\n"), deflated, tool, stored("python/lamella/empty", ""),
		stored("python/lamella-1.0.dist-info/RECORD", "lamella/__init__.py,,\n"),
		stored("python/lamella/big", strings.Repeat("0123456789", 300_000)), // more than a buffer
	}
}

// The sha256 of sample's zip, computed by Python: its zipfile module writes
// the same bytes for the same files, modes and times. It is part of what lamella promises: if it
// changes, every layer of every user is published anew.
const golden = "sha256:5b5b21a0fe8128ca5e5790beb2c6770d32e5629580c5f21778f4b0220cedd152"

func TestGoldenDigest(t *testing.T) {
	for _, processors := range []int{1, 8} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		for seed := range uint64(5) {
			entries := sample()
			rand.New(rand.NewPCG(seed, 0)).Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
			s, err := Write(context.Background(), io.Discard, entries, nil)
			if err != nil {
				t.Fatal(err)
			}
			if s.SHA256 != golden {
				t.Fatalf("GOMAXPROCS=%d, order %d: got %s, want %s", processors, seed, s.SHA256, golden)
			}
		}
	}
}

// archive/zip reads what was written, and every header says what it should.
func TestReadBack(t *testing.T) {
	var b bytes.Buffer
	var events []event.Event
	s, err := Write(context.Background(), &b, sample(), func(e event.Event) { events = append(events, e) })
	if err != nil {
		t.Fatal(err)
	}
	if s.Size != int64(b.Len()) || s.Entries != 6 || s.Unzipped != 3_000_063 {
		t.Errorf("got %+v for %d bytes", s, b.Len())
	}
	if first, last := events[0], events[len(events)-1]; first.Kind != event.Begin || first.Total != s.Size || last.Kind != event.End || last.Done != s.Size {
		t.Errorf("events from %+v to %+v", first, last)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), s.Size)
	if err != nil {
		t.Fatal(err)
	}
	before := ""
	for _, f := range r.File {
		if f.Name <= before {
			t.Errorf("%q comes behind %q", f.Name, before)
		}
		before = f.Name
		var flags uint16
		if strings.Contains(f.Name, "ö") {
			flags = flagUTF8
		}
		mode := uint32(0o100644)
		if strings.HasSuffix(f.Name, "/tool") {
			mode = 0o100755
		}
		if f.Flags != flags || f.ExternalAttrs != mode<<16 || f.CreatorVersion != madeByUnix || f.ReaderVersion != needsVersion ||
			f.ModifiedDate != 0x21 || f.ModifiedTime != 0 || len(f.Extra)+len(f.Comment) != 0 {
			t.Errorf("%+v", f.FileHeader)
		}
		c, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); err != nil { // checks the CRC
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

// TestLayout: what Layout says before a zip is written is what its directory says then.
func TestLayout(t *testing.T) {
	unsorted := sample()
	slices.Reverse(unsorted)
	for _, entries := range [][]layer.Entry{sample(), unsorted} {
		var b bytes.Buffer
		if _, err := Write(t.Context(), &b, entries, nil); err != nil {
			t.Fatal(err)
		}
		written, err := ReadDirectory(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if placed, err := Layout(entries); err != nil || len(placed) == 0 || !slices.Equal(placed, written) {
			t.Errorf("got %+v, %v, want %+v", placed, err, written)
		}
	}
	if _, err := Layout(nil); !errors.Is(err, layer.ErrEmpty) || fault.KindOf(err) != fault.Layer {
		t.Errorf("no entries: %v", err)
	}
}

func TestZip64(t *testing.T) {
	for _, n := range []int{1, 65_534, 65_535, 70_000} {
		var entries []layer.Entry
		for i := range n {
			entries = append(entries, stored(fmt.Sprintf("python/%06d", i), ""))
		}
		var b bytes.Buffer
		s, err := Write(context.Background(), &b, entries, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := zip.NewReader(bytes.NewReader(b.Bytes()), s.Size)
		if err != nil || len(r.File) != n || int64(b.Len()) != s.Size {
			t.Fatalf("%d entries: %v", n, err)
		}
		if has := bytes.Contains(b.Bytes(), le.AppendUint32(nil, end64Signature)); has != (n >= 65_535) {
			t.Errorf("%d entries: zip64 records: %t", n, has)
		}
	}
}

func TestRefused(t *testing.T) {
	huge := stored("python/huge", "")
	huge.Compressed, huge.Size = 3<<30, 3<<30
	huge2 := huge
	huge2.Name += "2"
	method := stored("python/x", "x")
	method.Method = 93
	lies := stored("python/x", "x")
	lies.Size = 2
	for want, entries := range map[string][]layer.Entry{
		"empty":      nil,
		`"python/a"`: {stored("python/a", "1"), stored("python/b", "2"), stored("python/a", "1")},
		"..":         {stored("python/../a", "")},
		"4 GiB":      {huge, huge2},
		"93":         {method},
		`"python/x"`: {lies},
	} {
		var b bytes.Buffer
		_, err := Write(context.Background(), &b, entries, nil)
		if catalogue.KindOf(err) != fault.Layer || !strings.Contains(err.Error(), want) || b.Len() != 0 {
			t.Errorf("want %q, got %v and %d bytes", want, err, b.Len())
		}
	}
}

// failing fails after n bytes, as a full disk does.
type failing struct{ n int }

var errFull = errors.New("no space left on device")

func (f *failing) Write(b []byte) (int, error) {
	if f.n -= len(b); f.n < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestFailures(t *testing.T) {
	_, err := Write(context.Background(), &failing{2 << 20}, sample(), nil)
	if !errors.Is(err, errFull) || catalogue.KindOf(err) != fault.Machine || fault.Hints(err) == nil {
		t.Errorf("full disk: %v", err)
	}
	short := stored("python/a", "12345")
	short.Source, short.Owner = strings.NewReader("123"), "demo"
	_, err = Write(context.Background(), io.Discard, []layer.Entry{short}, nil)
	if !errors.Is(err, io.ErrUnexpectedEOF) || catalogue.KindOf(err) != fault.Machine || !strings.Contains(err.Error(), `"python/a" (from demo)`) ||
		!errors.As(err, new(*layer.Damaged)) || fault.Hints(err) == nil {
		t.Errorf("short source: %v", err)
	}
	for i := range 40 { // one bit of a few bytes
		flipped := []byte("12345")
		flipped[i/8] ^= 1 << (i % 8)
		e := stored("python/a", "12345")
		e.Sum, e.Source = layer.SumOf([]byte("12345")), bytes.NewReader(flipped)
		damaged := (*layer.Damaged)(nil)
		if _, err = Write(context.Background(), io.Discard, []layer.Entry{e}, nil); !errors.As(err, &damaged) || damaged.Name != "python/a" {
			t.Errorf("bit %d: %v", i, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err = Write(ctx, io.Discard, sample(), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
