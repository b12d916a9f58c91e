package lamella

import (
	"cmp"
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
	"github.com/lamella-build/lamella/internal/textfile"
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
	includes []string // the files and source folders that the manifest takes in, with their digests

	lock       *lock.Lock
	cache      *cache.Cache
	client     *index.Client // made of the lock, nil until [work.read]
	folders    folders
	resolution *resolve.Resolution
	suspicious bool     // the cached wheels are hashed before they are used
	used       []string // the paths of the wheels that are in the layer
	again      bool     // a published version is made again: it is not the project's layer
	planning   bool     // missing hashes are part of the answer and no warning
}

// open checks the layer's target, reads the manifest's bytes and looks whether
// the lock still fits its project.
func open(ctx context.Context, l Layer, env Env) (*work, error) {
	w := &work{layer: l, env: env}
	if w.layer.Project == "" {
		w.layer.Project = "."
	}
	if w.layer.Architecture == "" {
		w.layer.Architecture = "x86_64"
	}
	if err := cmp.Or(l.checkStorage(), l.checkBuilder()); err != nil {
		return nil, err
	}
	var err error
	if w.target, err = target.Parse(w.layer.Runtime, w.layer.Architecture); err != nil {
		return nil, err
	}
	if w.path = cmp.Or(w.layer.Lock, w.layer.lockOfTool()); w.path == "" {
		if w.path, err = lock.Find(w.layer.Project, w.target); err != nil {
			return nil, err
		}
	}
	data, err := textfile.Bytes(w.path)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Lock, Op: "read lock file", Subject: w.path, Err: err,
			Hints: []string{"name the lock file: --lock FILE"}}
	}
	w.manifest = publish.Manifest{Name: filepath.Base(w.path), Data: data}
	if err := w.readIncludes(); err != nil {
		return nil, err
	}
	if err := w.readFolders(ctx); err != nil {
		return nil, err
	}
	return w, w.checkFresh()
}

// alone finds the lock files that no other file is part of: those that state
// everything themselves, and requirements files without lines that take in others.
func (w *work) alone() bool {
	switch name := w.manifest.Name; {
	case name == "poetry.lock", name == "pdm.lock":
		return false
	case strings.HasSuffix(name, ".lock"), strings.HasSuffix(name, ".toml"):
		return true
	}
	return !nested.MatchString(w.text())
}

// nested finds the lines by which a requirements file takes in others.
var nested = regexp.MustCompile(`(?m)^[ \t]*(-[rc]|--requirement|--constraint)`)

// readIncludes makes the files that the lock takes in part of what is compared:
// the manifest alone does not tell that one of them changed.
func (w *work) readIncludes() error {
	if w.alone() {
		return nil
	}
	if err := w.parse(); err != nil {
		return err
	}
	for _, include := range w.lock.Includes {
		w.includes = append(w.includes, string(include.Digest))
	}
	return nil
}

// checkFresh warns of a lock that no longer fits its project, or refuses it.
// This comes before all else: "unchanged" would be no answer to somebody who
// changed pyproject.toml and forgot to lock.
func (w *work) checkFresh() error {
	if !w.hasProject() {
		return nil
	}
	err := w.parse()
	var stale *lock.Stale
	if err == nil {
		stale, err = w.lock.Stale()
	}
	switch {
	case err != nil && w.layer.Locked:
		return err
	case err != nil: // an unchanged lock need not be understood, others are read again
		return nil
	case stale == nil:
		return nil
	case w.layer.Locked:
		return stale.Fault()
	}
	w.env.Events.Emit(event.Event{Kind: event.Warn, Op: "resolve", Subject: w.path,
		Message: fmt.Sprintf("%s; bring it up to date: %s", stale, stale.Relock)})
	return nil
}

// hasProject reports that what the lock was made from lies beside it. The flat
// formats do not tell what they were made from.
func (w *work) hasProject() bool {
	if !strings.HasSuffix(w.manifest.Name, ".lock") {
		return false
	}
	for _, name := range []string{"pyproject.toml", "Pipfile"} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(w.path), name)); err == nil {
			return true
		}
	}
	return false
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
	notes := r.Notes
	for _, d := range r.Distributions {
		if d.Unhashed && !w.planning {
			notes = append(notes, d.MissingHash(w.lock.Format))
		}
	}
	for _, note := range notes {
		w.env.Events.Emit(event.Event{Kind: event.Warn, Op: "resolve", Subject: w.path, Message: note})
	}
	w.resolution = r
	return r, nil
}

