package project

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/unpacked"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/layer/layerzip"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
)

// Zip describes a layer's zip and its content.
type Zip struct {
	Path          string            // "" if the zip was only computed
	SHA256        string            // hexadecimal
	Size          int64             // bytes of the zip
	Unzipped      int64             // total size of its files in bytes
	Entries       int               // number of files
	Inputs        digest.Digest     // digest of all inputs; "" for Package
	Target        target.Target     // the zero value for Package
	Distributions []publish.Package // sorted by name; none for Package
	Bytecode      Bytecode          // the zero value if there is no bytecode
	LeftOut       []LeftOut         // what Exclude, Slim, and Strip left out
	Advice        []Advice          // ways to make the layer smaller
	AlsoFits      []target.Target   // other targets for which the bytes would be the same; set by Preview
	Layout        []layerzip.Placed // positions of its entries; set by Preview
}

// LeftOut is what one value of exclude, one slim rule, or strip left out of the
// layer.
type LeftOut struct {
	Exclude string `json:"exclude"`         // value of exclude; for a slim rule, "slim" and the rule, such as "slim tests"; for strip, "strip symbols"
	Files   int    `json:"files"`           // number of files (for strip, of the files that it made smaller); 0 for a distribution, because it is not downloaded
	Bytes   int64  `json:"bytes"`           // unzipped size in bytes; 0 for a distribution whose wheel is not in the cache
	Wheel   int64  `json:"wheel,omitempty"` // size of the wheel of a distribution in bytes; 0 if unknown
}

// Artifact returns the zip in the form that package publish needs.
func (z *Zip) Artifact() publish.Artifact {
	return publish.Artifact{Path: z.Path, SHA256: z.SHA256, Size: z.Size, Unzipped: z.Unzipped, Entries: z.Entries,
		Inputs: z.Inputs, Packages: z.Distributions, BytecodePython: z.Bytecode.Python, Layout: z.Layout}
}

// writeFunc writes or hashes the zip of a tree.
type writeFunc func(*builder.Tree) (layerzip.Summary, error)

// Build downloads wheels that are not cached, and writes the layer's zip to its Output. It
// records the zip's inputs in the cache. If the layer exceeds target.MaxUnzippedSize, or if
// Check is set and finds errors, Build returns an error and writes nothing.
func (p *Project) Build(ctx context.Context) (*Zip, error) {
	output, err := OutputPath(p.Layer)
	if err != nil {
		return nil, err
	}
	z, err := p.make(ctx, p.checked(ctx, func(tree *builder.Tree) (layerzip.Summary, error) {
		return writeZip(ctx, output, tree, p.env.Events)
	}))
	if err != nil {
		return nil, err
	}
	z.Path = output
	p.recordUse()
	p.recordBuild(z)
	return z, nil
}

// Unpack writes the layer's files into the folder dir instead of a zip. The result describes
// the zip that [Project.Build] would write, except that its Path is dir. Unpack replaces dir
// only if the folder is empty or was written by Unpack.
func (p *Project) Unpack(ctx context.Context, dir string) (*Zip, error) {
	if err := unpacked.Check(dir); err != nil {
		return nil, err
	}
	z, err := p.make(ctx, p.checked(ctx, func(tree *builder.Tree) (layerzip.Summary, error) {
		s, err := layerzip.Write(ctx, io.Discard, tree.Entries, p.env.Events) // this verifies the wheels
		if err != nil {
			return s, err
		}
		return s, unpacked.Write(ctx, dir, tree.Entries)
	}))
	if err != nil {
		return nil, err
	}
	z.Path = dir
	p.recordUse()
	return z, nil
}

// Rebuild is like [Project.Build], but for a published version. It first verifies the hash
// of each cached wheel, so that a damaged wheel cannot confirm a version built from it.
func (p *Project) Rebuild(ctx context.Context) (*Zip, error) {
	p.suspicious, p.rebuilding = true, true
	return p.Build(ctx)
}

