package prebuilt

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/target"
)

// reader reads the files of a zip.
type reader struct {
	ctx     context.Context
	subject string
	file    *os.File
	events  event.Sink

	entries  []layer.Entry
	files    []publish.File
	unzipped int64
	kept     map[string][]byte // METADATA and RECORD of the distributions
	folders  map[string]string // folder → a file in it
	small    map[string]string // lower-case form → name
	warned   map[string]bool
}

const (
	repackage = "unpack it, and let lamella make the zip: lamella package DIR -o NEW.zip"
	// afresh is the hint for a zip that cannot be unpacked without loss.
	afresh = "make a new zip from the original files: lamella package DIR -o NEW.zip"
)

func (z *reader) read(archive *zip.Reader) error {
	z.kept, z.folders, z.small, z.warned = map[string][]byte{}, map[string]string{}, map[string]string{}, map[string]bool{}
	var total uint64
	for _, f := range archive.File {
		if err := z.check(f); err != nil {
			return err
		}
		if total += f.UncompressedSize64; total > target.MaxUnzippedSize || f.UncompressedSize64 > target.MaxUnzippedSize {
			return unfit(z.subject, fmt.Sprintf("is too large for a layer: it is over Lambda's limit of %s bytes unzipped", number.Group(target.MaxUnzippedSize)),
				"unpack it, and exclude some files: lamella package DIR --exclude '**/tests/**' -o NEW.zip")
		}
	}
	for _, f := range archive.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if z.ctx.Err() != nil {
			return z.ctx.Err()
		}
		if err := z.add(f); err != nil {
			return err
		}
	}
	return z.checkWhole()
}

// check rejects what a layer cannot contain, before anything is unpacked.
func (z *reader) check(f *zip.File) error {
	const encrypted = 1
	name, isFolder := strings.CutSuffix(f.Name, "/")
	mode := f.Mode()
	if err := layer.CheckName(name); err != nil {
		hints := []string{afresh}
		if !filepath.IsLocal(name) || strings.IndexByte(name, ':') == 1 {
			hints = append(hints, "do not unpack this zip, because it could overwrite files outside the folder that you unpack it to")
		}
		return unfit(z.subject, fmt.Sprintf("has the entry %q, which cannot be in a layer: %v", f.Name, err), hints...)
	}
	switch {
	case mode&fs.ModeSymlink != 0:
		return unfit(z.subject, fmt.Sprintf("contains %s, which is a symbolic link", name), "unpack the zip, copy the folder so that files replace the links (cp -RL), and package the copy: lamella package DIR -o NEW.zip")
	case mode.Type() != 0 && !mode.IsDir():
		return unfit(z.subject, fmt.Sprintf("contains %s, which is %s", name, bound.Describe(mode)), "make a new zip from the original files, which must be regular files: lamella package DIR -o NEW.zip")
	case f.Flags&encrypted != 0:
		return unfit(z.subject, fmt.Sprintf("is encrypted, so Lambda cannot read %s", name), "unpack it with its password, then: lamella package DIR -o NEW.zip")
	case isFolder:
		return nil
	case f.Method != layer.Store && f.Method != layer.Deflate:
		return unfit(z.subject, fmt.Sprintf("contains %s, which is compressed with method %d instead of stored or deflated", name, f.Method), repackage)
	}
	return nil
}

// add reads one file.
func (z *reader) add(f *zip.File) error {
	damaged := func(err error) error {
		e := unfit(z.subject, "is damaged at "+f.Name, "make the zip again, or restore it from a backup")
		e.Err = err
		return e
	}
	if err := z.checkTwins(f.Name); err != nil {
		return err
	}
	offset, err := f.DataOffset()
	if err != nil {
		return damaged(err)
	}
	content, err := f.Open()
	if err != nil {
		return damaged(err)
	}
	defer content.Close()
	hash := sha256.New()
	head := &headWriter{most: layer.CodeHead}
	if isInfo(f.Name) {
		head.most = bound.Metadata
	}
	n, err := io.Copy(io.MultiWriter(hash, head), io.LimitReader(content, int64(f.UncompressedSize64)+1))
	if err == nil && n > int64(f.UncompressedSize64) {
		err = errors.New("it is larger than the zip says")
	}
	if err != nil {
		return damaged(err)
	}
	mode := f.Mode()
	executable := mode.Perm()&0o111 != 0
	if f.ExternalAttrs>>16 != 0 && mode.Perm()&0o004 == 0 {
		z.warnOnce("mode", f.Name+" can be read only by its owner, but functions run as another user; before zipping, run: chmod -R a+rX DIR")
	}
	z.unzipped += n
	z.entries = append(z.entries, layer.Entry{Name: f.Name, Executable: executable, Method: f.Method, CRC32: f.CRC32, Compressed: int64(f.CompressedSize64),
		Size: n, Source: z.file, Offset: offset, Code: layer.CodeOf(head.Bytes()[:min(head.Len(), layer.CodeHead)])})
	z.files = append(z.files, publish.File{Name: f.Name, Executable: executable, SHA256: hex.EncodeToString(hash.Sum(nil))})
	if isInfo(f.Name) {
		z.kept[f.Name] = head.Bytes()
	}
	return nil
}

// checkTwins rejects two files with the same name, and a file where the folder of another
// file is. For Lambda, names that differ only in case are different files.
func (z *reader) checkTwins(name string) error {
	twin := func(other string) error {
		return unfit(z.subject, fmt.Sprintf("has both %s and %s, but only one of them can be unpacked", name, other), afresh)
	}
	small := strings.ToLower(name)
	if other, ok := z.small[small]; ok {
		if other == name {
			return unfit(z.subject, "has two files named "+name, afresh)
		}
		z.warnOnce("case", fmt.Sprintf("%s and %s differ only in case: Lambda keeps both, but a file system that ignores case keeps only one", other, name))
	}
	z.small[small] = name
	if inside, ok := z.folders[name]; ok {
		return twin(inside)
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if z.small[strings.ToLower(dir)] == dir {
			return twin(dir)
		}
		z.folders[dir] = name
	}
	return nil
}

// checkWhole rejects a layer from which Python would import nothing.
func (z *reader) checkWhole() error {
	if len(z.entries) == 0 {
		e := unfit(z.subject, "has no files, and Lambda does not accept empty layers", "make a zip from a folder: lamella package DIR -o NEW.zip")
		e.Sentinel = layer.ErrEmpty
		return e
	}
	var outside string
	python := false
	for _, f := range z.files {
		python = python || strings.HasPrefix(f.Name, layer.Root)
		if outside == "" && !below(f.Name) {
			outside = f.Name
		}
	}
	if !python {
		return unfit(z.subject, fmt.Sprintf("has no python/ folder at the top, so functions could not import anything from the layer; its first file is %s", z.files[0].Name),
			"unpack the zip and package the folder: lamella package DIR -o NEW.zip   # puts all files below python/")
	}
	if outside != "" {
		z.warnOnce("outside", outside+" is not below python/, bin/, or lib/, where functions look for files of a layer")
	}
	return nil
}

func (z *reader) warnOnce(about, message string) {
	if !z.warned[about] {
		z.warned[about] = true
		z.events.Emit(event.Event{Kind: event.Warn, Op: "package", Subject: z.subject, Message: message})
	}
}

// headWriter keeps the first bytes that are written to it.
type headWriter struct {
	bytes.Buffer
	most int
}

func (w *headWriter) Write(b []byte) (int, error) {
	w.Buffer.Write(b[:min(len(b), w.most-w.Len())])
	return len(b), nil
}
