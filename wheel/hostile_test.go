package wheel

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

const text = "print('hello, hello, hello, hello')\n"

// zip64Local is a zip64 extra field for content's sizes in a local header.
func zip64Local(content string) []byte {
	b := le.AppendUint16(le.AppendUint16(nil, zip64Extra), 16)
	return le.AppendUint64(le.AppendUint64(b, uint64(len(content))), uint64(len(deflated(content))))
}

// soundZips are unusual, and right.
func soundZips() map[string]zipFile {
	a := zipEntry{name: "demo/a.py", content: text}
	with := func(change func(*zipEntry)) zipFile {
		e := a
		change(&e)
		return demo(e, zipEntry{name: "demo/b.py", content: "b"})
	}
	zips := map[string]zipFile{
		"plain":                demo(a),
		"stored":               with(func(e *zipEntry) { e.stored = true }),
		"empty file":           demo(zipEntry{name: "demo/a.py"}, zipEntry{name: "demo/b.py", stored: true}),
		"folders":              demo(zipEntry{name: "demo/", stored: true}, a, zipEntry{name: "demo-1.0.dist-info/"}),
		"UTF-8, flag":          demo(zipEntry{name: "demo/ü.py", content: text, flags: 1 << 11}),
		"UTF-8, no flag":       demo(zipEntry{name: "demo/ü.py", content: text}),
		"comma in name":        demo(zipEntry{name: `demo/a,"b.txt`, content: text}),
		"local extra":          with(func(e *zipEntry) { e.extra = []byte("\x55\x54\x05\x00\x03abcd") }),
		"central extra":        with(func(e *zipEntry) { e.cdExtra = []byte("\x55\x54\x05\x00\x03abcd") }),
		"shortextra":           with(func(e *zipEntry) { e.cdExtra = []byte("\x00\x00\x00") }),
		"descriptor 12":        with(func(e *zipEntry) { e.descriptor = descriptor(text, false, false) }),
		"descriptor 16":        with(func(e *zipEntry) { e.descriptor = descriptor(text, true, false) }),
		"descriptor 20":        with(func(e *zipEntry) { e.descriptor = descriptor(text, false, true) }),
		"descriptor 24":        with(func(e *zipEntry) { e.descriptor = descriptor(text, true, true) }),
		"descriptor flag only": with(func(e *zipEntry) { e.flags = flagDescriptor }),
		"zip64 sizes": with(func(e *zipEntry) {
			e.extra = zip64Local(text)
			e.local = func(b []byte) { put32(18, max32)(b); put32(22, max32)(b) }
		}),
		"same file twice": demo(a, a),
	}
	z := demo(a)
	z.comment = "made by hand"
	zips["comment"] = z
	z = demo(a)
	z.zip64 = true
	zips["zip64 end"] = z
	z.end = func(b []byte) { put16(8, max16)(b); put16(10, max16)(b); put32(12, max32)(b); put32(16, max32)(b) }
	zips["zip64 end needed"] = z
	return zips
}

func TestSoundZips(t *testing.T) {
	for name, z := range soundZips() {
		b := z.bytes()
		if err := Verify(bytes.NewReader(b), int64(len(b)), demoName); err != nil {
			t.Errorf("%s: Verify: %v", name, err)
		}
		w, err := Open(bytes.NewReader(b), int64(len(b)), "demo-1.0-py3-none-any.whl")
		if err != nil {
			t.Errorf("%s: Open: %v", name, err)
			continue
		}
		entries, err := w.Entries(nil)
		if err != nil {
			t.Errorf("%s: Entries: %v", name, err)
		}
		for _, e := range entries {
			if _, _, err := newChecker().check(e, Row{}, seen{}); err != nil {
				t.Errorf("%s: %s: %v", name, e.Name, err)
			}
		}
	}
}

// hostileZip is a zip that must be refused, with a part of the reason.
type hostileZip struct {
	zip    zipFile
	want   string
	opened bool // Open, which does not look at content, passes it
}

