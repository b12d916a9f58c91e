// Package project turns one lock file into a layer for one target. Each step runs only when
// it is needed, and at most once:
//
//	Open     finds and reads the lock file, and checks that it is up to date
//	Resolve  selects the exact wheels for the target (package resolve)
//	Build    downloads or builds the wheels, and writes the layer's zip
//
// Nothing here depends on the destination of the layer. A Project is not safe for
// concurrent use.
package project

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/internal/textfile"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/target"
	"github.com/lamella-build/lamella/wheel"
)

// Project is a lock file with its options, and the results of the steps so far.
type Project struct {
	Layer    spec.Layer
	Target   target.Target
	LockPath string           // the lock file
	Manifest publish.Manifest // its bytes
	// Planning makes missing hashes part of the result instead of warnings.
	Planning bool

	env      spec.Env
	includes []string // digests of the files and source folders that the lock file includes

	lock       *lock.Lock
	cache      *cache.Cache
	shared     *shared.Cache // nil if there is none
	client     *index.Client // for the lock file's indexes; nil until [Project.connect]
	folders    folderDigests
	resolution *resolve.Resolution
	suspicious bool              // hash the cached wheels before they are used
	used       []string          // paths of the wheels in the layer
	wheelOf    map[string]string // distribution → path in used
	examinedMu sync.Mutex
	examined   map[digest.Digest]*wheel.Facts // facts about the wheels that this run has examined
	incoming   *publish.Incoming              // receives the zip while it is being built; nil if it is not sent
	rebuilding bool                           // a published version is being rebuilt, so this is not the project's own layer
}

// Open checks the layer's target and options, reads its lock file, and checks whether the
// lock file is up to date. The error is a fault.Error.
func Open(ctx context.Context, l spec.Layer, env spec.Env) (*Project, error) {
	l.Project, l.Architecture = l.Folder(), l.Arch()
	p := &Project{Layer: l, env: env}
	if err := checkOptions(&l); err != nil {
		return nil, err
	}
	var err error
	if p.Target, err = l.ParseTarget(); err != nil {
		return nil, err
	}
	if p.LockPath = cmp.Or(l.Lock, lockOfTool(&l)); p.LockPath == "" {
		if p.LockPath, err = lock.Find(l.Project, p.Target); err != nil {
			return nil, err
		}
	}
	data, err := textfile.Bytes(p.LockPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, p.noSuchLock()
	}
	if err != nil {
		return nil, &fault.Error{Kind: fault.Lock, Subject: p.LockPath, Message: "cannot read the lock file " + p.LockPath, Err: err,
			Hints: []string{"choose the lock file: --lock FILE"}}
	}
	p.Manifest = publish.Manifest{Name: filepath.Base(p.LockPath), Data: data}
	if err := p.readIncludes(); err != nil {
		return nil, err
	}
	if err := p.hashFolders(ctx); err != nil {
		return nil, err
	}
	return p, p.checkFresh()
}

// noSuchLock returns the error for a lock file that does not exist.
func (p *Project) noSuchLock() error {
	e := &fault.Error{Kind: fault.Lock, Subject: p.LockPath, Message: "the lock file " + p.LockPath + " does not exist"}
	if found, err := lock.Find(p.Layer.Project, p.Target); err == nil {
		e.Hints = []string{"use the existing lock file: --lock " + found}
	} else {
		e.Hints = []string{"choose an existing lock file: --lock FILE"}
		for _, hint := range fault.Hints(err) {
			if !strings.Contains(hint, "--lock FILE") {
				e.Hints = append(e.Hints, "or "+hint)
			}
		}
	}
	return e
}

// parse parses the lock file.
func (p *Project) parse() error {
	if p.lock != nil {
		return nil
	}
	l, err := lock.Parser{Getenv: p.env.Getenv}.Parse(p.LockPath, p.Manifest.Data)
	p.lock = l
	return err
}

