package versions

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"

	"github.com/lamella-build/lamella/fault"
)

// firstDifference describes the first difference between two zips, in the order of the
// entries of the published zip.
func firstDifference(publishedPath, rebuiltPath string) (string, error) {
	published, err := openZip(publishedPath)
	if err != nil {
		return "", err
	}
	defer published.Close()
	rebuilt, err := openZip(rebuiltPath)
	if err != nil {
		return "", err
	}
	defer rebuilt.Close()

	other := map[string]*zip.File{}
	for _, f := range rebuilt.File {
		other[f.Name] = f
	}
	for _, f := range published.File {
		if other[f.Name] == nil {
			return fmt.Sprintf("only the published zip has %s", f.Name), nil
		}
		how, err := differ(f, other[f.Name])
		if err != nil || how != "" {
			return f.Name + how, err
		}
		delete(other, f.Name)
	}
	for _, f := range rebuilt.File {
		if other[f.Name] != nil {
			return fmt.Sprintf("only the rebuilt zip has %s", f.Name), nil
		}
	}
	for i, f := range published.File {
		if there := rebuilt.File[i]; there.Name != f.Name {
			return fmt.Sprintf("the entries are in a different order, with %s instead of %s", f.Name, there.Name), nil
		}
	}
	return "the entries are identical, but other bytes of the archive differ", nil
}

func openZip(path string) (*zip.ReadCloser, error) {
	r, err := zip.OpenReader(path)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Machine, Message: "cannot read " + path, Subject: path, Err: err}
	}
	return r, nil
}

// differ describes how two entries with the same name differ, or returns "" if they do not.
// It compares the content itself, because the metadata in the archives may be wrong.
func differ(published, rebuilt *zip.File) (string, error) {
	a, err := readEntry(published)
	if err != nil {
		return "", err
	}
	b, err := readEntry(rebuilt)
	if err != nil {
		return "", err
	}
	switch {
	case a.broken != nil:
		return fmt.Sprintf(" cannot be decompressed: %v", a.broken), nil
	case a.size != b.size:
		return fmt.Sprintf(" has %d bytes, but %d in the rebuilt zip", a.size, b.size), nil
	case a.content != b.content:
		return fmt.Sprintf(" has different content: SHA-256 %.6x…, but %.6x… in the rebuilt zip", a.content, b.content), nil
	case published.CRC32 != rebuilt.CRC32:
		return fmt.Sprintf(" has the CRC-32 %08x, but in the rebuilt zip it is %08x", published.CRC32, rebuilt.CRC32), nil
	case published.UncompressedSize64 != rebuilt.UncompressedSize64:
		return fmt.Sprintf(" is recorded with %d bytes, but %d in the rebuilt zip", published.UncompressedSize64, rebuilt.UncompressedSize64), nil
	case published.Mode() != rebuilt.Mode():
		return fmt.Sprintf(" has the mode %v, but %v in the rebuilt zip", published.Mode(), rebuilt.Mode()), nil
	case published.Method != rebuilt.Method:
		return fmt.Sprintf(" is compressed by method %d, but by %d in the rebuilt zip", published.Method, rebuilt.Method), nil
	case published.CompressedSize64 != rebuilt.CompressedSize64:
		return fmt.Sprintf(" is compressed to %d bytes, but to %d in the rebuilt zip", published.CompressedSize64, rebuilt.CompressedSize64), nil
	case a.packed != b.packed:
		return " is compressed to different bytes with the same content", nil
	case !published.Modified.Equal(rebuilt.Modified):
		return fmt.Sprintf(" has the time %v, but %v in the rebuilt zip", published.Modified, rebuilt.Modified), nil
	case published.ExternalAttrs != rebuilt.ExternalAttrs || published.Flags != rebuilt.Flags ||
		published.CreatorVersion != rebuilt.CreatorVersion || !bytes.Equal(published.Extra, rebuilt.Extra):
		return " has different attributes", nil
	}
	return "", nil
}

// data is the content of an entry.
type data struct {
	size            int64
	packed, content [sha256.Size]byte // SHA-256
	broken          error             // why it cannot be decompressed
}

func readEntry(f *zip.File) (data, error) {
	var d data
	raw, err := f.OpenRaw()
	if err != nil {
		return d, &fault.Error{Kind: fault.Machine, Message: "cannot read " + f.Name, Subject: f.Name, Err: err}
	}
	packed, content := sha256.New(), sha256.New()
	tee := bufio.NewReader(io.TeeReader(raw, packed))
	var unpacked io.Reader = tee
	if f.Method == zip.Deflate {
		unpacked = flate.NewReader(tee)
	}
	d.size, d.broken = io.Copy(content, unpacked)
	if _, err := io.Copy(io.Discard, tee); err != nil {
		return d, &fault.Error{Kind: fault.Machine, Message: "cannot read " + f.Name, Subject: f.Name, Err: err}
	}
	packed.Sum(d.packed[:0])
	content.Sum(d.content[:0])
	return d, nil
}
