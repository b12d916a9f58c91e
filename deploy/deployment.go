package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/target"
)

// deployment is one layer to deploy to one destination.
type deployment struct {
	layer        *spec.Layer // must not be changed
	env          spec.Env
	destinations *Destinations
	build        *sharedBuild
	alone        bool                 // whether it shares neither wheels nor the zip with another deployment
	expect       *publish.Expectation // from the plan that is applied; nil if there is none
}

// desired opens the project and the destination, and returns the desired state of the
// destination. The caller must set its Build.
func (d *deployment) desired(ctx context.Context) (to publish.Destination, want publish.Want, err error) {
	if err := checkOutputs(*d.layer); err != nil {
		return to, want, err
	}
	p, err := d.build.open(ctx)
	if err != nil {
		return to, want, err
	}
	if to, err = d.destinations.Open(ctx, *d.layer, d.env); err != nil {
		return to, want, err
	}
	want = desiredOfProject(p, *d.layer)
	want.Resolve, want.Expect = d.build.resolve, d.expect
	return to, want, nil
}

// desiredOfProject returns the desired version of l at its destination, made from its
// project.
func desiredOfProject(p *project.Project, l spec.Layer) publish.Want {
	return desiredVersion(l, p.Target, p.Manifest, p.Identity(), p.Manifest.Name)
}

// desiredVersion returns the desired version of l at its destination. source says in a word
// or two what the version is made from.
func desiredVersion(l spec.Layer, t target.Target, m publish.Manifest, i publish.Identity, source string) publish.Want {
	want := publish.Want{
		Layer: l.Name, Manifest: m, Identity: i, Detect: l.Detect, Force: l.Force,
		Description: l.Description, License: l.License,
		Runtimes: l.CompatibleRuntimes, Architectures: l.CompatibleArchitectures,
		Share: l.Principals(), Reference: l.Storage == spec.StorageReference,
	}
	if want.Description == "" {
		want.Description = fmt.Sprintf("%s for %s, by lamella", source, t)
	}
	if want.Runtimes == nil {
		want.Runtimes = []string{t.Runtime}
	}
	if want.Architectures == nil {
		want.Architectures = []string{t.Architecture}
	}
	return want
}

// decide plans the deployment without changing the layer at the destination, and returns a
// function that executes the plan. If certain is true, the caller is certain to execute it,
// so the zip may be uploaded while it is being built.
func (d *deployment) decide(ctx context.Context, certain bool) (execute func(context.Context) (*publish.Result, error), err error) {
	to, want, err := d.desired(ctx)
	if err != nil {
		return nil, err
	}
	want.Build = func(ctx context.Context) (publish.Artifact, error) {
		z, err := d.build.build(ctx)
		if err != nil {
			return publish.Artifact{}, err
		}
		return z.Artifact(), nil
	}
	if certain && d.alone { // otherwise, the wheels that several deployments share would be downloaded several times
		want.BuildSending = func(ctx context.Context, in *publish.Incoming) (publish.Artifact, error) {
			z, err := d.build.buildSending(ctx, in)
			if err != nil {
				return publish.Artifact{}, err
			}
			return z.Artifact(), nil
		}
	}
	plan, err := publish.Decide(ctx, to, want)
	if err != nil {
		return nil, err
	}
	return plan.Execute, nil
}

func (d *deployment) deploy(ctx context.Context) (*publish.Result, error) {
	execute, err := d.decide(ctx, true)
	if err != nil {
		return nil, err
	}
	return execute(ctx)
}

// plan returns what deploy would do. If distributions cannot be installed, it returns both
// what is known of the plan and the error.
func (d *deployment) plan(ctx context.Context) (*Plan, error) {
	to, want, err := d.desired(ctx)
	if err != nil {
		return nil, err
	}
	p := &Plan{}
	want.Build = func(ctx context.Context) (publish.Artifact, error) {
		if p.Zip, err = d.build.previewZip(ctx); err != nil {
			return publish.Artifact{}, err
		}
		return p.Zip.Artifact(), nil
	}
	if p.Plan, err = publish.Decide(ctx, to, want); err != nil {
		return d.blocked(ctx), err
	}
	if p.Outcome.Publishes() && !d.layer.IsLocal() {
		t, err := p.Transfer(ctx)
		if err != nil {
			return nil, err
		}
		p.Upload = &t
	}
	if d.layer.AllowUnhashed { // anyone who accepts unverified files sees them every time
		p.Unhashed, err = d.build.listUnhashed(ctx)
	}
	return p, err
}

