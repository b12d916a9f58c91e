package project

import (
	"context"
	"slices"
	"sync"

	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/sdist"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
)

// indexFinder looks up what a resolution needs: files in the indexes, and the digests of
// source folders.
type indexFinder struct {
	*index.Client
	folders *folderDigests
}

func (p *Project) finder() indexFinder { return indexFinder{p.client, &p.folders} }

// HashFolder implements resolve.FolderHasher.
func (f indexFinder) HashFolder(ctx context.Context, folder string) (digest.Digest, error) {
	return f.folders.hash(ctx, folder)
}

// folderDigests remembers the digests of source folders, so that one run sees a consistent
// state of them. It is safe for concurrent use.
type folderDigests struct {
	mu     sync.Mutex
	hashes map[string]digest.Digest
}

func (f *folderDigests) hash(ctx context.Context, folder string) (digest.Digest, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d, ok := f.hashes[folder]; ok {
		return d, nil
	}
	d, err := sdist.HashFolder(ctx, folder)
	if err != nil {
		return "", err
	}
	if f.hashes == nil {
		f.hashes = map[string]digest.Digest{}
	}
	f.hashes[folder] = d
	return d, nil
}

// hashFolders makes the source folders that may be built part of the comparison, because the
// lock file does not change with their content. It ignores a folder that cannot be read,
// because the target may not need that folder.
func (p *Project) hashFolders(ctx context.Context) error {
	if len(p.Layer.AllowBuild) == 0 {
		return nil
	}
	if err := p.parse(); err != nil {
		return err
	}
	for i := range p.lock.Packages {
		pkg := &p.lock.Packages[i]
		if pkg.Source.Kind != lock.FromDirectory || pkg.Root {
			continue
		}
		d, err := p.folders.hash(ctx, pkg.Source.Folder())
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			p.includes = append(p.includes, pkg.Name+" "+string(d))
		}
	}
	return nil
}

// wheels fetches the wheels of ds, and builds wheels for distributions without any.
func (p *Project) wheels(ctx context.Context, ds []resolve.Distribution) ([]builder.Input, error) {
	var published, sources []resolve.Distribution
	for _, d := range ds {
		if d.FromSource {
			sources = append(sources, d)
		} else {
			published = append(published, d)
		}
	}
	inputs, err := p.fetch(ctx, published)
	if err != nil || len(sources) == 0 {
		return inputs, err
	}
	built, err := p.build(ctx, sources)
	return append(inputs, built...), err
}

// fetch returns the published wheels of ds.
func (p *Project) fetch(ctx context.Context, ds []resolve.Distribution) ([]builder.Input, error) {
	for _, d := range ds {
		if err := p.sound(ctx, d.Hash, d.File.Name); err != nil {
			return nil, err
		}
	}
	paths, err := p.client.Fetch(ctx, ds)
	if err != nil {
		return nil, err
	}
	inputs := make([]builder.Input, len(ds))
	for i, d := range ds {
		if inputs[i], err = p.input(ctx, d, paths[i], d.File.Name, d.Hash); err != nil {
			return nil, err
		}
	}
	return inputs, nil
}

// build returns wheels built from the sources of ds. It uses cached wheels where possible.
func (p *Project) build(ctx context.Context, ds []resolve.Distribution) ([]builder.Input, error) {
	b, err := p.sourceBuilder(ctx)
	if err != nil {
		return nil, err
	}
	var unbuilt []string
	for i := range ds {
		known, ok := b.Cached(&ds[i])
		if !ok {
			unbuilt = append(unbuilt, ds[i].String())
		} else if err := p.sound(ctx, known.Hash, known.Name); err != nil {
			return nil, err
		}
	}
	if p.env.Offline && len(unbuilt) > 0 { // building means installing what the build requires
		return nil, resolve.Offline(unbuilt)
	}
	built, err := b.Build(ctx, ds)
	if err != nil {
		return nil, err
	}
	inputs := make([]builder.Input, len(ds))
	for i, d := range ds {
		if inputs[i], err = p.input(ctx, d, built[i].Path, built[i].Name, built[i].Hash); err != nil {
			return nil, err
		}
	}
	return inputs, nil
}

// input returns the builder's input for the wheel of d in the file at path.
func (p *Project) input(ctx context.Context, d resolve.Distribution, path, name string, hash digest.Digest) (builder.Input, error) {
	facts, err := p.facts(ctx, path, name, hash)
	return builder.Input{Path: path, Filename: name, Distribution: d.Name, Version: d.Version, Facts: facts}, err
}

// sourceBuilder returns the builder of wheels from sources. It builds in a container if the
// layer names one, and otherwise on this machine.
func (p *Project) sourceBuilder(ctx context.Context) (*sdist.Builder, error) {
	settings, err := p.settingsForTools()
	if err != nil {
		return nil, err
	}
	engine, temp, err := p.engine(ctx)
	if err != nil {
		return nil, err
	}
	b := &sdist.Builder{Target: p.Target, Cache: p.cache, Fetch: p.client.FetchSource, Temp: temp, Shared: p.shared,
		Timeout: p.Layer.BuildTimeout, Events: p.env.Events}
	if engine != nil {
		inside, err := sdist.NewContainer(ctx, engine, p.image(), p.Target, p.env.Events)
		if err != nil {
			return nil, err
		}
		inside.Links = settings.FindLinks
		inside.Index, err = settings.ToolEnv(ctx, index.Pip)
		inside.Links = append(slices.Clip(inside.Links), inside.Index.Paths...)
		b.Tool, b.Contained = inside, true
		return b, err
	}
	host, err := sdist.FindHost(ctx, p.Target)
	if err != nil {
		return nil, err
	}
	host.Index, err = settings.ToolEnv(ctx, host.Name())
	b.Tool = host
	return b, err
}
