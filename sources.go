package lamella

import (
	"context"
	"slices"
	"sync"

	"github.com/lamella-build/lamella/builder"
	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/index"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/sdist"
)

// finder answers what a resolution asks: the index what files there are, and
// the folders what is in them.
type finder struct {
	*index.Client
	folders *folders
}

func (w *work) finder() finder { return finder{w.client, &w.folders} }

// HashFolder implements resolve.FolderHasher.
func (f finder) HashFolder(ctx context.Context, folder string) (digest.Digest, error) {
	return f.folders.hash(ctx, folder)
}

// folders remembers the digests of source folders, so that one run sees one
// state of them. Safe for use by several goroutines.
type folders struct {
	mu     sync.Mutex
	hashes map[string]digest.Digest
}

func (f *folders) hash(ctx context.Context, folder string) (digest.Digest, error) {
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

// readFolders makes the folders that may be built part of what is compared: the
// manifest names them, and does not tell that something in them changed. One
// that cannot be read may be one that the target does not need.
func (w *work) readFolders(ctx context.Context) error {
	if len(w.layer.AllowBuild) == 0 {
		return nil
	}
	if err := w.parse(); err != nil {
		return err
	}
	for i := range w.lock.Packages {
		p := &w.lock.Packages[i]
		if p.Source.Kind != lock.FromDirectory || p.Root {
			continue
		}
		d, err := w.folders.hash(ctx, p.Source.Folder())
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			w.includes = append(w.includes, p.Name+" "+string(d))
		}
	}
	return nil
}

// wheels fetches the wheels of ds, and builds those that are to be built.
func (w *work) wheels(ctx context.Context, ds []resolve.Distribution) (inputs []builder.Input, err error) {
	var published, sources []resolve.Distribution
	for _, d := range ds {
		if d.FromSource {
			sources = append(sources, d)
		} else {
			published = append(published, d)
		}
	}
	for _, d := range published {
		if err := w.sound(ctx, d.Hash, d.File.Name); err != nil {
			return nil, err
		}
	}
	paths, err := w.client.Fetch(ctx, published)
	if err != nil {
		return nil, err
	}
	add := func(d resolve.Distribution, path, file string, hash digest.Digest) error {
		facts, err := w.facts(ctx, path, file, hash)
		inputs = append(inputs, builder.Input{Path: path, Filename: file, Distribution: d.Name, Version: d.Version, Facts: facts})
		return err
	}
	for i, d := range published {
		if err := add(d, paths[i], d.File.Name, d.Hash); err != nil {
			return nil, err
		}
	}
	if len(sources) == 0 {
		return inputs, nil
	}
	b, err := w.sourceBuilder(ctx)
	if err != nil {
		return nil, err
	}
	for i := range sources {
		if known, ok := b.Cached(&sources[i]); ok {
			if err := w.sound(ctx, known.Hash, known.Name); err != nil {
				return nil, err
			}
		}
	}
	built, err := b.Build(ctx, sources)
	if err != nil {
		return nil, err
	}
	for i, d := range sources {
		if err := add(d, built[i].Path, built[i].Name, built[i].Hash); err != nil {
			return nil, err
		}
	}
	return inputs, nil
}

// sourceBuilder returns what makes wheels of sources: in a container if the layer
// names one, else on this machine.
func (w *work) sourceBuilder(ctx context.Context) (*sdist.Builder, error) {
	settings, err := w.sourcesForTools()
	if err != nil {
		return nil, err
	}
	engine, temp, err := w.engine(ctx)
	if err != nil {
		return nil, err
	}
	b := &sdist.Builder{Target: w.target, Cache: w.cache, Fetch: w.client.FetchSource, Temp: temp,
		Timeout: w.layer.BuildTimeout, Events: w.env.Events}
	if engine != nil {
		inside, err := sdist.NewContainer(ctx, engine, w.image(), w.target, w.env.Events)
		if err != nil {
			return nil, err
		}
		inside.Links = settings.FindLinks
		inside.Index, err = settings.ToolEnv(ctx, index.Pip)
		inside.Links = append(slices.Clip(inside.Links), inside.Index.Paths...)
		b.Tool = inside
		return b, err
	}
	host, err := sdist.FindHost(ctx, w.target)
	if err != nil {
		return nil, err
	}
	host.Index, err = settings.ToolEnv(ctx, host.Name())
	b.Tool = host
	return b, err
}
