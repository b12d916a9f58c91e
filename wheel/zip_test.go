package wheel

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
)

// zipEntry is one entry of a zip made byte by byte, so that it can be wrong in
// every way.
type zipEntry struct {
	name       string
	content    string
	stored     bool
	attrs      uint32
	flags      uint16
	descriptor []byte       // behind the data; its CRC and sizes are left zero in the local header
	extra      []byte       // in the local header
	cdExtra    []byte       // in the central header
	local      func([]byte) // changes the local header
	central    func([]byte) // changes the central header
	packed     []byte       // instead of what content packs to
	cdOnly     bool         // no local header and data
	localOnly  bool         // no central header
}

// zipFile is a zip made of entries.
type zipFile struct {
	entries []zipEntry
	prefix  string
	gap     string // before the central directory
	comment string
	suffix  string
	zip64   bool
	end     func([]byte) // changes the end record
}

var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed)
	return w
}}

func deflated(s string) []byte {
	var b bytes.Buffer
	w := deflaters.Get().(*flate.Writer)
	w.Reset(&b)
	io.WriteString(w, s)
	w.Close()
	deflaters.Put(w)
	return b.Bytes()
}

func (z zipFile) bytes() []byte {
	out := []byte(z.prefix)
	var directory []byte
	count := 0
	for _, e := range z.entries {
		method, packed := uint16(8), deflated(e.content)
		if e.stored {
			method, packed = 0, []byte(e.content)
		}
		if e.packed != nil {
			packed = e.packed
		}
		common := func(b []byte, local bool) []byte {
			flags, crc, compressed, size := e.flags, crc32.ChecksumIEEE([]byte(e.content)), uint32(len(packed)), uint32(len(e.content))
			if e.descriptor != nil {
				flags |= flagDescriptor
				if local {
					crc, compressed, size = 0, 0, 0
				}
			}
			b = le.AppendUint16(le.AppendUint16(le.AppendUint16(b, 20), flags), method)
			b = le.AppendUint32(le.AppendUint32(b, 0x00210000), crc)
			b = le.AppendUint32(le.AppendUint32(b, compressed), size)
			return le.AppendUint16(b, uint16(len(e.name)))
		}
		offset := len(out)
		if !e.cdOnly {
			b := common(le.AppendUint32(nil, localSignature), true)
			b = le.AppendUint16(b, uint16(len(e.extra)))
			b = append(append(b, e.name...), e.extra...)
			if e.local != nil {
				e.local(b)
			}
			out = append(append(append(out, b...), packed...), e.descriptor...)
		}
		if !e.localOnly {
			count++
			b := common(le.AppendUint16(le.AppendUint32(nil, centralSignature), 3<<8|20), false)
			b = le.AppendUint16(b, uint16(len(e.cdExtra)))
			b = append(b, 0, 0, 0, 0, 0, 0)
			b = le.AppendUint32(le.AppendUint32(b, e.attrs), uint32(offset))
			b = append(append(b, e.name...), e.cdExtra...)
			if e.central != nil {
				e.central(b)
			}
			directory = append(directory, b...)
		}
	}
	out = append(out, z.gap...)
	offset := len(out)
	out = append(out, directory...)
	if z.zip64 {
		at := len(out)
		out = le.AppendUint64(le.AppendUint32(out, end64Signature), end64Size-12)
		out = le.AppendUint64(le.AppendUint32(out, 45<<16|45), 0)
		out = le.AppendUint64(le.AppendUint64(out, uint64(count)), uint64(count))
		out = le.AppendUint64(le.AppendUint64(out, uint64(len(directory))), uint64(offset))
		out = le.AppendUint64(le.AppendUint64(out, locatorSignature), uint64(at))
		out = le.AppendUint32(out, 1)
	}
	b := le.AppendUint64(nil, endSignature)
	b = le.AppendUint16(le.AppendUint16(b, uint16(count)), uint16(count))
	b = le.AppendUint32(le.AppendUint32(b, uint32(len(directory))), uint32(offset))
	b = append(le.AppendUint16(b, uint16(len(z.comment))), z.comment...)
	if z.end != nil {
		z.end(b)
	}
	return append(append(out, b...), z.suffix...)
}

// demo returns a sound wheel of the given files, to be spoilt by its caller:
// the files first, then METADATA, WHEEL and RECORD.
func demo(files ...zipEntry) zipFile {
	files = append(files,
		zipEntry{name: "demo-1.0.dist-info/METADATA", content: "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"},
		zipEntry{name: "demo-1.0.dist-info/WHEEL", content: "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"})
	return zipFile{entries: append(files, zipEntry{name: "demo-1.0.dist-info/RECORD", content: recordOf(files)})}
}

func recordOf(files []zipEntry) string {
	var b bytes.Buffer
	for _, f := range files {
		if f.name != "" && f.name[len(f.name)-1] != '/' {
			sum := sha256.Sum256([]byte(f.content))
			fmt.Fprintf(&b, "%s,sha256=%s,%d\n", quote(f.name), base64.RawURLEncoding.EncodeToString(sum[:]), len(f.content))
		}
	}
	b.WriteString("demo-1.0.dist-info/RECORD,,\n")
	return b.String()
}

func descriptor(content string, signature, wide bool) []byte {
	var b []byte
	if signature {
		b = le.AppendUint32(b, descriptorSignature)
	}
	b = le.AppendUint32(b, crc32.ChecksumIEEE([]byte(content)))
	packed, size := uint64(len(deflated(content))), uint64(len(content))
	if wide {
		return le.AppendUint64(le.AppendUint64(b, packed), size)
	}
	return le.AppendUint32(le.AppendUint32(b, uint32(packed)), uint32(size))
}

func put16(at int, v uint16) func([]byte) { return func(b []byte) { le.PutUint16(b[at:], v) } }
func put32(at int, v uint32) func([]byte) { return func(b []byte) { le.PutUint32(b[at:], v) } }
