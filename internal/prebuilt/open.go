package prebuilt

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/layer/layerzip"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/target"
)

// Layer is a layer that another program made.
type Layer struct {
	Zip      publish.Artifact // Path is where the zip currently is
	Contents publish.Manifest // the list of its files
}

// mostOverhead is the maximum number of bytes by which a zip may be larger than its files:
// for its headers and what other programs add to them.
const mostOverhead = 64 << 20

// Open reads the layer at path, a zip or a folder, and checks that Lambda would accept it
// for the target. For a folder, it makes a zip in scratch, according to the rules of
// [builder.Folder]. The error is a fault.Error: of Kind Usage if path does not exist or is
// something else, and of Kind Layer for a zip that cannot be a layer.
func Open(ctx context.Context, path string, t target.Target, scratch string, events event.Sink) (*Layer, error) {
	info, err := os.Stat(path)
	switch {
	case path == "":
		return nil, &fault.Error{Kind: fault.Usage, Subject: "zip", Message: "the name of the zip to publish is empty", Hints: []string{"name the zip: lamella publish --zip layer.zip"}}
	case errors.Is(err, fs.ErrNotExist):
		return nil, &fault.Error{Kind: fault.Usage, Subject: path, Message: path + " does not exist",
			Hints: []string{"choose a zip or a folder: lamella publish --zip layer.zip", "or publish the zip that lamella build made: lamella publish"}}
	case err != nil:
		return nil, unreadable(path, err)
	case info.IsDir():
		zipped, err := zipFolder(ctx, path, scratch, events)
		if err != nil {
			return nil, err
		}
		return openZip(ctx, path, zipped, t, events)
	}
	return openZip(ctx, path, path, t, events)
}

func unreadable(path string, err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return &fault.Error{Kind: fault.Usage, Subject: path, Message: "cannot read " + path, Err: err, Hints: []string{"choose a readable zip or folder: --zip FILE"}}
}

// zipFolder makes a zip of a folder in scratch and returns its path.
func zipFolder(ctx context.Context, dir, scratch string, events event.Sink) (string, error) {
	tree, err := builder.Folder(ctx, dir, nil, events)
	if err != nil {
		return "", err
	}
	defer tree.Close()
	path := filepath.Join(scratch, "layer.zip")
	if _, err := layerzip.WriteFile(ctx, path, tree.Entries, events); err != nil {
		return "", err
	}
	return path, nil
}

// openZip reads the zip at path, which was made from subject. The two may be the same.
func openZip(ctx context.Context, subject, path string, t target.Target, events event.Sink) (*Layer, error) {
	file, info, err := bound.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer file.Close()
	if size := info.Size(); size > target.MaxUnzippedSize+mostOverhead {
		return nil, unfit(subject, fmt.Sprintf("is too large for a layer: the zip alone is %s bytes, but Lambda allows only %s unzipped", number.Group(size), number.Group(target.MaxUnzippedSize)),
			"unpack it, and exclude some files: lamella package DIR --exclude '**/tests/**' -o NEW.zip")
	}
	sum, err := digest.Read(io.NewSectionReader(file, 0, info.Size()))
	if err != nil {
		return nil, unreadable(path, err)
	}
	archive, err := zip.NewReader(file, info.Size())
	if err != nil {
		return nil, notZip(subject, info.Size(), err)
	}
	z := &reader{ctx: ctx, subject: subject, file: file, events: events}
	if err := z.read(archive); err != nil {
		return nil, err
	}
	if err := z.checkSearched(t); err != nil {
		return nil, err
	}
	if err := audit.CheckBinaries(z.entries, t); err != nil {
		return nil, z.explainBinaries(err, t)
	}
	contents := publish.Contents(z.files)
	return &Layer{Contents: contents, Zip: publish.Artifact{
		Path: path, SHA256: sum.Hex(), Size: info.Size(), Unzipped: z.unzipped, Entries: len(z.entries),
		Inputs: digest.SHA256(contents.Data), Packages: z.packages(),
	}}, nil
}

func notZip(subject string, size int64, err error) error {
	if size == 0 {
		return unfit(subject, "is empty", "make a zip from a folder: lamella package DIR -o NEW.zip")
	}
	e := unfit(subject, "is not a zip file", "make a zip from a folder: lamella package DIR -o NEW.zip")
	if !errors.Is(err, zip.ErrFormat) { // zip.ErrFormat would only repeat the message
		e.Err = err
	}
	return e
}

// explainBinaries adapts the hints of an error of audit.CheckBinaries to a finished zip, which
// may be for another architecture.
func (z *reader) explainBinaries(err error, t target.Target) error {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return err
	}
	c := *e
	c.Hints = nil
	for _, architecture := range target.Architectures() {
		other, err := target.Parse(t.Runtime, architecture)
		if err == nil && architecture != t.Architecture && len(audit.FindForeign(z.entries, other)) == 0 {
			c.Hints = append(c.Hints, "if the layer is for "+architecture+", choose that architecture: --arch "+architecture)
		}
	}
	for _, hint := range e.Hints {
		c.Hints = append(c.Hints, strings.Replace(hint, ": --exclude ", ": lamella package DIR -o NEW.zip --exclude ", 1))
	}
	return &c
}

// unfit returns the error for a subject that cannot be a layer. text follows the subject.
func unfit(subject, text string, hints ...string) *fault.Error {
	return &fault.Error{Kind: fault.Layer, Subject: subject, Message: subject + " " + text, Hints: hints}
}

// Files lists the files in the zip at path, which has been published. The error is a
// fault.Error of Kind Layer if the zip is damaged.
func Files(ctx context.Context, path string) (publish.Manifest, error) {
	file, info, err := bound.Open(path)
	if err != nil {
		return publish.Manifest{}, unreadable(path, err)
	}
	defer file.Close()
	archive, err := zip.NewReader(file, info.Size())
	if err != nil {
		return publish.Manifest{}, notZip(path, info.Size(), err)
	}
	z := &reader{ctx: ctx, subject: path, file: file}
	if err := z.read(archive); err != nil {
		return publish.Manifest{}, err
	}
	return publish.Contents(z.files), nil
}

// below reports whether name is in one of the folders that Lambda adds to a search path
// (python/, bin/, lib/).
func below(name string) bool {
	first, _, deep := strings.Cut(name, "/")
	return deep && (first == "python" || first == "bin" || first == "lib")
}
