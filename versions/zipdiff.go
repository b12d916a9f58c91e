package versions

import (
	"archive/zip"
	"bytes"
	"fmt"

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
		if how := differ(f, other[f.Name]); how != "" {
			return f.Name + how, nil
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

// differ says how two entries of one name differ, "" if they do not.
func differ(a, b *zip.File) string {
	switch {
	case a.UncompressedSize64 != b.UncompressedSize64:
		return fmt.Sprintf(" has %d bytes, rebuilt %d", a.UncompressedSize64, b.UncompressedSize64)
	case a.CRC32 != b.CRC32:
		return fmt.Sprintf(" has other content: CRC-32 %08x, rebuilt %08x", a.CRC32, b.CRC32)
	case a.Mode() != b.Mode():
		return fmt.Sprintf(" has the mode %v, rebuilt %v", a.Mode(), b.Mode())
	case a.Method != b.Method:
		return fmt.Sprintf(" is packed by method %d, rebuilt by %d", a.Method, b.Method)
	case a.CompressedSize64 != b.CompressedSize64:
		return fmt.Sprintf(" is packed to %d bytes, rebuilt to %d", a.CompressedSize64, b.CompressedSize64)
	case !a.Modified.Equal(b.Modified):
		return fmt.Sprintf(" has the time %v, rebuilt %v", a.Modified, b.Modified)
	case a.ExternalAttrs != b.ExternalAttrs || a.Flags != b.Flags || a.CreatorVersion != b.CreatorVersion || !bytes.Equal(a.Extra, b.Extra):
		return " has other attributes"
	}
	return ""
}
