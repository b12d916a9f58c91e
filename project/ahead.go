package project

import (
	"context"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/slim"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/wheel"
)

// ahead does with each wheel that has been downloaded what is possible before the others
// arrive: it opens the wheel, reads its sources if rules of slim will be applied to the
// layer, and compiles them if the layer has bytecode. What fails is done again when its
// result is needed.
type ahead struct {
	opener *builder.Opener
	known  func(digest.Digest) *wheel.Facts // nil if they are unknown

	ctx       context.Context
	cancel    context.CancelFunc
	compiling *precompiler   // nil to compile nothing
	read      *slim.Options  // nil to read no sources
	opening   errgroup.Group // of no more files than may be open while others are downloaded
	reading   sync.WaitGroup
	oneReader sync.Mutex
}

func (p *Project) openerOptions() builder.Options {
	return builder.Options{Exclude: p.Layer.ExcludedPaths(), Prefer: p.Layer.Prefer, Scripts: p.Layer.Scripts}
}

// startAhead begins a layer of the distributions ds. The caller must call stop.
func (p *Project) startAhead(ctx context.Context, ds []resolve.Distribution) (*ahead, error) {
	opener, err := builder.NewOpener(p.openerOptions())
	if err != nil {
		return nil, err
	}
	a := &ahead{opener: opener, known: p.knownFacts, compiling: p.precompiler()}
	a.opening.SetLimit(2)
	a.ctx, a.cancel = context.WithCancel(ctx)
	var size int64
	for i := range ds {
		size += ds[i].File.Size
	}
	if len(p.Layer.Slim) > 0 || size >= adviseZip {
		a.read = &slim.Options{Facts: p.cache}
	}
	return a, nil
}

// fetched is called with each wheel that has been downloaded.
func (a *ahead) fetched(d resolve.Distribution, path string) {
	facts := a.known(d.Hash)
	if facts == nil {
		return
	}
	a.opening.Go(func() error {
		entries, err := a.opener.Open(builder.Input{Path: path, Filename: d.File.Name, Distribution: d.Name, Version: d.Version, Facts: facts})
		if err != nil {
			return nil
		}
		if a.read != nil {
			a.reading.Go(func() { a.readSources(entries, d.Name, filepath.Base(path)) })
		}
		a.compiling.start(a.ctx, entries, d.Name, filepath.Base(path))
		return nil
	})
}

// readSources reads the sources of one wheel at a time, because other wheels are examined
// meanwhile.
func (a *ahead) readSources(entries []layer.Entry, owner, name string) {
	a.oneReader.Lock()
	defer a.oneReader.Unlock()
	o := *a.read
	o.Wheels = map[string]string{owner: name}
	_ = slim.Read(a.ctx, entries, o)
}

// stop ends what is still being done.
func (a *ahead) stop() {
	a.cancel()
	_ = a.opening.Wait() // which has no error
	a.reading.Wait()
	a.compiling.finish()
}
