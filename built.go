package lamella

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/audit"
	"github.com/lamella-build/lamella/builder"
	"github.com/lamella-build/lamella/cache"
	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/layerzip"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

// Built is a layer zip and what is in it.
type Built struct {
	Path          string            // of the zip; "" if it was only computed (Plan)
	SHA256        string            // of the zip, hexadecimal
	Size          int64             // bytes of the zip
	Unzipped      int64             // bytes of all files in it
	Entries       int               // files in it
	Inputs        digest.Digest     // names everything that went in; "" for Package
	Target        target.Target     // the zero value for Package
	Distributions []publish.Package // sorted by name; none for Package
	LeftOut       []LeftOut         // what Exclude left out and what that saved
	AlsoFits      []target.Target   // where these very bytes would do as well; filled by Plan
}

// LeftOut is what one element of an Exclude kept out of the layer.
type LeftOut struct {
	Exclude string // as given
	Files   int    // 0 for a distribution, which is not even fetched
	Bytes   int64  // unzipped; 0 for a distribution whose wheel is not in the cache
	Wheel   int64  // bytes of a distribution's wheel; 0 if the lock does not tell
}

// Build resolves the lock file for the target, fetches what the cache lacks and
// writes the layer's zip to l.Output. Beside it, in <Output>.json, it notes what
// the zip was made of, for Upload and Publish. A layer over
// [target.MaxUnzippedSize] is refused before anything is written.
func Build(ctx context.Context, l Layer, env Env) (*Built, error) {
	w, err := open(ctx, l, env)
	if err != nil {
		return nil, err
	}
	if err := w.checkOutput(); err != nil {
		return nil, err
	}
	return w.build(ctx)
}

// PackageOptions say which folder Package makes into a layer.
type PackageOptions struct {
	Dir     string   // with a folder python/ in it, it is the layer's root; else it is what goes under python/
	Output  string   // the zip; "" is <Dir>.zip
	Exclude []string // path patterns
}

