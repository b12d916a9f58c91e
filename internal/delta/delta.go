// Package delta determines how to assemble a zip from zips that are already stored, so that
// only what has changed must be sent.
//
// The entries of a layer's zip are sorted by name and copied in compressed form, so the zips
// of two versions share long runs of bytes: all entries between two changes. [Plan] finds
// these runs using only the central directories, and divides the new zip into the parts of
// an S3 multipart upload. Each part is either copied from a stored zip or sent.
//
// A directory proves nothing about the content: whoever carries out a plan must compare each
// copied part with the bytes that it should have.
package delta

import (
	"slices"

	"github.com/lamella-build/lamella/layer/layerzip"
)

// Limits are the limits on parts, in bytes. The zero value stands for the limits of S3 (S3
// user guide, "Amazon S3 multipart upload limits").
type Limits struct {
	Smallest int64 // minimum size of every part except the last; 0 means 5 MiB
	Sent     int64 // approximate size of a part that is sent; 0 means 8 MiB
	Copied   int64 // approximate size of a part that is copied; 0 means 64 MiB
	// Request is the number of bytes that could be sent in the time that a request takes. 0
	// means 64 KiB, which is 25 ms at 20 Mbit/s.
	Request int64
}

// WithDefaults returns l with zeros replaced by the limits of S3.
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

// Zip describes a zip according to its central directory.
type Zip struct {
	Entries []layerzip.Placed // sorted by offset
	Size    int64             // bytes
}

// Part is one part of the new zip.
type Part struct {
	Size   int64 // bytes
	Source int   // index of the stored zip to copy the part from, or Send
	Offset int64 // offset in the source in bytes; 0 if the part is sent
}

// Send is the Source of a part that is sent.
const Send = -1

// Sent returns the total number of bytes in the parts that are sent.
func Sent(parts []Part) (bytes int64) {
	for _, p := range parts {
		if p.Source == Send {
			bytes += p.Size
		}
	}
	return bytes
}

// Plan divides a zip into the parts that cost least, in terms of bytes to send and requests.
// stored are the zips to copy from. The sizes of the parts add up to the size of the zip. If
// nothing is worth copying, all parts are sent.
func Plan(zip Zip, stored []Zip, l Limits) []Part {
	l = l.WithDefaults()
	var all []run
	for i, source := range stored {
		// S3 copies ranges only from objects that are larger than the smallest part.
		if source.Size > l.Smallest {
			all = append(all, runs(zip, source, i)...)
		}
	}
	all = slices.DeleteFunc(all, func(r run) bool { return r.end-r.start < l.Smallest })
	return division{zip.Size, all, l}.parts()
}

// run is a range of the new zip that also exists in a stored zip, at another offset.
type run struct {
	start, end int64 // in the new zip
	source     int
	shift      int64 // what to add to an offset in the new zip to get the offset in the source
}

// identity is what makes the bytes of two entries identical: everything in the local header,
// including the checksum of the content.
type identity struct {
	name             string
	method           uint16
	crc32            uint32
	compressed, size uint32
}

func identify(e layerzip.Placed) identity {
	return identity{e.Name, e.Method, e.CRC32, e.Compressed, e.Size}
}

// runs returns the longest ranges of whole entries that zip shares with source.
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