// blocked returns what is known of a plan that failed because distributions cannot be
// installed. It returns nil if the plan failed for another reason.
func (d *deployment) blocked(ctx context.Context) *Plan {
	known, err := d.build.resolveKnown(ctx)
	if err != nil || len(known.Gaps) == 0 {
		return nil
	}
	p := &Plan{Gaps: known.Gaps, Plan: &publish.Plan{
		Outcome: publish.Blocked,
		Reason:  fmt.Sprintf("%d of %d distributions cannot be installed", len(known.Gaps), len(known.Gaps)+len(known.Distributions)),
	}}
	to, err := d.destinations.Open(ctx, *d.layer, d.env)
	if err != nil {
		return p
	}
	history, err := publish.History(ctx, to, d.layer.Name)
	var old []publish.Package
	if err == nil && len(history) > 0 {
		latest := history[0]
		p.Latest, old = latest.Stored(), latest.Packages
	}
	for _, change := range publish.Compare(old, project.Packages(known, nil)) {
		if !slices.ContainsFunc(known.Gaps, func(g resolve.Gap) bool { return g.Name == change.Name }) {
			p.Changes = append(p.Changes, change)
		}
	}
	return p
}

// Uploaded is a zip at its destination.
type Uploaded struct {
	URI    string // s3://bucket/key, or a path
	SHA256 string // hexadecimal
	Size   int64  // bytes
	Sent   bool   // false if it already existed
}

// Upload uploads the built zip to <to>/layer/zip/<sha256>.zip, unless it already exists
// there. It returns an error if the zip was built from a different lock file, for a
// different target, or with different options.
func Upload(ctx context.Context, l spec.Layer, env spec.Env) (*Uploaded, error) {
	return upload(ctx, l, env, publish.Upload)
}

// Stage uploads the built zip to <to>/layer/layer.zip, from where other tools publish it;
// see [publish.Stage]. It rejects the same zips as [Upload].
func Stage(ctx context.Context, l spec.Layer, env spec.Env) (*Uploaded, error) {
	return upload(ctx, l, env, publish.Stage)
}

type uploadFunc func(context.Context, publish.Destination, publish.Artifact, publish.Manifest) (publish.Uploaded, error)

func upload(ctx context.Context, l spec.Layer, env spec.Env, send uploadFunc) (*Uploaded, error) {
	p, err := project.OpenToPublish(ctx, l, env)
	if err != nil {
		return nil, err
	}
	artifact, err := p.FindBuilt()
	if err != nil {
		return nil, err
	}
	to, err := Open(ctx, l, env)
	if err != nil {
		return nil, err
	}
	up, err := send(ctx, to, artifact, p.Manifest)
	if err != nil {
		return nil, err
	}
	return &Uploaded{URI: up.URI, SHA256: up.SHA256, Size: up.Size, Sent: up.Sent}, nil
}

// Publish publishes the uploaded zip as a layer version if anything has changed since the
// latest version. If no zip was built on this machine, it uses <to>/layer/layer.zip, where
// other tools store their zips, provided that it was built from the same lock file.
func Publish(ctx context.Context, l spec.Layer, env spec.Env) (*publish.Result, error) {
	p, err := project.OpenToPublish(ctx, l, env)
	if err != nil {
		return nil, err
	}
	to, err := Open(ctx, l, env)
	if err != nil {
		return nil, err
	}
	want := desiredOfProject(p, l)
	artifact, notBuilt := p.FindBuilt()
	if notBuilt == nil {
		want.Resolve = func(context.Context) (publish.Resolved, error) {
			return publish.Resolved{Inputs: artifact.Inputs, Packages: artifact.Packages}, nil
		}
		want.Build = func(ctx context.Context) (publish.Artifact, error) { return publish.FindUploaded(ctx, to, artifact) }
	} else {
		want.Build = func(ctx context.Context) (publish.Artifact, error) {
			staged, err := publish.FindStaged(ctx, to, p.Manifest)
			if errors.Is(err, store.ErrNotExist) {
				return staged, notBuilt
			}
			return staged, err
		}
	}
	plan, err := publish.Decide(ctx, to, want)
	if err != nil {
		return nil, err
	}
	return plan.Execute(ctx)
}