// Package writes the zip of a layer made of any folder, by the rules of
// [builder.Folder].
func Package(ctx context.Context, o PackageOptions, env Env) (*Built, error) {
	dir := filepath.Clean(o.Dir)
	output := o.Output
	if output == "" {
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return nil, &fault.Error{Kind: fault.Machine, Op: "package", Subject: dir, Err: err}
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
	if err := audit.CheckLimit(tree.Entries, target.MaxUnzippedSize); err != nil {
		return nil, err
	}
	s, err := writeZip(ctx, output, tree, env)
	if err != nil {
		return nil, err
	}
	return describe(output, s, tree), nil
}

func writeZip(ctx context.Context, output string, tree *builder.Tree, env Env) (layerzip.Summary, error) {
	if err := os.MkdirAll(filepath.Dir(output), 0o777); err != nil {
		return layerzip.Summary{}, &fault.Error{Kind: fault.Machine, Op: "write", Subject: output, Err: err,
			Hints: []string{"name another place for the zip: -o FILE"}}
	}
	return layerzip.WriteFile(ctx, output, tree.Entries, env.Events)
}

func describe(path string, s layerzip.Summary, tree *builder.Tree) *Built {
	b := &Built{Path: path, SHA256: s.SHA256.Hex(), Size: s.Size, Unzipped: s.Unzipped, Entries: s.Entries}
	for _, e := range tree.Excluded {
		b.LeftOut = append(b.LeftOut, LeftOut{Exclude: e.Pattern, Files: e.Files, Bytes: e.Bytes})
	}
	return b
}

// build is Build of an opened project.
func (w *work) build(ctx context.Context) (*Built, error) {
	output, err := w.output()
	if err != nil {
		return nil, err
	}
	built, err := w.compose(ctx, func(tree *builder.Tree) (layerzip.Summary, error) {
		return writeZip(ctx, output, tree, w.env)
	})
	if err != nil {
		return nil, err
	}
	built.Path = output
	w.noteUse()
	return built, w.writeNote(built)
}

// noteUse notes in the cache which of its wheels the layer was built from, for the
// day that one of them turns out to be damaged. A build does not fail for it.
func (w *work) noteUse() {
	project, err := filepath.Abs(w.layer.Project)
	if w.again || w.layer.Name == "" || len(w.used) == 0 || err != nil {
		return
	}
	if err := w.cache.PutUse(cache.Use{Project: project, Layer: w.layer.Name, Target: w.target.String()}, w.used); err != nil {
		w.env.Events.Emit(event.Event{Kind: event.Debug, Op: "compose", Subject: w.path, Message: err.Error()})
	}
}

// compute is build without the zip: it hashes what would be written.
func (w *work) compute(ctx context.Context) (*Built, error) {
	return w.compose(ctx, func(tree *builder.Tree) (layerzip.Summary, error) {
		return layerzip.Write(ctx, io.Discard, tree.Entries, w.env.Events)
	})
}

func (w *work) compose(ctx context.Context, write func(*builder.Tree) (layerzip.Summary, error)) (b *Built, err error) {
	if w.layer.tool() != "" {
		b, err = w.composeInstalled(ctx, write)
	} else {
		b, err = w.mend(func() (*Built, error) { return w.composeWheels(ctx, write) })
	}
	if errors.Is(err, layer.ErrEmpty) {
		return nil, &fault.Error{Kind: fault.Layer, Op: "compose", Subject: "the layer of " + w.path, Err: layer.ErrEmpty, Hints: []string{
			"lamella tree   # shows what the lock file asks for; an exclude, or a group or extra that is not named, may leave out all of it"}}
	}
	return b, err
}

func (w *work) composeWheels(ctx context.Context, write func(*builder.Tree) (layerzip.Summary, error)) (*Built, error) {
	resolution, err := w.resolve(ctx)
	if err != nil {
		return nil, err
	}
	tree, err := w.tree(ctx, resolution)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	if err := audit.CheckCode(tree.Entries, w.target); err != nil {
		return nil, err
	}
	if err := audit.CheckLimit(tree.Entries, target.MaxUnzippedSize); err != nil {
		return nil, err
	}
	summary, err := write(tree)
	if err != nil {
		return nil, err
	}
	b := describe("", summary, tree)
	b.Target, b.Inputs = w.target, w.inputs(resolution)
	b.Distributions = packages(resolution, audit.Measure(tree.Entries))
	for _, d := range resolution.Excluded {
		saved, err := w.sizes(ctx, d)
		if err != nil {
			return nil, err
		}
		b.LeftOut = append(b.LeftOut, LeftOut{Exclude: d.String(), Bytes: saved.Unzipped, Wheel: saved.Wheel})
	}
	return b, nil
}

// tree fetches or builds the wheels of a resolution and lays them out.
func (w *work) tree(ctx context.Context, r *resolve.Resolution) (*builder.Tree, error) {
	inputs, err := w.wheels(ctx, r.Distributions)
	if err != nil {
		return nil, err
	}
	w.used = nil
	for _, in := range inputs {
		w.used = append(w.used, in.Path)
	}
	_, patterns := splitExclude(w.layer.Exclude)
	return builder.Native(ctx, inputs, builder.Options{Exclude: patterns, Prefer: w.layer.Prefer, Scripts: w.layer.Scripts}, w.env.Events)
}

// packages lists a resolution's distributions with the bytes each takes in the
// layer. sizes may be nil, if nothing was fetched.
func packages(r *resolve.Resolution, sizes *audit.Report) []publish.Package {
	bytes := map[string]int64{}
	if sizes != nil {
		for _, d := range sizes.Distributions {
			bytes[d.Name] = d.Bytes
		}
	}
	list := make([]publish.Package, len(r.Distributions))
	for i, d := range r.Distributions {
		list[i] = publish.Package{Name: d.Name, Version: d.Version, File: d.Origin(), Hash: d.Hash, Size: bytes[d.Name]}
	}
	return list
}

// splitExclude tells distributions ("boto3") from path patterns, which have a
// slash or a wildcard.
func splitExclude(exclude []string) (distributions, patterns []string) {
	for _, e := range exclude {
		if strings.ContainsAny(e, `/\*?`) {
			patterns = append(patterns, e)
		} else {
			distributions = append(distributions, e)
		}
	}
	return distributions, patterns
}

// alsoFits returns the other targets for which the lock comes down to the very
// same wheels, all of them free of machine code.
func (w *work) alsoFits(ctx context.Context, r *resolve.Resolution) []target.Target {
	for _, d := range r.Distributions {
		if !strings.HasSuffix(d.File.Name, "-none-any.whl") {
			return nil
		}
	}
	var fits []target.Target
	for _, runtime := range target.Runtimes() {
		for _, architecture := range target.Architectures() {
			t, err := target.Parse(runtime, architecture)
			if err != nil || t == w.target {
				continue
			}
			other, err := w.resolveFor(ctx, t)
			if err == nil && slices.EqualFunc(r.Distributions, other.Distributions, sameWheel) {
				fits = append(fits, t)
			}
		}
	}
	return fits
}

func sameWheel(a, b resolve.Distribution) bool { return a.Name == b.Name && a.Hash == b.Hash }
