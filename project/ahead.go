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

// ahead does what is possible with each downloaded wheel before the other wheels arrive: it
// opens the wheel, reads its sources if rules of slim will be applied to the layer, and
// compiles them if the layer has bytecode. Work that fails is repeated when its result is
// needed.
type ahead struct {
	opener *builder.Opener
	known  func(digest.Digest) *wheel.Facts // returns nil if the facts are unknown

	ctx       context.Context
	cancel    context.CancelFunc
	compiling *precompiler   // nil if nothing is to be compiled
	read      *slim.Options  // nil if no sources are to be read
	opening   errgroup.Group // limited to the number of files that may be open while others are downloaded
	reading   sync.WaitGroup
	oneReader sync.Mutex
}

func (p *Project) openerOptions() builder.Options {
	return builder.Options{Exclude: p.Layer.ExcludedPaths(), Prefer: p.Layer.Prefer, Scripts: p.Layer.Scripts}
}

// startAhead begins the work for a layer of the distributions ds. The caller must call stop.
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

// fetched is called for each wheel that has been downloaded.
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

// readSources reads the sources of one wheel at a time, because other wheels are examined in
// the meantime.
func (a *ahead) readSources(entries []layer.Entry, owner, name string) {
	a.oneReader.Lock()
	defer a.oneReader.Unlock()
	o := *a.read
	o.Wheels = map[string]string{owner: name}
	_ = slim.Read(a.ctx, entries, o)
}

// stop cancels the work in progress and waits for it to end.
func (a *ahead) stop() {
	a.cancel()
	_ = a.opening.Wait() // the functions return no errors
	a.reading.Wait()
	a.compiling.finish()
}
