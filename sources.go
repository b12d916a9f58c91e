package lamella

import (
	"context"
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
func (w *work) wheels(ctx context.Context, ds []resolve.Distribution) ([]builder.Input, error) {
	var published, sources []resolve.Distribution
	for _, d := range ds {
		if d.FromSource {
			sources = append(sources, d)
		} else {
			published = append(published, d)
		}
	}
	paths, err := w.client.Fetch(ctx, published)
	if err != nil {
		return nil, err
	}
	inputs := make([]builder.Input, 0, len(ds))
	for i, d := range published {
		inputs = append(inputs, builder.Input{Path: paths[i], Filename: d.File.Name, Distribution: d.Name, Version: d.Version})
	}
	if len(sources) == 0 {
		return inputs, nil
	}
	b, err := w.sourceBuilder(ctx)
	if err != nil {
		return nil, err
	}
	built, err := b.Build(ctx, sources)
	if err != nil {
		return nil, err
	}
	for i, d := range sources {
		inputs = append(inputs, builder.Input{Path: built[i].Path, Filename: built[i].Name, Distribution: d.Name, Version: d.Version})
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
