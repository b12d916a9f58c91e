package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

// Destination is the layer's destination, and what was tried there.
type Destination struct {
	To          string // as configured; "" if it is not configured
	Identity    aws.Identity
	IdentityErr error // why the identity is not known; nil for a folder
	// Checks are in the order of a deploy. Checks that cannot succeed because an earlier one
	// failed are left out.
	Checks []Check
}

// Check is one thing that was tried at a destination.
type Check struct {
	Name    string // such as "bucket", "versioning", or "s3:GetObject"
	Found   string // what was found; "" if there is nothing to say
	For     string // the command that needs it, such as "prune" or "share"; "" if a deploy needs it
	Untried string // why the check was not tried; "" if it was tried
	Err     error  // why the check failed; nil if it did not fail
}

// patience is how long to wait for each response.
const patience = 30 * time.Second

type identified struct {
	aws.Identity
	err error
}

// destination tries what a deploy of l does at its destination, without changing anything.
func (x *examination) destination(ctx context.Context, l spec.Layer) Destination {
	d := Destination{To: l.To}
	if l.IsLocal() {
		_, err := x.destinations.Open(ctx, l, x.env)
		d.add("folder", l.To, err)
		return d
	}
	account := aws.Account{Profile: l.Profile, RoleARN: l.RoleARN, Region: x.env.RegionOf(l)}
	who := x.identities.get(fmt.Sprint(account), func() identified {
		id, err := account.Identify(ctx, patience)
		return identified{id, bounded(err)}
	})
	d.Identity, d.IdentityErr = who.Identity, who.err
	if l.To == "" || who.err != nil && (who.Source == "" || !aws.Unreachable(who.err)) {
		return d // STS lets everyone ask for their identity, so nothing else will be permitted
	}
	opened, err := x.destinations.Open(ctx, l, x.env)
	if err != nil {
		if who.err == nil || err.Error() != who.err.Error() { // the errors differ if {account} is in the destination
			d.add("destination", "", err)
		}
		return d
	}
	t := &trial{l: l, opened: opened, d: &d}
	t.objects(ctx)
	if t.unreachable() && d.IdentityErr != nil {
		d.IdentityErr = nil // probably for the same reason
		return d
	}
	t.layers(ctx)
	return d
}

func (d *Destination) add(name, found string, err error) {
	d.Checks = append(d.Checks, Check{Name: name, Found: found, Err: bounded(err)})
}

// bounded turns the error of a request that took too long into a fault.Error.
func bounded(err error) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &fault.Error{Kind: fault.Destination, Message: fmt.Sprintf("AWS did not respond within %d seconds", patience/time.Second), Sentinel: err,
		Hints: []string{"check the network and the proxy (HTTPS_PROXY)", "see each request: lamella doctor -v"}}
}

// trial is a series of checks of one layer at its destination.
type trial struct {
	l      spec.Layer
	opened publish.Destination
	d      *Destination
}

// try performs a check, adds its result, and reports whether it succeeded.
func (t *trial) try(ctx context.Context, name string, do func(context.Context) (found string, err error)) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	found, err := do(ctx)
	if errors.Is(err, aws.ErrUntried) {
		t.untried(name, "", err.Error())
		return false
	}
	t.d.add(name, found, err)
	return err == nil
}

// unreachable reports whether the last check got no response.
func (t *trial) unreachable() bool {
	last := t.d.Checks[len(t.d.Checks)-1].Err
	return last != nil && aws.Unreachable(last)
}

// absent is the key of an object that never exists: no zip has this hash.
var absent = publish.ZipKey(strings.Repeat("0", 64))

// objects tries what a deploy does with the bucket.
func (t *trial) objects(ctx context.Context) {
	o, ok := t.opened.Objects.(*aws.Objects)
	if !ok {
		return
	}
	bucket := o.Location("").Bucket
	if !t.try(ctx, "bucket", func(ctx context.Context) (string, error) { return bucket, o.TryList(ctx) }) {
		// If listing is denied, S3 also denies access to objects that do not exist.
		return
	}
	if err := o.TryRegion(ctx); err != nil {
		t.d.Checks[0].Err = bounded(err)
		return
	}
	t.try(ctx, "s3:GetObject", func(ctx context.Context) (string, error) {
		_, _, err := o.Get(ctx, absent)
		if errors.Is(err, store.ErrNotExist) {
			err = nil
		}
		return "", err
	})
	t.try(ctx, "s3:PutObject", func(ctx context.Context) (string, error) { return "", o.TryPut(ctx, absent) })
	t.versioning(ctx, o)
}

// versioning checks whether the bucket has versioning, which storage = "reference" requires.
// Without that setting, the result is only for information.
func (t *trial) versioning(ctx context.Context, o *aws.Objects) {
	required := t.l.Storage == spec.StorageReference
	t.try(ctx, "versioning", func(ctx context.Context) (string, error) {
		on, err := o.Versioned(ctx)
		switch {
		case err != nil && !required:
			return "unknown", nil
		case err != nil:
			return "", err
		case on:
			return "on", nil
		case required:
			bucket := o.Location("").Bucket
			return "off", &fault.Error{Kind: fault.Destination, Subject: bucket, Message: fmt.Sprintf("storage = %q requires versioning, which is not enabled for bucket %s", spec.StorageReference, bucket),
				Hints: []string{"enable versioning: aws s3api put-bucket-versioning --bucket " + bucket + " --versioning-configuration Status=Enabled", "or let Lambda copy the zip: --storage copy"}}
		}
		return "off", nil
	})
}

// layers tries what a deploy does with Lambda, KMS, and Systems Manager, and then what share
// and prune do.
func (t *trial) layers(ctx context.Context) {
	layers, ok := t.opened.Layers.(*aws.Layers)
	if !ok {
		return
	}
	latest := int64(1)
	t.try(ctx, "lambda:ListLayerVersions", func(ctx context.Context) (string, error) {
		versions, err := layers.Versions(ctx, t.l.Name)
		switch {
		case err != nil:
			return "", err
		case len(versions) == 0:
			return t.l.Name + " has no versions yet", nil
		}
		latest = versions[0].Version
		return fmt.Sprintf("%s is at version %d", t.l.Name, latest), nil
	})
	if t.unreachable() {
		return
	}
	t.try(ctx, "lambda:GetLayerVersion", func(ctx context.Context) (string, error) {
		_, err := layers.Version(ctx, t.l.Name, latest)
		if errors.Is(err, store.ErrNotExist) {
			err = nil
		}
		return "", err
	})
	t.try(ctx, "lambda:PublishLayerVersion", func(ctx context.Context) (string, error) {
		return "", layers.TryPublish(ctx, t.l.Name)
	})
	t.key(ctx, layers)
	t.parameter(ctx, layers)
	t.attaching(ctx, layers)
	t.sharing(ctx, layers, latest)
	t.pruning(ctx, layers)
}