func (w *work) resolveFor(ctx context.Context, t target.Target) (*resolve.Resolution, error) {
	if err := w.read(); err != nil {
		return nil, err
	}
	return resolve.Resolve(ctx, w.lock, t, w.options(), w.finder())
}

// options are what of the lock goes into the layer.
func (w *work) options() resolve.Options {
	l := &w.layer
	distributions, _ := splitExclude(l.Exclude)
	return resolve.Options{
		Extras: l.Extras, AllExtras: l.AllExtras,
		Groups: l.Groups, NoDefaultGroups: l.NoDefaultGroups, OnlyGroups: l.OnlyGroups,
		Package: l.Package, Exclude: distributions, AllowUnhashed: l.AllowUnhashed, AllowBuild: l.AllowBuild,
	}
}

// parse reads the lock file.
func (w *work) parse() error {
	if w.lock != nil {
		return nil
	}
	l, err := lock.Parser{Getenv: w.env.Getenv}.Parse(w.path, w.manifest.Data)
	w.lock = l
	return err
}

// read parses the lock file and makes the client for its sources.
func (w *work) read() error {
	if w.client != nil {
		return nil
	}
	if err := w.parse(); err != nil {
		return err
	}
	dir, err := w.env.CacheDir, error(nil)
	if dir == "" {
		if dir, err = cache.DefaultDir(w.env.getenv); err != nil {
			return err
		}
	}
	if w.cache, err = cache.Open(dir); err != nil {
		return err
	}
	settings, err := w.sources(w.lock)
	if err != nil {
		return err
	}
	w.client = index.NewClient(settings, w.cache, w.env.Events)
	w.client.Verify, w.client.Excuses, w.client.Relock = w.examine, isRecordError, w.relock
	return nil
}

// relock is the command that locks the distribution of that name anew.
func (w *work) relock(name string) string {
	switch w.lock.Format {
	case lock.Requirements:
		return w.lock.Compile(w.target)
	case lock.UV:
		return w.lock.Relock() + " --upgrade-package " + name
	}
	return w.lock.Relock()
}

// isRecordError reports a wheel that is sound but for its list of files.
func isRecordError(err error) bool {
	return errors.As(err, new(*wheel.RecordError))
}

// sources says where the wheels may come from: what the layer names, else what
// the lock file names, else what the surroundings know.
func (w *work) sources(l *lock.Lock) (index.Settings, error) {
	asked := index.Settings{URL: w.layer.IndexURL, Indexes: w.layer.Indexes, FindLinks: w.layer.FindLinks}
	own := index.Settings{URL: l.IndexURL, ExtraURLs: l.ExtraIndexURLs, FindLinks: l.FindLinks, NoIndex: l.NoIndex,
		Network: index.Network{Trusted: l.TrustedHosts}}
	for _, named := range l.Indexes {
		own.Named = append(own.Named, index.Index{Name: named.Name, URL: named.URL})
	}
	return index.Discover(asked, own, w.layer.Project, w.env.getenv)
}

// inputs names everything that decides the layer's bytes.
func (w *work) inputs(r *resolve.Resolution) digest.Digest {
	_, patterns := splitExclude(w.layer.Exclude)
	parts := append([]string{"rules " + rules, string(r.Inputs())}, patterns...)
	if w.layer.Scripts {
		parts = append(parts, `\scripts`)
	}
	for _, p := range w.layer.Prefer {
		parts = append(parts, `\prefer `+p) // no pattern has a backslash
	}
	return digest.SHA256([]byte(strings.Join(parts, "\n")))
}

// identity is what besides the manifest decides the layer. What is not asked for
// leaves no trace, so that a new option changes no layer made without it.
func (w *work) identity() publish.Identity {
	l := &w.layer
	options := map[string][]string{
		"extras": l.Extras, "groups": l.Groups, "only-groups": l.OnlyGroups, "exclude": l.Exclude, "prefer": l.Prefer,
		"includes": w.includes, "python": {w.target.FullVersion}, "rules": {rules},
	}
	if l.Package != "" {
		options["package"] = []string{l.Package}
	}
	for name, on := range map[string]bool{
		"all-extras": l.AllExtras, "no-default-groups": l.NoDefaultGroups, "allow-unhashed": l.AllowUnhashed, "scripts": l.Scripts,
	} {
		if on {
			options[name] = []string{"true"}
		}
	}
	w.addBuilder(options)
	return publish.Identity{Target: w.target.String(), Options: options}
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
