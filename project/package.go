package project

import (
	"context"
	"path/filepath"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/target"
)

// PackageOptions say which folder Package makes into a layer.
type PackageOptions struct {
	Dir     string   // with a folder python/ in it, it is the layer's root; else it is what goes under python/
	Output  string   // the zip; "" is <Dir>.zip
	Exclude []string // path patterns
}

// Package writes the zip of a layer made of any folder, by the rules of
// [builder.Folder].
func Package(ctx context.Context, o PackageOptions, events event.Sink) (*Zip, error) {
	dir := filepath.Clean(o.Dir)
	output := o.Output
	if output == "" {
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return nil, &fault.Error{Kind: fault.Machine, Subject: dir, Message: "cannot find " + dir, Err: err}
		}
		output = absolute + ".zip"
	}
	if err := checkPackage(dir, output); err != nil {
		return nil, err
	}
	tree, err := builder.Folder(ctx, dir, o.Exclude, events)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	if err := audit.CheckLimit(tree.Entries, target.MaxUnzippedSize); err != nil {
		return nil, err
	}
	s, err := writeZip(ctx, output, tree, events)
	if err != nil {
		return nil, err
	}
	return describe(output, s, tree), nil
}
