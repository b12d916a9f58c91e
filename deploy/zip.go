package deploy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/prebuilt"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/spec"
)

// PublishZip publishes a layer made by another program, which is a zip or a folder, if its
// files differ from those of the latest version. A zip is published byte for byte; a folder
// is zipped first. The list of files is stored in place of a lock file.
//
// PublishZip ignores options of the layer that configure a build.
func PublishZip(ctx context.Context, l spec.Layer, path string, env spec.Env) (*publish.Result, error) {
	if err := project.CheckStorage(&l); err != nil {
		return nil, err
	}
	t, err := l.ParseTarget()
	if err != nil {
		return nil, err
	}
	scratch, err := outfile.MakeWorkFolder()
	if err != nil {
		return nil, err
	}
	defer func() { _ = scratch.Remove() }()
	made, err := prebuilt.Open(ctx, path, t, scratch.Path, env.Events)
	if err != nil {
		return nil, err
	}
	to, err := Open(ctx, l, env)
	if err != nil {
		return nil, err
	}
	// The option distinguishes it from a layer that is built from a lock file.
	identity := publish.Identity{Target: t.String(), Options: map[string][]string{"zip": {"true"}}}
	want := desiredVersion(l, t, made.Contents, identity, "zip")
	want.Resolve = func(context.Context) (publish.Resolved, error) {
		return publish.Resolved{Inputs: made.Zip.Inputs, Packages: made.Zip.Packages}, nil
	}
	want.Build = func(context.Context) (publish.Artifact, error) { return made.Zip, nil }
	want.SameFiles = func(ctx context.Context, body io.Reader) (bool, error) {
		path := filepath.Join(scratch.Path, "latest.zip")
		if err := saveTo(path, body); err != nil {
			return false, err
		}
		latest, err := prebuilt.Files(ctx, path)
		if err != nil {
			return false, nil // the stored zip is damaged, and a new version is not
		}
		return bytes.Equal(latest.Data, made.Contents.Data), nil
	}
	plan, err := publish.Decide(ctx, to, want)
	if err != nil {
		return nil, err
	}
	return plan.Execute(ctx)
}

func saveTo(path string, body io.Reader) error {
	f, err := os.Create(path)
	if err == nil {
		_, err = io.Copy(f, body)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return &fault.Error{Kind: fault.Destination, Subject: path, Message: "cannot read the zip of the latest version", Err: err, Hints: []string{"run the same command again"}}
	}
	return nil
}
