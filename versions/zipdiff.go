package versions

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/lamella-build/lamella/fault"
)

// firstDifference says in words where two zips that differ do so first: in the
// order of the published one's entries.
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
			return fmt.Sprintf("%s is only in the published one", f.Name), nil
		}
		how, err := differ(f, other[f.Name])
		if err != nil || how != "" {
			return f.Name + how, err
		}
		delete(other, f.Name)
	}
	for _, f := range rebuilt.File {
		if other[f.Name] != nil {
			return fmt.Sprintf("%s is only in the rebuilt one", f.Name), nil
		}
	}
	for i, f := range published.File {
		if there := rebuilt.File[i]; there.Name != f.Name {
			return fmt.Sprintf("the entries stand in another order: %s where the rebuilt one has %s", f.Name, there.Name), nil
		}
	}
	return "the entries are the same, the archive around them is not", nil
}

func openZip(path string) (*zip.ReadCloser, error) {
	r, err := zip.OpenReader(path)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Machine, Op: "open", Subject: path, Err: err}
	}
	return r, nil
}

// differ says how two entries of one name differ, "" if they do not. Content is
// compared as it is: what the archives state of it may be wrong.
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
		return fmt.Sprintf(" cannot be unpacked: %v", a.broken), nil
	case a.size != b.size:
		return fmt.Sprintf(" has %d bytes, rebuilt %d", a.size, b.size), nil
	case a.content != b.content:
		return fmt.Sprintf(" has other content: sha256 %.6x…, rebuilt %.6x…", a.content, b.content), nil
	case published.CRC32 != rebuilt.CRC32:
		return fmt.Sprintf(" states the CRC-32 %08x, rebuilt %08x", published.CRC32, rebuilt.CRC32), nil
	case published.UncompressedSize64 != rebuilt.UncompressedSize64:
		return fmt.Sprintf(" states %d bytes, rebuilt %d", published.UncompressedSize64, rebuilt.UncompressedSize64), nil
	case published.Mode() != rebuilt.Mode():
		return fmt.Sprintf(" has the mode %v, rebuilt %v", published.Mode(), rebuilt.Mode()), nil
	case published.Method != rebuilt.Method:
		return fmt.Sprintf(" is packed by method %d, rebuilt by %d", published.Method, rebuilt.Method), nil
	case published.CompressedSize64 != rebuilt.CompressedSize64:
		return fmt.Sprintf(" is packed to %d bytes, rebuilt to %d", published.CompressedSize64, rebuilt.CompressedSize64), nil
	case a.packed != b.packed:
		return " is packed to other bytes of the same content", nil
	case !published.Modified.Equal(rebuilt.Modified):
		return fmt.Sprintf(" has the time %v, rebuilt %v", published.Modified, rebuilt.Modified), nil
	case published.ExternalAttrs != rebuilt.ExternalAttrs || published.Flags != rebuilt.Flags ||
		published.CreatorVersion != rebuilt.CreatorVersion || !bytes.Equal(published.Extra, rebuilt.Extra):
		return " has other attributes", nil
	}
	return "", nil
}

// data is what is in an entry.
type data struct {
	size            int64
	packed, content [sha256.Size]byte // SHA-256
	broken          error             // why it cannot be unpacked
}

func readEntry(f *zip.File) (data, error) {
	var d data
	raw, err := f.OpenRaw()
	if err != nil {
		return d, &fault.Error{Kind: fault.Machine, Op: "read", Subject: f.Name, Err: err}
	}
	packed, content := sha256.New(), sha256.New()
	tee := bufio.NewReader(io.TeeReader(raw, packed))
	var unpacked io.Reader = tee
	if f.Method == zip.Deflate {
		unpacked = flate.NewReader(tee)
	}
	d.size, d.broken = io.Copy(content, unpacked)
	if _, err := io.Copy(io.Discard, tee); err != nil {
		return d, &fault.Error{Kind: fault.Machine, Op: "read", Subject: f.Name, Err: err}
	}
	packed.Sum(d.packed[:0])
	content.Sum(d.content[:0])
	return d, nil
}
