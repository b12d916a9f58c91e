package project

import (
	"context"
	"path/filepath"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/slim"
	"github.com/lamella-build/lamella/internal/strip"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/target"
)

// PackageOptions configures [Package].
type PackageOptions struct {
	Dir     string   // the layer's root if it contains a folder python/, and otherwise the content of python/
	Output  string   // path of the zip; default: <Dir>.zip
	Exclude []string // path patterns
	Slim    []string // rules that leave out files; see SlimRules
	Strip   bool     // remove debug sections and symbol tables from libraries and programs
	// Bytecode selects the sources to compile for Runtime, such as "python3.13": all
	// ([spec.AllSources]), or those that importing these modules needs. They are compiled by
	// a CPython of Runtime's minor version or, if it is set, of exactly BytecodePython.
	Bytecode       []string
	Runtime        string
	BytecodePython string
}

// Package writes a layer's zip from the files in a folder, according to the rules of
// builder.Folder.
func Package(ctx context.Context, o PackageOptions, env spec.Env) (*Zip, error) {
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
	tree, err := builder.Folder(ctx, dir, o.Exclude, env.Events)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	if err := slimTree(ctx, tree, slim.Options{Presets: o.Slim}); err != nil {
		return nil, err
	}
	if o.Strip {
		c, err := openCache(env)
		if err != nil {
			return nil, err
		}
		if err := stripTree(ctx, tree, strip.Options{Cache: c, Events: env.Events}); err != nil {
			return nil, err
		}
	}
	bytecode, err := o.compile(ctx, tree, env)
	if err != nil {
		return nil, err
	}
	if err := (adviser{slim: o.Slim, flags: true}).checkLimit(ctx, tree, bytecode, target.MaxUnzippedSize); err != nil {
		return nil, err
	}
	s, err := writeZip(ctx, output, tree, env.Events)
	if err != nil {
		return nil, err
	}
	z := describe(output, s, tree)
	z.Bytecode = bytecode
	return z, nil
}
