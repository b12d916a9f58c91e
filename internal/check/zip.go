package check

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/layer"
)

// Zip is a layer's zip, made by any program.
type Zip struct {
	Layer
	SHA256 string // of the zip, hexadecimal
	file   *os.File
}

// Close closes the file. After that, the entries cannot be read.
func (z *Zip) Close() error { return z.file.Close() }

// OpenZip opens a layer's zip. The error is a fault.Error: of Kind Layer if the file is not
// a zip or Lambda would not unpack it, and of Kind Machine if the file cannot be read.
func OpenZip(path string) (*Zip, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Machine, Subject: path, Message: "cannot open " + path, Err: pathless(err)}
	}
	z := &Zip{file: file}
	if err := z.read(); err != nil {
		file.Close()
		if errors.As(err, new(*fs.PathError)) {
			return nil, &fault.Error{Kind: fault.Machine, Subject: path, Message: "cannot read " + path, Err: pathless(err)}
		}
		return nil, &fault.Error{Kind: fault.Layer, Subject: path, Message: "Lambda would not accept " + path + " as a layer", Err: err,
			Hints: []string{"make a zip from a folder: lamella package DIR -o NEW.zip"}}
	}
	return z, nil
}

// pathless returns an error without its path, which the message already contains.
func pathless(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

func (z *Zip) read() error {
	info, err := z.file.Stat()
	if err != nil {
		return err
	}
	sum, err := digest.Read(io.NewSectionReader(z.file, 0, info.Size()))
	if err != nil {
		return err
	}
	z.SHA256 = sum.Hex()
	z.Source = func(*layer.Entry) string { return z.SHA256 }
	archive, err := zip.NewReader(z.file, info.Size())
	if errors.Is(err, zip.ErrFormat) {
		return errors.New("it is not a zip file")
	}
	if err != nil {
		return err
	}
	for _, f := range archive.File {
		if err := z.add(f); err != nil {
			return err
		}
	}
	if len(z.Entries) == 0 {
		return layer.ErrEmpty
	}
	return nil
}

// add adds one entry of the zip to the layer.
func (z *Zip) add(f *zip.File) error {
	const encrypted = 1
	mode := f.Mode()
	// Programs that write no modes leave these bits 0. In that case, Lambda uses its own
	// modes.
	if f.ExternalAttrs>>16 != 0 && (mode.Perm()&0o004 == 0 || mode.IsDir() && mode.Perm()&0o001 == 0) {
		z.Unreadable = append(z.Unreadable, f.Name)
	}
	if mode.IsDir() || mode&fs.ModeSymlink != 0 {
		return nil
	}
	if err := layer.CheckName(f.Name); err != nil {
		return fmt.Errorf("%q cannot be in a layer: %w", f.Name, err)
	}
	if f.Flags&encrypted != 0 {
		return fmt.Errorf("%s is encrypted", f.Name)
	}
	if f.Method != layer.Store && f.Method != layer.Deflate {
		return fmt.Errorf("%s is compressed with method %d, but only stored and deflated files are supported", f.Name, f.Method)
	}
	offset, err := f.DataOffset()
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	z.Entries = append(z.Entries, layer.Entry{Name: f.Name, Executable: mode.Perm()&0o111 != 0, Method: f.Method, CRC32: f.CRC32,
		Compressed: int64(f.CompressedSize64), Size: int64(f.UncompressedSize64), Source: z.file, Offset: offset})
	return nil
}

// unreadable reports files that Lambda's user cannot read.
func unreadable(names []string) []Finding {
	if len(names) == 0 {
		return nil
	}
	subject := strings.TrimSuffix(names[0], "/")
	f := Finding{Code: Unreadable, Severity: Error, Subject: subject, Details: most(names),
		Message: "functions cannot read " + subject + " because only its owner can",
		Hint:    "make the files readable before zipping them: chmod -R a+rX DIR"}
	if n := len(names); n > 1 {
		f.Message = fmt.Sprintf("functions cannot read %d files and folders because only their owner can", n)
	}
	return []Finding{f}
}
