package project

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/internal/builder"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/early"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
)

const (
	mostRemotes    = 16      // wheels that are downloaded in ranges; each keeps a file open
	smallestRemote = 1 << 20 // bytes of the smallest such wheel
	leastRemote    = 8 << 20 // bytes of all such wheels; with less, there is little to overlap
)

// BuildSending is like [Project.Build], but sends the zip to in while its wheels are being
// downloaded, if that is possible and saves time.
func (p *Project) BuildSending(ctx context.Context, in *publish.Incoming) (*Zip, error) {
	p.incoming = in
	return p.Build(ctx)
}

// sender sends the zip while its wheels are being downloaded. The small wheels are
// downloaded first, each as a whole. The others are downloaded in the order in which the zip
// needs them.
type sender struct {
	project    *Project
	in         *publish.Incoming
	resolution *resolve.Resolution
	remotes    map[digest.Digest]*index.Remote
	cancel     context.CancelFunc

	mu      sync.Mutex
	waiting map[digest.Digest]bool // small wheels that are being downloaded
	small   chan struct{}          // closed once there are none
	built   chan struct{}          // closed once the zip is built or cannot be built
	done    chan struct{}          // closed once nothing more will be sent
}

// startSending begins to send the zip of r. It returns nil if nothing can be sent before the
// zip is complete. Otherwise, the caller must call end.
func (p *Project) startSending(ctx context.Context, r *resolve.Resolution) *sender {
	in := p.incoming
	p.incoming = nil
	if in == nil || !p.knowsLayout(r) {
		return nil
	}
	s := &sender{project: p, in: in, resolution: r, remotes: map[digest.Digest]*index.Remote{}, waiting: map[digest.Digest]bool{},
		small: make(chan struct{}), built: make(chan struct{}), done: make(chan struct{})}
	for _, d := range p.largest(r.Distributions) {
		if remote := p.client.Remote(d); remote != nil {
			s.remotes[d.Hash] = remote
		}
	}
	if len(s.remotes) == 0 {
		return nil
	}
	for _, d := range r.Distributions {
		if _, ok := p.cache.Wheel(d.Hash); !ok && s.remotes[d.Hash] == nil {
			s.waiting[d.Hash] = true
		}
	}
	if len(s.waiting) == 0 {
		close(s.small)
	}
	ctx, s.cancel = context.WithCancel(ctx)
	go s.run(ctx)
	return s
}

// knowsLayout reports whether the layout of the zip follows from the wheels' lists of files.
func (p *Project) knowsLayout(r *resolve.Resolution) bool {
	l := &p.Layer
	return len(l.Slim) == 0 && !l.Strip && len(l.Bytecode) == 0 && !p.suspicious && !p.rebuilding &&
		!slices.ContainsFunc(r.Distributions, func(d resolve.Distribution) bool { return d.FromSource })
}

// largest returns the wheels that are worth downloading in ranges. It returns none if there
// is little to download.
func (p *Project) largest(ds []resolve.Distribution) (large []resolve.Distribution) {
	var total, all int64
	for _, d := range ds {
		if _, ok := p.cache.Wheel(d.Hash); ok {
			continue
		}
		if all += d.File.Size; d.File.Size >= smallestRemote {
			large = append(large, d)
		}
	}
	slices.SortStableFunc(large, func(a, b resolve.Distribution) int { return cmp.Compare(b.File.Size, a.File.Size) })
	large = large[:min(len(large), mostRemotes)]
	for _, d := range large {
		total += d.File.Size
	}
	if total < leastRemote || total < all/4 {
		return nil
	}
	return large
}

// fetched is called for each wheel that has been downloaded.
func (s *sender) fetched(d resolve.Distribution) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting[d.Hash] {
		if delete(s.waiting, d.Hash); len(s.waiting) == 0 {
			close(s.small)
		}
	}
}

// run downloads and sends. A failure only costs time: the wheels are then downloaded, and
// the zip is uploaded, as usual.
func (s *sender) run(ctx context.Context) {
	defer close(s.done)
	defer s.in.End()
	defer s.close()
	if err := s.send(ctx); err != nil {
		s.project.debug("download", "cannot upload while downloading: %v", err)
		s.close() // so that Fetch does not wait
	}
	<-s.built
}

func (s *sender) send(ctx context.Context) error {
	var group errgroup.Group
	for _, remote := range s.remotes {
		group.Go(func() error { return remote.Open(ctx) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	select {
	case <-s.small:
	case <-ctx.Done():
		return ctx.Err()
	}
	p := s.project
	opener, err := builder.NewOpener(p.openerOptions())
	if err != nil {
		return err
	}
	var inputs []builder.Input
	var wheels []early.Wheel
	for _, d := range s.resolution.Distributions {
		in := builder.Input{Filename: d.File.Name, Distribution: d.Name, Version: d.Version}
		if remote := s.remotes[d.Hash]; remote != nil {
			in.Reader, in.Size = remote, remote.Size()
			wheels = append(wheels, remote)
		} else {
			path, _ := p.cache.Wheel(d.Hash)
			if in, err = p.input(ctx, d, path, d.File.Name, d.Hash); err != nil {
				return err
			}
		}
		inputs = append(inputs, in)
	}
	tree, err := opener.Merge(ctx, inputs, nil)
	if err != nil {
		return err
	}
	defer tree.Close()
	if err := early.Run(ctx, tree.Entries, wheels, s.in); err != nil {
		return err
	}
	s.in.Complete(ctx)
	return nil
}

func (s *sender) close() {
	for _, remote := range s.remotes {
		_ = remote.Close()
	}
}

// end is called once the zip is built or cannot be built. After that, nothing is sent.
func (s *sender) end(err error) {
	if s == nil {
		return
	}
	close(s.built)
	if err != nil {
		s.cancel()
		<-s.done
	}
}