// Preview computes what [Project.Build] would write, and the other targets for which the
// bytes would be the same. It does not write a zip.
func (p *Project) Preview(ctx context.Context) (*Zip, error) {
	var layout []layerzip.Placed
	z, err := p.make(ctx, func(tree *builder.Tree) (s layerzip.Summary, err error) {
		if layout, err = layerzip.Layout(tree.Entries); err != nil {
			return s, err
		}
		return layerzip.Write(ctx, io.Discard, tree.Entries, p.env.Events)
	})
	if err != nil {
		return nil, err
	}
	z.Layout = layout
	if p.resolution != nil { // an external tool installs for one target only
		z.AlsoFits = p.alsoFits(ctx, p.resolution)
	}
	return z, nil
}

func writeZip(ctx context.Context, output string, tree *builder.Tree, events event.Sink) (layerzip.Summary, error) {
	if err := os.MkdirAll(filepath.Dir(output), 0o777); err != nil {
		return layerzip.Summary{}, cannotWrite(output, err)
	}
	return layerzip.WriteFile(ctx, output, tree.Entries, events)
}

// recordUse records in the cache which wheels the layer was built from, in case one of them
// turns out to be damaged. A failure to do so does not fail the build.
func (p *Project) recordUse() {
	folder, err := filepath.Abs(p.Layer.Project)
	if p.rebuilding || p.Layer.Name == "" || len(p.used) == 0 || err != nil {
		return
	}
	if err := p.cache.PutUse(cache.Use{Project: folder, Layer: p.Layer.Name, Target: p.Target.String()}, p.used); err != nil {
		p.debug("compose", "%v", err)
	}
}

// make lays out the layer's files and writes them.
func (p *Project) make(ctx context.Context, write writeFunc) (z *Zip, err error) {
	if err := p.openShared(); err != nil {
		return nil, err
	}
	p.shared.Enter()
	defer p.shared.Leave(ctx)
	defer func() {
		if flushErr := p.flushCache(); err == nil && flushErr != nil {
			z, err = nil, flushErr
		}
	}()
	if toolOf(&p.Layer) != "" {
		z, err = p.makeWithTool(ctx, write)
	} else {
		z, err = p.repair(func() (*Zip, error) {
			return p.trusting(func() (*Zip, error) { return p.makeFromWheels(ctx, write) })
		})
	}
	if errors.Is(err, layer.ErrEmpty) {
		return nil, &fault.Error{Kind: fault.Layer, Subject: p.LockPath, Message: "the layer built from " + p.LockPath + " is empty", Sentinel: layer.ErrEmpty, Hints: []string{
			"check the excluded files and distributions (--exclude) and the selected groups and extras", "list what the lock file requires: lamella tree"}}
	}
	return z, err
}

// flushCache waits until the downloaded wheels have been written to disk.
func (p *Project) flushCache() error {
	if p.cache == nil {
		return nil
	}
	return p.cache.Flush()
}

// writeTree leaves files out of a layer's tree, strips its libraries, adds the bytecode,
// checks its size, writes the zip, and describes the zip.
func (p *Project) writeTree(ctx context.Context, tree *builder.Tree, write writeFunc) (*Zip, error) {
	if err := p.slim(ctx, tree); err != nil {
		return nil, err
	}
	if err := p.strip(ctx, tree); err != nil {
		return nil, err
	}
	bytecode, err := p.compile(ctx, tree)
	if err != nil {
		return nil, err
	}
	if err := p.adviser().checkLimit(ctx, tree, bytecode, target.MaxUnzippedSize); err != nil {
		return nil, err
	}
	summary, err := write(tree)
	if err != nil {
		return nil, err
	}
	z := describe("", summary, tree)
	z.Bytecode = bytecode
	z.Target = p.Target
	return z, nil
}

