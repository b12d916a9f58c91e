package lamella

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lamella-build/lamella/cache"
	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/index"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/target"
	"github.com/lamella-build/lamella/wheel"
)

// rules is the version of the rules by which a layer is composed. It grows when
// the same wheels and options would make other bytes.
const rules = "1"

// work is one step's view of a layer: what was asked for, checked, and what is
// found out about it on the way, each at most once and only when needed.
type work struct {
	layer    Layer
	env      Env
	target   target.Target
	path     string // of the lock file
	manifest publish.Manifest
	includes []string // the files that the manifest takes in, with their digests

	lock       *lock.Lock
	client     *index.Client
	resolution *resolve.Resolution
}

// open checks the layer's target and reads the manifest's bytes. It does not
// parse the lock file: an unchanged one need not be understood.
func open(l Layer, env Env) (*work, error) {
	w := &work{layer: l, env: env}
	if w.layer.Project == "" {
		w.layer.Project = "."
	}
	if w.layer.Architecture == "" {
		w.layer.Architecture = "x86_64"
	}
	var err error
	if w.target, err = target.Parse(w.layer.Runtime, w.layer.Architecture); err != nil {
		return nil, err
	}
	if w.path = w.layer.Lock; w.path == "" {
		if w.path, err = lock.Find(w.layer.Project); err != nil {
			return nil, err
		}
	}
	data, err := os.ReadFile(w.path)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Lock, Op: "read lock file", Subject: w.path, Err: err,
			Hints: []string{"name the lock file: --lock FILE"}}
	}
	w.manifest = publish.Manifest{Name: filepath.Base(w.path), Data: data}
	return w, w.readIncludes()
}

// nested finds the lines by which a requirements file takes in others.
var nested = regexp.MustCompile(`(?m)^[ \t]*(-[rc]|--requirement|--constraint)`)

// readIncludes makes the files that a requirements file takes in part of what is
// compared: the manifest alone does not tell that one of them changed.
func (w *work) readIncludes() error {
	if strings.HasSuffix(w.path, ".lock") || !nested.Match(w.manifest.Data) {
		return nil
	}
	l, err := lock.Read(w.path)
	if err != nil {
		return err
	}
	for _, include := range l.Includes {
		w.includes = append(w.includes, string(include.Digest))
	}
	return nil
}

// resolve returns the wheels of the layer for its own target.
func (w *work) resolve(ctx context.Context) (*resolve.Resolution, error) {
	if w.resolution != nil {
		return w.resolution, nil
	}
	r, err := w.resolveFor(ctx, w.target)
	if err != nil {
		return nil, err
	}
	for _, note := range r.Notes {
		w.env.Events.Emit(event.Event{Kind: event.Warn, Op: "resolve", Subject: w.path, Message: note})
	}
	w.resolution = r
	return r, nil
}

func (w *work) resolveFor(ctx context.Context, t target.Target) (*resolve.Resolution, error) {
	if err := w.read(); err != nil {
		return nil, err
	}
	distributions, _ := splitExclude(w.layer.Exclude)
	return resolve.Resolve(ctx, w.lock, t, resolve.Options{
		Extras: w.layer.Extras, Groups: w.layer.Groups, Exclude: distributions,
	}, w.client)
}

// read parses the lock file and makes the client for its sources.
func (w *work) read() error {
	if w.lock != nil {
		return nil
	}
	l, err := lock.Read(w.path)
	if err != nil {
		return err
	}
	if string(l.Manifest) != string(w.manifest.Data) {
		return &fault.Error{Kind: fault.Lock, Op: "read lock file", Subject: w.path,
			Err:   fmt.Errorf("it changed while lamella was reading it"),
			Hints: []string{"run the same command again"}}
	}
	dir := w.env.CacheDir
	if dir == "" {
		if dir, err = cache.DefaultDir(); err != nil {
			return err
		}
	}
	c, err := cache.Open(dir)
	if err != nil {
		return err
	}
	settings, err := w.sources(l)
	if err != nil {
		return err
	}
	w.client = index.NewClient(settings, c, w.env.Events)
	w.client.Verify = wheel.Verify
	w.lock = l
	return nil
}

// sources says where the wheels may come from: what the layer names, else what
// the lock file names, else what the surroundings know.
func (w *work) sources(l *lock.Lock) (index.Settings, error) {
	asked := index.Settings{URL: w.layer.IndexURL, FindLinks: w.layer.FindLinks}
	own := index.Settings{URL: l.IndexURL, ExtraURLs: l.ExtraIndexURLs, FindLinks: l.FindLinks, NoIndex: l.NoIndex}
	return index.Discover(asked, own, w.layer.Project, w.env.getenv)
}

// inputs names everything that decides the layer's bytes.
func (w *work) inputs(r *resolve.Resolution) digest.Digest {
	_, patterns := splitExclude(w.layer.Exclude)
	parts := append([]string{"rules " + rules, string(r.Inputs())}, patterns...)
	return digest.SHA256([]byte(strings.Join(parts, "\n")))
}

// identity is what besides the manifest decides the layer.
func (w *work) identity() publish.Identity {
	return publish.Identity{Target: w.target.String(), Options: map[string][]string{
		"extras": w.layer.Extras, "groups": w.layer.Groups, "exclude": w.layer.Exclude,
		"includes": w.includes, "python": {w.target.FullVersion}, "rules": {rules},
	}}
}

// output is the path of the layer's zip.
func (w *work) output() (string, error) {
	if w.layer.Output != "" {
		return w.layer.Output, nil
	}
	if w.layer.Name == "" {
		return "", errNoName()
	}
	name := fmt.Sprintf("%s-%s-%s.zip", w.layer.Name, w.target.Runtime, w.target.Architecture)
	return filepath.Join(w.layer.Project, "build", "lambda", name), nil
}

func errNoName() error {
	return &fault.Error{Kind: fault.Usage, Op: "name", Subject: "the layer", Err: errors.New("it has no name"),
		Hints: []string{"name it: --name NAME, or name = \"NAME\" in [tool.lamella]"}}
}