// connect parses the lock file, opens the cache, and prepares the client for the lock file's
// indexes.
func (p *Project) connect() error {
	if p.client != nil {
		return nil
	}
	if err := p.parse(); err != nil {
		return err
	}
	var err error
	if p.cache, err = openCache(p.env); err != nil {
		return err
	}
	if err := p.openShared(); err != nil {
		return err
	}
	settings, err := IndexSettings(p.Layer, p.lock, p.env)
	if err != nil {
		return err
	}
	p.client = index.NewClient(settings, p.cache, p.env.Events)
	p.client.Verify, p.client.Excuses, p.client.Relock = p.examine, isRecordError, p.relock
	p.client.Arriving, p.client.Shared = p.examineArriving, p.shared
	return nil
}

// IndexSettings returns where wheels may come from: the indexes of the layer, those of the
// lock file, or those in the configuration of pip and uv, in this order of precedence.
func IndexSettings(layer spec.Layer, l *lock.Lock, env spec.Env) (index.Settings, error) {
	asked := index.Settings{URL: layer.IndexURL, Indexes: layer.Indexes, FindLinks: layer.FindLinks}
	own := index.Settings{URL: l.IndexURL, ExtraURLs: l.ExtraIndexURLs, FindLinks: l.FindLinks, NoIndex: l.NoIndex,
		Network: index.Network{Trusted: l.TrustedHosts}}
	for _, named := range l.Indexes {
		own.Named = append(own.Named, index.Index{Name: named.Name, URL: named.URL})
	}
	settings, err := index.Discover(asked, own, layer.Folder(), env.Lookup)
	settings.Offline = env.Offline
	return settings, err
}

// relock returns the command that locks the distribution with that name again.
func (p *Project) relock(name string) string {
	switch p.lock.Format {
	case lock.Requirements:
		return p.lock.Compile(p.Target)
	case lock.UV:
		return p.lock.Relock() + " --upgrade-package " + name
	}
	return p.lock.Relock()
}

// isRecordError reports whether err is about a wheel whose only flaw is its list of files.
func isRecordError(err error) bool {
	return errors.As(err, new(*wheel.RecordError))
}

// Resolve selects the layer's wheels for its target, and emits warnings about them.
func (p *Project) Resolve(ctx context.Context) (*resolve.Resolution, error) {
	if p.resolution != nil {
		return p.resolution, nil
	}
	r, err := p.resolveFor(ctx, p.Target)
	if err != nil {
		return nil, err
	}
	notes := r.Notes
	for _, d := range r.Distributions {
		if d.Unhashed && !p.Planning {
			notes = append(notes, d.MissingHash(p.lock.Format))
		}
	}
	p.warn(notes...)
	p.resolution = r
	return r, nil
}

func (p *Project) resolveFor(ctx context.Context, t target.Target) (*resolve.Resolution, error) {
	if err := p.connect(); err != nil {
		return nil, err
	}
	r, err := resolve.Resolve(ctx, p.lock, t, p.options(), p.finder())
	if err != nil && ctx.Err() == nil && p.client.Refute() {
		r, err = resolve.Resolve(ctx, p.lock, t, p.options(), p.finder())
	}
	return r, err
}

// ResolveKnown returns the distributions that can be installed, the gaps, and the error that
// [Project.Resolve] would return. It returns no resolution if the lock file cannot be
// resolved for another reason.
func (p *Project) ResolveKnown(ctx context.Context) (*resolve.Resolution, error) {
	if err := p.connect(); err != nil {
		return nil, err
	}
	return resolve.ResolveKnown(ctx, p.lock, p.Target, p.options(), p.finder())
}

// options returns the options for package resolve.
func (p *Project) options() resolve.Options {
	return resolve.Options{Selection: p.Layer.Selection, AllowUnhashed: p.Layer.AllowUnhashed, AllowBuild: p.Layer.AllowBuild}
}

func (p *Project) warn(messages ...string) {
	for _, message := range messages {
		p.env.Events.Emit(event.Event{Kind: event.Warn, Op: "resolve", Subject: p.LockPath, Message: message})
	}
}

func (p *Project) debug(op, format string, args ...any) {
	p.env.Events.Emit(event.Event{Kind: event.Debug, Op: op, Subject: p.LockPath, Message: fmt.Sprintf(format, args...)})
}
