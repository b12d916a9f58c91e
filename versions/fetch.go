package versions

import (
	"context"
	"path/filepath"

	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/publish"
)

// Fetched is the zip of a published version, in a temporary folder.
type Fetched struct {
	Path    string
	Version int64
	Target  string              // such as "python3.13/x86_64"; "" if it is not recorded
	Options map[string][]string // as recorded
	folder  *outfile.Folder
}

// Close removes the zip.
func (f *Fetched) Close() error { return f.folder.Remove() }

// Fetch fetches the zip of a version, given by its number, by its ARN, or as "" for the
// latest. It gets the stored zip or, if there is none, the zip from Lambda, and verifies its
// digest.
func Fetch(ctx context.Context, d publish.Destination, layer, which string) (*Fetched, error) {
	v, _, err := d.Find(ctx, layer, which)
	if err != nil {
		return nil, err
	}
	stored, err := d.Stored(ctx, layer, v)
	if err != nil {
		return nil, err
	}
	folder, err := outfile.MakeWorkFolder()
	if err != nil {
		return nil, err
	}
	a := publish.ArtifactOf(v, stored.Record)
	a.Path = filepath.Join(folder.Path, "layer.zip")
	if err := fetchPublished(ctx, d, layer, v, a); err != nil {
		_ = folder.Remove()
		return nil, err
	}
	f := &Fetched{Path: a.Path, Version: v.Version, folder: folder}
	if r := stored.Record; r != nil {
		f.Target, f.Options = r.Target, r.Options
	}
	return f, nil
}
