package lamella

import (
	"context"
	"errors"
	"fmt"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
	"github.com/lamella-build/lamella/store/local"
)

// Uploaded is a layer zip at its place in the layer's home.
type Uploaded struct {
	URI    string // s3://bucket/key, or a path
	SHA256 string // hexadecimal
	Size   int64  // bytes
	Sent   bool   // false: it was there already
}

// Upload sends the zip that [Build] wrote to {home}/layer/zip/<sha256>.zip,
// unless it is there already. It refuses a zip that was made from another lock
// file, for another target or with other options than the project has now.
func Upload(ctx context.Context, l Layer, env Env) (*Uploaded, error) {
	w, err := open(l, env)
	if err != nil {
		return nil, err
	}
	artifact, err := w.built()
	if err != nil {
		return nil, err
	}
	d, err := destination(ctx, w.layer, env)
	if err != nil {
		return nil, err
	}
	up, err := publish.Upload(ctx, d, artifact, w.manifest)
	if err != nil {
		return nil, err
	}
	return &Uploaded{URI: up.URI, SHA256: up.SHA256, Size: up.Size, Sent: up.Sent}, nil
}

// Publish makes a layer version of the zip that was uploaded before, if anything
// changed since the latest version. Without a zip built here it takes
// {home}/layer/layer.zip, where other tools put theirs, if that was made from
// this very manifest.
func Publish(ctx context.Context, l Layer, env Env) (*publish.Result, error) {
	w, err := open(l, env)
	if err != nil {
		return nil, err
	}
	d, err := destination(ctx, w.layer, env)
	if err != nil {
		return nil, err
	}
	want := w.want()
	artifact, notBuilt := w.built()
	if notBuilt == nil {
		want.Resolve = func(context.Context) (publish.Resolved, error) {
			return publish.Resolved{Inputs: artifact.Inputs, Packages: artifact.Packages}, nil
		}
		want.Build = func(ctx context.Context) (publish.Artifact, error) { return publish.FindUploaded(ctx, d, artifact) }
	} else {
		want.Build = func(ctx context.Context) (publish.Artifact, error) {
			staged, err := publish.FindStaged(ctx, d, w.manifest)
			if errors.Is(err, store.ErrNotExist) {
				return staged, notBuilt
			}
			return staged, err
		}
	}
	return run(ctx, d, want)
}

// Deploy does what is needed of [Build], [Upload] and [Publish]. With nothing
// changed since the latest version it asks the destination three questions and
// builds nothing.
func Deploy(ctx context.Context, l Layer, env Env) (*publish.Result, error) {
	w, err := open(l, env)
	if err != nil {
		return nil, err
	}
	d, err := destination(ctx, w.layer, env)
	if err != nil {
		return nil, err
	}
	want := w.want()
	want.Resolve = w.resolved
	want.Build = func(ctx context.Context) (publish.Artifact, error) {
		b, err := w.build(ctx)
		if err != nil {
			return publish.Artifact{}, err
		}
		return b.artifact(), nil
	}
	return run(ctx, d, want)
}

func run(ctx context.Context, d publish.Destination, want publish.Want) (*publish.Result, error) {
	plan, err := publish.Decide(ctx, d, want)
	if err != nil {
		return nil, err
	}
	return publish.Execute(ctx, d, plan)
}

// Planned is what [Deploy] would do.
type Planned struct {
	*publish.Plan
	Built    *Built // nil when the answer was clear without building; its Path is ""
	Unhashed []Unhashed
}

// Unhashed is a distribution for which the lock states no hash, with the hash that
// its source has now; see [Layer.AllowUnhashed].
type Unhashed struct {
	resolve.Distribution
	Add string // what to add to the lock at Where
}