func (p *Project) makeFromWheels(ctx context.Context, write writeFunc) (_ *Zip, err error) {
	resolution, endFetching, err := p.resolveFetching(ctx)
	defer endFetching()
	if err != nil {
		return nil, err
	}
	sending := p.startSending(ctx, resolution)
	defer func() { sending.end(err) }()
	a, err := p.startAhead(ctx, resolution.Distributions)
	if err != nil {
		return nil, err
	}
	tree, err := p.layOut(ctx, resolution, a, sending)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	defer a.stop()
	if err := audit.CheckCode(tree.Entries, p.Target); err != nil {
		return nil, err
	}
	if len(p.Layer.Slim) > 0 {
		a.reading.Wait()
	}
	a.compiling.finish()
	z, err := p.writeTree(ctx, tree, write)
	if err != nil {
		return nil, err
	}
	z.Inputs = p.inputs(resolution)
	if nearLimits(z) {
		a.reading.Wait()
	}
	sizes := audit.Measure(tree.Entries)
	z.Distributions = Packages(resolution, sizes)
	if err := p.advise(ctx, z, tree, sizes); err != nil {
		return nil, err
	}
	for _, d := range resolution.Excluded {
		saved, err := p.sizes(ctx, d)
		if err != nil {
			return nil, err
		}
		z.LeftOut = append(z.LeftOut, LeftOut{Exclude: d.String(), Bytes: saved.Unzipped, Wheel: saved.Wheel})
	}
	return z, nil
}

// layOut fetches or builds the wheels of a resolution and lays out their files, using what a
// has already done. If it fails, it stops a.
func (p *Project) layOut(ctx context.Context, r *resolve.Resolution, a *ahead, sending *sender) (tree *builder.Tree, err error) {
	defer func() {
		if err != nil {
			a.stop()
			_ = a.opener.Close()
		}
	}()
	p.client.Cached = sending.fetched // for wheels that another process has cached since then
	p.client.Fetched = func(d resolve.Distribution, path string) {
		sending.fetched(d)
		a.fetched(d, path)
	}
	inputs, err := p.wheels(ctx, r.Distributions)
	p.client.Cached, p.client.Fetched = nil, nil
	_ = a.opening.Wait() // the functions return no errors
	if err != nil {
		return nil, err
	}
	p.used, p.wheelOf = nil, map[string]string{}
	for _, in := range inputs {
		p.used = append(p.used, in.Path)
		p.wheelOf[in.Distribution] = in.Path
	}
	return a.opener.Merge(ctx, inputs, p.env.Events)
}

func describe(path string, s layerzip.Summary, tree *builder.Tree) *Zip {
	z := &Zip{Path: path, SHA256: s.SHA256.Hex(), Size: s.Size, Unzipped: s.Unzipped, Entries: s.Entries}
	for _, e := range tree.Excluded {
		z.LeftOut = append(z.LeftOut, LeftOut{Exclude: e.Pattern, Files: e.Files, Bytes: e.Bytes})
	}
	return z
}

// Packages returns the distributions of a resolution with their unzipped sizes. sizes is nil
// if nothing was downloaded.
func Packages(r *resolve.Resolution, sizes *audit.Report) []publish.Package {
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

// Resolved returns what the lock file resolves to, in the form that package publish needs.
// It returns the zero value for a layer that another tool installs, because the content of
// that layer is known only after the build.
func (p *Project) Resolved(ctx context.Context) (publish.Resolved, error) {
	if toolOf(&p.Layer) != "" {
		return publish.Resolved{}, nil
	}
	return p.Contents(ctx)
}

// Contents returns what the lock file resolves to for the native builder.
func (p *Project) Contents(ctx context.Context) (publish.Resolved, error) {
	r, err := p.Resolve(ctx)
	if err != nil {
		return publish.Resolved{}, err
	}
	p.debug("resolve", "%s resolves to %d distributions for %s", p.LockPath, len(r.Distributions), p.Target)
	return publish.Resolved{Inputs: p.inputs(r), Packages: Packages(r, nil)}, nil
}

// Unhashed is a distribution that has no hash in the lock file, with its current hash.
type Unhashed struct {
	resolve.Distribution
	Add string // text to add to the lock file at Where
}

// Unhashed returns the distributions that have no hash in the lock file. It returns none for
// a layer that another tool installs.
func (p *Project) Unhashed(ctx context.Context) ([]Unhashed, error) {
	if toolOf(&p.Layer) != "" {
		return nil, nil
	}
	r, err := p.Resolve(ctx)
	if err != nil {
		return nil, err
	}
	var list []Unhashed
	for _, d := range r.Distributions {
		if d.Unhashed {
			list = append(list, Unhashed{d, d.HashToAdd(p.lock.Format)})
		}
	}
	return list, nil
}
