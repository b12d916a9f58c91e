// Package delta finds out how to put a zip together from zips that are stored
// already, so that only what changed is sent.
//
// Entries of a layer's zip are sorted by name and copied as they are compressed,
// so the zips of two versions share long runs of bytes: all entries from one
// change to the next. [Plan] finds those runs in the central directories alone
// and divides the new zip into the parts of an S3 multipart upload, each of which
// is either copied from a stored zip or sent.
//
// What a directory says is not proof: whoever carries a plan out has to compare
// each copied part with the bytes that it should have.
package delta

import (
	"slices"

	"github.com/lamella-build/lamella/layer/layerzip"
)

// Limits are what parts have to comply with, in bytes. The zero value is that of
// S3 (S3 user guide, "Amazon S3 multipart upload limits").
type Limits struct {
	Smallest int64 // of any part but the last; 0 is 5 MiB
	Sent     int64 // about the size of a part that is sent; 0 is 8 MiB
	Copied   int64 // about the size of a part that is copied; 0 is 64 MiB
	// Request is how many bytes could be sent in the time that a request takes;
	// 0 is 64 KiB, which is 25 ms at 20 Mbit/s.
	Request int64
}

// WithDefaults returns l with S3's limits in place of zeros.
func (l Limits) WithDefaults() Limits {
	for _, d := range []struct {
		limit *int64
		value int64
	}{{&l.Smallest, 5 << 20}, {&l.Sent, 8 << 20}, {&l.Copied, 64 << 20}, {&l.Request, 64 << 10}} {
		if *d.limit == 0 {
			*d.limit = d.value
		}
	}
	return l
}

// Zip is a zip as its central directory describes it.
type Zip struct {
	Entries []layerzip.Placed // in the order of their offsets
	Size    int64             // bytes
}

// Part is one part of the new zip, in the order of the parts.
type Part struct {
	Size   int64 // bytes
	Source int   // the number of the stored zip to copy it from; Send if it is sent
	Offset int64 // in the source, in bytes; 0 if it is sent
}

// Send is the Source of a part that is sent.
const Send = -1

// Sent adds up the bytes of the parts that are sent.
func Sent(parts []Part) (bytes int64) {
	for _, p := range parts {
		if p.Source == Send {
			bytes += p.Size
		}
	}
	return bytes
}

// Plan divides a zip into the parts that cost least, in bytes to send and in
// requests, if stored are the zips to copy from. Their sizes add up to the size
// of the zip. Without anything worth copying all parts are sent.
func Plan(zip Zip, stored []Zip, l Limits) []Part {
	l = l.WithDefaults()
	var all []run
	for i, source := range stored {
		// S3 copies ranges only from an object that is larger than the smallest part.
		if source.Size > l.Smallest {
			all = append(all, runs(zip, source, i)...)
		}
	}
	all = slices.DeleteFunc(all, func(r run) bool { return r.end-r.start < l.Smallest })
	return division{zip.Size, all, l}.parts()
}

// run is a range of the new zip that a stored one has, too, at another offset.
type run struct {
	start, end int64 // in the new zip
	source     int
	shift      int64 // from an offset in the new zip to the one in the source
}

// identity is what makes the bytes of two entries the same: all that is in the
// local header, and the checksum of the content.
type identity struct {
	name             string
	method           uint16
	crc32            uint32
	compressed, size uint32
}

func identify(e layerzip.Placed) identity {
	return identity{e.Name, e.Method, e.CRC32, e.Compressed, e.Size}
}

// runs returns the longest ranges of whole entries that zip shares with a source.
func runs(zip, source Zip, number int) (all []run) {
	offsets := make(map[identity]int64, len(source.Entries))
	for _, e := range source.Entries {
		offsets[identify(e)] = e.Offset
	}
	for _, e := range zip.Entries {
		at, ok := offsets[identify(e)]
		if !ok {
			continue
		}
		shift, end := at-e.Offset, e.Offset+e.Length()
		if n := len(all); n > 0 && all[n-1].end == e.Offset && all[n-1].shift == shift {
			all[n-1].end = end
		} else {
			all = append(all, run{e.Offset, end, number, shift})
		}
	}
	return all
}
