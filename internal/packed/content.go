package packed

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/lamella-build/lamella/layer"
)

// Content returns the content of an entry. The error is a *layer.Damaged if the content
// differs from what was verified.
func Content(e *layer.Entry) ([]byte, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	content := make([]byte, e.Size)
	_, err := io.ReadFull(e.Open(), content)
	if err != nil || crc32.ChecksumIEEE(content) != e.CRC32 {
		return nil, &layer.Damaged{Name: e.Name, Of: e.Owner, Err: errors.New("its content does not match its size and CRC")}
	}
	return content, nil
}

// Identity returns what identifies the content of sources, which must be sorted by name: the
// hash of their wheel or, if wheel is "", a hash of all of them.
func Identity(wheel string, sources []layer.Entry) (string, error) {
	if wheel != "" {
		return wheel, nil
	}
	h := sha256.New()
	for _, e := range sources {
		content, err := Content(&e)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%q %x\n", e.Name, sha256.Sum256(content))
	}
	return fmt.Sprintf("files %x", h.Sum(nil)), nil
}

// level is the compression level for flate, the same as in package builder.
const level = 6

// Pack compresses content, or stores it uncompressed if that is smaller.
func Pack(content []byte) (method uint16, packed []byte) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, level)
	if err != nil {
		panic(err) // the level is valid
	}
	_, _ = w.Write(content) // writing to a buffer cannot fail
	_ = w.Close()
	if b.Len() >= len(content) {
		return layer.Store, content
	}
	return layer.Deflate, b.Bytes()
}
