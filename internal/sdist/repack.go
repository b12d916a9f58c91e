package sdist

import (
	"archive/zip"
	"cmp"
	"compress/flate"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/outfile"
)

// level is flate's compression level, the same as the default of zip and pip.
const level = 6

// repack copies a wheel with its entries sorted, with fixed times and modes, and compressed
// by this program, because zlib's output differs between versions. The hashes in RECORD
// remain valid. The caller must discard the returned file.
func repack(path string) (_ *outfile.Temp, _ digest.Digest, err error) {
	built, err := zip.OpenReader(path)
	if err != nil {
		return nil, "", stagingFault(err)
	}
	defer built.Close()
	f, err := outfile.CreateScratch()
	if err != nil {
		return nil, "", stagingFault(err)
	}
	defer func() {
		if err != nil {
			f.Discard()
		}
	}()
	sum := digest.Digest("sha256:").New()
	if err := pack(built.File, io.MultiWriter(f, sum)); err != nil {
		return nil, "", stagingFault(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, "", stagingFault(err)
	}
	return f, digest.Of("sha256", sum.Sum(nil)), nil
}

// pack writes entries, with the .dist-info folder last (as recommended in PyPA "Binary
// distribution format").
func pack(entries []*zip.File, w io.Writer) error {
	entries = slices.DeleteFunc(slices.Clone(entries), func(e *zip.File) bool { return e.FileInfo().IsDir() })
	isInfo := func(e *zip.File) int {
		if folder, _, _ := strings.Cut(e.Name, "/"); strings.HasSuffix(folder, ".dist-info") {
			return 1
		}
		return 0
	}
	slices.SortFunc(entries, func(a, b *zip.File) int {
		return cmp.Or(cmp.Compare(isInfo(a), isInfo(b)), strings.Compare(a.Name, b.Name))
	})
	out := zip.NewWriter(w)
	out.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, level) })
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.Name, Method: zip.Deflate, Modified: epoch}
		h.SetMode(modeOf(e.Mode().IsRegular() && e.Mode()&0o111 != 0))
		if err := copyEntry(out, h, e); err != nil {
			return err
		}
	}
	return out.Close()
}

// epoch is the earliest time that a zip can contain.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func copyEntry(out *zip.Writer, h *zip.FileHeader, e *zip.File) error {
	r, err := e.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := out.CreateHeader(h)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return err
}