func hostileZips() map[string]hostileZip {
	a := zipEntry{name: "demo/a.py", content: text}
	with := func(change func(*zipEntry)) zipFile {
		e := a
		change(&e)
		z := demo(e, zipEntry{name: "demo/b.py", content: "b"})
		return z
	}
	named := func(name string) zipFile { return demo(zipEntry{name: name, content: text}) }
	z := func(change func(*zipFile)) zipFile { f := demo(a); change(&f); return f }
	lying := deflated(strings.Repeat("0", 1<<20))
	return map[string]hostileZip{
		// Names.
		"escape":              {named("../evil.py"), `"../evil.py"`, false},
		"escape within":       {named("demo/../../evil.py"), `".."`, false},
		"absolute":            {named("/etc/evil"), "absolute", false},
		"drive":               {named("C:/evil"), "drive", false},
		"backslash":           {named(`demo\evil.py`), "backslash", false},
		"NUL":                 {named("demo/a.py\x00.txt"), "U+0000", false},
		"control character":   {named("demo/\x1b[2J.py"), "U+001B", false},
		"not UTF-8":           {named("demo/\xfc.py"), "UTF-8", false},
		"empty name":          {named(""), "empty name", false},
		"empty segment":       {named("demo//a.py"), "empty", false},
		"folder escapes":      {named("../"), "folder", false},
		"folder with slashes": {demo(a, zipEntry{name: "demo//", stored: true}), "empty", false},
		"escape from .data":   {named("demo-1.0.data/data/../../x"), `".."`, false},
		// Places.
		"duplicate":           {demo(a, zipEntry{name: "demo/a.py", content: "other"}), "content", false},
		"duplicate by moving": {demo(a, zipEntry{name: "demo-1.0.data/purelib/demo/a.py", content: "other"}), "content", false},
		// Both have the CRC-32 4ddb0c25.
		"twins of one CRC":                  {demo(zipEntry{name: "demo/a.py", content: "plumless"}, zipEntry{name: "demo-1.0.data/purelib/demo/a.py", content: "buckeroo"}), "content", true},
		"dist-info by moving":               {named("demo-1.0.data/purelib/other-2.0.dist-info/METADATA"), "second .dist-info", false},
		"dist-info of another":              {named("demo-1.0.data/data/demo-2.0.dist-info/RECORD"), "second .dist-info", false},
		"file and folder":                   {demo(zipEntry{name: "demo", content: text}, a), `"demo"`, false},
		"unknown scheme":                    {named("demo-1.0.data/lib/x"), `"lib"`, false},
		"no scheme":                         {named("demo-1.0.data/x"), `"demo-1.0.data/x"`, false},
		"two dist-infos":                    {named("other-2.dist-info/METADATA"), "two .dist-info", false},
		"no dist-info":                      {zipFile{entries: []zipEntry{a}}, ".dist-info", false},
		"no RECORD":                         {z(func(f *zipFile) { f.entries = f.entries[:3] }), "demo-1.0.dist-info/RECORD", false},
		"no WHEEL":                          {z(func(f *zipFile) { f.entries[2].name = "demo-1.0.dist-info/WHEELS" }), "demo-1.0.dist-info/WHEEL", false},
		"later format":                      {z(func(f *zipFile) { f.entries[2].content = "Wheel-Version: 2.0\n" }), "version 2.0", false},
		"no format":                         {z(func(f *zipFile) { f.entries[2].content = "Tag: any\n" }), "no Wheel-Version", false},
		"odd format":                        {z(func(f *zipFile) { f.entries[2].content = "Wheel-Version: one\n" }), `"one"`, false},
		"symbolic link in METADATA's place": {zipFile{entries: []zipEntry{{name: "x.dist-info/WHEEL"}}}, "x.dist-info/METADATA", false},
		// Entries that cannot be copied.
		"encrypted":         {with(func(e *zipEntry) { e.flags = flagEncrypted }), "encrypted", false},
		"strongly":          {with(func(e *zipEntry) { e.flags = flagEncrypted | flagStrong }), "encrypted", false},
		"zstd":              {with(func(e *zipEntry) { e.central = put16(10, 93) }), "(method 93)", false},
		"LZMA":              {with(func(e *zipEntry) { e.central = put16(10, 14) }), "LZMA", false},
		"unknown method":    {with(func(e *zipEntry) { e.central = put16(10, 77) }), "method 77", false},
		"4 GiB":             {with(func(e *zipEntry) { e.central = put32(24, max32) }), "4 GiB", false},
		"stored, two sizes": {with(func(e *zipEntry) { e.stored = true; e.central = put32(24, 5) }), "is not compressed", false},
		// What the headers say.
		"bad crc":             {with(func(e *zipEntry) { e.central = put32(16, 1); e.local = put32(14, 1) }), "00000001", true},
		"bad local crc":       {with(func(e *zipEntry) { e.local = put32(14, 1) }), "00000001", true},
		"bad csize":           {with(func(e *zipEntry) { e.central = put32(20, 5) }), "(5 compressed)", true},
		"bad usize":           {with(func(e *zipEntry) { e.central = put32(24, 5); e.local = put32(22, 5) }), "5 bytes", true},
		"bad local usize":     {with(func(e *zipEntry) { e.local = put32(22, 5) }), "5 bytes", true},
		"too long usize":      {with(func(e *zipEntry) { e.central = put32(24, 999); e.local = put32(22, 999) }), "999", true},
		"other local name":    {with(func(e *zipEntry) { e.local = func(b []byte) { copy(b[localSize:], "demo/z") } }), `"demo/z.py"`, true},
		"other local length":  {with(func(e *zipEntry) { e.local = put16(26, 3) }), "local header", true},
		"other local method":  {with(func(e *zipEntry) { e.local = put16(8, 0) }), "compression method", true},
		"local encrypted":     {with(func(e *zipEntry) { e.local = put16(6, 1) }), "compression method", true},
		"no local header":     {with(func(e *zipEntry) { e.cdOnly = true }), `"demo/b.py"`, true},
		"cd extra entry":      {with(func(e *zipEntry) { e.cdOnly = true; e.name = "demo/c.py" }), `"demo/b.py"`, true},
		"cd missing entry":    {with(func(e *zipEntry) { e.localOnly = true }), "85 bytes", true},
		"overlap":             {demo(a, zipEntry{name: "demo/a.py", content: text, cdOnly: true, central: put32(42, 0)}), "overlaps", true},
		"offset too far":      {with(func(e *zipEntry) { e.central = put32(42, 1<<30) }), "central directory", false},
		"descriptor, crc":     {with(func(e *zipEntry) { e.descriptor = descriptor(text+"x", true, false) }), "data descriptor", true},
		"descriptor too long": {with(func(e *zipEntry) { e.descriptor = append(descriptor(text, true, true), 0) }), "25 bytes", true},
		"lying header":        {with(func(e *zipEntry) { e.packed = lying }), "36 bytes", true},
		"stream cut short":    {with(func(e *zipEntry) { e.packed = deflated(text)[:10] }), "ends too early", true},
		"stream and more":     {with(func(e *zipEntry) { e.packed = append(deflated(text), "more"...) }), "46 of", true},
		"local zip64 missing": {with(func(e *zipEntry) { e.local = put32(22, max32) }), "zip64", true},
		"damaged directory":   {with(func(e *zipEntry) { e.central = put32(0, 7) }), "central directory", false},
		"name too long":       {z(func(f *zipFile) { f.entries[3].central = put16(28, 9999) }), "central directory", false},
		// The file as a whole.
		"prefix":                {z(func(f *zipFile) { f.prefix = "#!/bin/sh\n" }), "10 bytes", true},
		"prefix, offsets not":   {z(func(f *zipFile) { f.end = put32(16, 3) }), "central directory", false},
		"gap":                   {z(func(f *zipFile) { f.gap = "hidden" }), "6 bytes", true},
		"suffix":                {z(func(f *zipFile) { f.suffix = "more" }), "end-of-central-directory", false},
		"suffix_not_comment":    {z(func(f *zipFile) { f.end = put16(20, 9) }), "end-of-central-directory", false},
		"too few counted":       {z(func(f *zipFile) { f.end = func(b []byte) { put16(8, 3)(b); put16(10, 3)(b) } }), "3 entries", false},
		"too many counted":      {z(func(f *zipFile) { f.end = func(b []byte) { put16(8, 60000)(b); put16(10, 60000)(b) } }), "central directory", false},
		"split":                 {z(func(f *zipFile) { f.end = put16(4, 1) }), "split", false},
		"zip64 locator missing": {z(func(f *zipFile) { f.end = func(b []byte) { put16(8, max16)(b); put16(10, max16)(b) } }), "zip64", false},
		"zip64 contradicts":     {z(func(f *zipFile) { f.zip64 = true; f.end = put32(16, 3) }), "contradict", false},
		"no zip":                {zipFile{prefix: "<html>404</html>", end: put32(0, 0)}, "end-of-central-directory", false},
		"dupe EOCD":             {z(func(f *zipFile) { f.suffix = string(zipFile{}.bytes()) }), "central directory", false},
		"zip in comment":        {z(func(f *zipFile) { f.comment = string(demo(a).bytes()) }), "central directory", false},
		// RECORD.
		"not listed":       {z(func(f *zipFile) { f.entries[3].content = "x,,\n" }), "RECORD", true},
		"no hash":          {z(func(f *zipFile) { f.entries[3].content = strings.ReplaceAll(f.entries[3].content, "sha256=", "") }), "sha256", true},
		"empty hash":       {z(func(f *zipFile) { f.entries[3].content = "demo/a.py,,\n" }), "RECORD", true},
		"md5":              {z(func(f *zipFile) { f.entries[3].content = strings.ReplaceAll(f.entries[3].content, "sha256=", "md5=") }), `"md5"`, true},
		"wrong hash":       {z(func(f *zipFile) { f.entries[0].content += "#" }), "RECORD", true},
		"wrong size":       {z(func(f *zipFile) { f.entries[3].content = strings.Replace(f.entries[3].content, ",36\n", ",37\n", 1) }), "RECORD", true},
		"row of two cells": {z(func(f *zipFile) { f.entries[3].content += "a,b\n" }), "RECORD line 5", true},
	}
}