// Plan says what [Deploy] would do and why. It changes nothing at the
// destination and writes no zip; wheels that it fetches stay in the cache.
func Plan(ctx context.Context, l Layer, env Env) (*Planned, error) {
	w, err := open(l, env)
	if err != nil {
		return nil, err
	}
	d, err := destination(ctx, w.layer, env)
	if err != nil {
		return nil, err
	}
	w.planning = true
	p := &Planned{}
	want := w.want()
	want.Resolve = w.resolved
	want.Build = func(ctx context.Context) (publish.Artifact, error) {
		if p.Built, err = w.compute(ctx); err != nil {
			return publish.Artifact{}, err
		}
		return p.Built.artifact(), nil
	}
	if p.Plan, err = publish.Decide(ctx, d, want); err != nil {
		return nil, err
	}
	if l.AllowUnhashed { // who accepts what nobody vouches for sees it every time
		r, err := w.resolve(ctx)
		if err != nil {
			return nil, err
		}
		for _, d := range r.Distributions {
			if d.Unhashed {
				p.Unhashed = append(p.Unhashed, Unhashed{d, d.HashToAdd(w.lock.Format)})
			}
		}
	}
	if p.Built != nil {
		p.Built.AlsoFits = w.alsoFits(ctx, w.resolution)
	}
	return p, nil
}

// History lists the layer's versions, newest first. Only l's Name and where it
// goes matter.
func History(ctx context.Context, l Layer, env Env) ([]publish.HistoryItem, error) {
	d, err := destination(ctx, l, env)
	if err != nil {
		return nil, err
	}
	return publish.History(ctx, d, l.Name)
}

// destination opens the back end that l goes to.
func destination(ctx context.Context, l Layer, env Env) (publish.Destination, error) {
	d := publish.Destination{Events: env.Events, Tool: env.tool()}
	uri := l.Home
	switch {
	case l.Name == "":
		return d, errNoName()
	case uri == "" && l.To == "":
		return d, &fault.Error{Kind: fault.Usage, Op: "find", Subject: "the layer's home", Err: errors.New("neither a home on S3 nor a local folder is given"),
			Hints: []string{"--home s3://BUCKET/PREFIX/{layer}, or home = \"s3://…\" in [tool.lamella]", "to try without AWS: --to out"}}
	case uri == "":
		uri = "s3://local/{layer}"
	}
	home, err := store.ParseHome(uri, l.Name)
	if err != nil {
		return d, err
	}
	if l.To != "" {
		d.Objects, d.Layers, err = unpack(local.New(l.To, home))
	} else {
		d.Objects, d.Layers, err = unpack(aws.New(ctx, home, aws.Options{KMSKey: l.KMSKey}))
	}
	return d, err
}

// unpack makes interfaces of a back end's own types.
func unpack[O store.Objects, L store.Layers](o O, l L, err error) (store.Objects, store.Layers, error) {
	return o, l, err
}

// want is the layer as it shall be, less how to resolve and build it.
func (w *work) want() publish.Want {
	l := w.layer
	want := publish.Want{
		Layer: l.Name, Manifest: w.manifest, Identity: w.identity(), Detect: l.Detect, Force: l.Force,
		Description: l.Description, License: l.License,
		Runtimes: l.CompatibleRuntimes, Architectures: l.CompatibleArchitectures,
		Share: l.principals(), Reference: l.Storage == StorageReference,
	}
	if want.Description == "" {
		want.Description = fmt.Sprintf("%s for %s, by lamella", w.manifest.Name, w.target)
	}
	if want.Runtimes == nil {
		want.Runtimes = []string{w.target.Runtime}
	}
	if want.Architectures == nil {
		want.Architectures = []string{w.target.Architecture}
	}
	return want
}

// resolved is what the manifest comes down to, in publish's terms.
func (w *work) resolved(ctx context.Context) (publish.Resolved, error) {
	r, err := w.resolve(ctx)
	if err != nil {
		return publish.Resolved{}, err
	}
	w.env.Events.Emit(event.Event{Kind: event.Debug, Op: "resolve", Subject: w.path,
		Message: fmt.Sprintf("%s comes down to %d distributions for %s", w.path, len(r.Distributions), w.target)})
	return publish.Resolved{Inputs: w.inputs(r), Packages: packages(r, nil)}, nil
}

func (b *Built) artifact() publish.Artifact {
	return publish.Artifact{Path: b.Path, SHA256: b.SHA256, Size: b.Size, Unzipped: b.Unzipped, Entries: b.Entries,
		Inputs: b.Inputs, Packages: b.Distributions}
}
