package lamella

import (
	"context"
	"errors"
	"fmt"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/store"
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
	w, err := openToStore(ctx, l, env)
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
	w, err := openToStore(ctx, l, env)
	if err != nil {
		return nil, err
	}
	d, err := destination(ctx, w.layer, env)
	if err != nil {
		return nil, err
	}
	want := w.want(w.layer)
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
	return newSite(l, env, false).deploy(ctx)
}

func run(ctx context.Context, d publish.Destination, want publish.Want) (*publish.Result, error) {
	plan, err := publish.Decide(ctx, d, want)
	if err != nil {
		return nil, err
	}
	return plan.Execute(ctx)
}

// Planned is what [Deploy] would do.
type Planned struct {
	*publish.Plan
	Built    *Built // nil when the answer was clear without building; its Path is ""
	Unhashed []Unhashed
	Gaps     []resolve.Gap // distributions that cannot be installed, sorted by name
}

// Unhashed is a distribution for which the lock states no hash, with the hash that
// its source has now; see [Layer.AllowUnhashed].
type Unhashed struct {
	resolve.Distribution
	Add string // what to add to the lock at Where
}

// Plan says what [Deploy] would do and why. It changes nothing at the
// destination and writes no zip; wheels that it fetches stay in the cache. Where
// distributions cannot be installed, it returns what is known of the plan, with its
// Gaps and the outcome [publish.Blocked], and the error as well.
func Plan(ctx context.Context, l Layer, env Env) (*Planned, error) {
	return newSite(l, env, true).plan(ctx)
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

// want is the layer as it shall be at l's place, less how to resolve and build it.
func (w *work) want(l Layer) publish.Want {
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
// Of what a tool installs that is known only when it has.
func (w *work) resolved(ctx context.Context) (publish.Resolved, error) {
	if w.layer.tool() != "" {
		return publish.Resolved{}, nil
	}
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