func TestHostileZips(t *testing.T) {
	for name, h := range hostileZips() {
		b := h.zip.bytes()
		err := Verify(bytes.NewReader(b), int64(len(b)), demoName)
		catalogue.Record(err)
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Index || len(f.Hints) == 0 || !strings.Contains(err.Error(), h.want) {
			t.Errorf("%s: Verify: got %v, want %q", name, err, h.want)
		}
		_, err = Open(bytes.NewReader(b), int64(len(b)), "demo-1.0-py3-none-any.whl")
		if (err == nil) != h.opened {
			t.Errorf("%s: Open: got %v", name, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "demo-1.0-py3-none-any.whl") || fault.Hints(err) == nil) {
			t.Errorf("%s: Open: no wheel or no hint in %v", name, err)
		}
	}
}

// Every beginning of a wheel is refused: a download that stopped is noticed.
func TestTruncated(t *testing.T) {
	b := demo(zipEntry{name: "demo/a.py", content: text}).bytes()
	for n := range b {
		if err := Verify(bytes.NewReader(b[:n]), int64(n), demoName); err == nil {
			t.Errorf("the first %d of %d bytes pass", n, len(b))
		}
		if err := Verify(bytes.NewReader(b[:n]), int64(len(b)), demoName); err == nil {
			t.Errorf("%d bytes that should be %d pass", n, len(b))
		}
	}
}

// A flipped bit is noticed wherever it changes what is unpacked.
func TestFlippedBits(t *testing.T) {
	sound := demo(zipEntry{name: "demo/a.py", content: text}).bytes()
	noticed := 0
	for i := range sound {
		b := bytes.Clone(sound)
		b[i] ^= 0x10
		if Verify(bytes.NewReader(b), int64(len(b)), demoName) != nil {
			noticed++
			continue
		}
		w, err := Open(bytes.NewReader(b), int64(len(b)), "demo-1.0-py3-none-any.whl")
		if err != nil {
			t.Fatal(err)
		}
		entries, err := w.Entries(nil)
		if err != nil {
			t.Fatal(err)
		}
		if content, _ := io.ReadAll(entries[0].Open()); entries[0].Name != "python/demo/a.py" || string(content) != text {
			t.Errorf("a flipped bit in byte %d passes", i)
		}
	}
	if noticed < len(sound)/2 {
		t.Errorf("%d of %d flipped bits noticed", noticed, len(sound))
	}
}
