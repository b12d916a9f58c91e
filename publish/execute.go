package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/backoff"
	"github.com/lamella-build/lamella/store"
)

// attempts is the number of times that PublishLayerVersion is sent if its response is lost
// and no version with the content appears. Attempts that Lambda rejects because it is busy
// do not count.
const attempts = 3

// rounds is the number of times that a plan is made again because the state changed.
const rounds = 3

// Execute carries out a plan that Decide made, at the destination for which it was made.
// Every step can be repeated: after an error or a crash, calling Decide and Execute again
// completes what was begun.
//
// A plan that changes nothing sends no request. Any other plan first takes the layer's
// lease. If another process holds the lease, Execute waits and then decides again, because
// that process may have published the same content. The same content is not published twice
// unless the plan is Forced.
func (p *Plan) Execute(ctx context.Context) (*Result, error) {
	if p.destination == nil {
		return nil, &fault.Error{Kind: fault.Usage, Message: "only a plan from publish.Decide can be executed"}
	}
	defer p.want.incoming.discard(ctx)
	d := *p.destination
	r, err := d.updateLayer(ctx, p)
	if err != nil {
		return nil, err
	}
	if p.Parameter != "" || d.Parameter != "" && r.ARN != p.Latest.ARN {
		if err := d.writeParameter(ctx, r); err != nil {
			return nil, &fault.Error{Kind: fault.KindOf(err), Subject: d.Parameter, Err: err,
				Message: fmt.Sprintf("version %d was published, but parameter %s was not updated", r.Version, d.Parameter),
				Hints:   []string{"then run the same command again; it updates the parameter without publishing again"}}
		}
	}
	return r, nil
}

// updateLayer carries out p except for writing the parameter.
func (d Destination) updateLayer(ctx context.Context, p *Plan) (*Result, error) {
	known := p.newest()
	w := &leaseWait{d: d, layer: p.want.Layer}
	if p.Latest != nil {
		w.arn = unversioned(p.Latest.ARN)
	}
	for p.writes() {
		if err := p.checkHold(); err != nil {
			return nil, err
		}
		l, err := w.take(ctx)
		if err != nil {
			return nil, err
		}
		if l != nil {
			return l.update(ctx, p, known)
		}
		if err := w.untilFree(ctx); err != nil {
			return nil, err
		}
		if p, err = d.replan(ctx, p, known); err != nil {
			return nil, err
		}
	}
	return p.result(*p.Latest, false), nil
}

// update carries out p under the lease, then releases the lease. If the state has changed
// since p was made, update decides again. known is the newest version when the first plan
// was made.
func (l *Lease) update(ctx context.Context, p *Plan, known int64) (r *Result, err error) {
	defer l.release(ctx)
	overtaken, err := l.recover(ctx)
	if err != nil {
		return nil, err
	}
	for round := 1; ; round++ {
		versions, err := l.d.currentVersions(ctx, p)
		if err != nil {
			return nil, err
		}
		if overtaken || newest(versions) != p.newest() {
			if p, err = l.d.replan(ctx, p, known); err != nil {
				return nil, err
			}
		}
		if p.Outcome.Publishes() {
			return l.publishVersion(ctx, p)
		}
		err = l.d.repair(ctx, p)
		if err == nil {
			return p.result(*p.Latest, false), nil
		}
		if overtaken = errors.Is(err, store.ErrExist) || errors.Is(err, store.ErrChanged); !overtaken || round == rounds {
			return nil, err
		}
	}
}

// currentVersions returns the current versions, newest first. If p publishes, it also looks
// for versions that are missing from the listing, which would otherwise be published twice.
func (d Destination) currentVersions(ctx context.Context, p *Plan) ([]store.LayerVersion, error) {
	if p.Outcome.Publishes() {
		return d.Versions(ctx, p.want.Layer)
	}
	return d.Layers.Versions(ctx, p.want.Layer)
}

// publishVersion publishes a version and writes its state.
func (l *Lease) publishVersion(ctx context.Context, p *Plan) (*Result, error) {
	d := l.d
	key, transfer := p.Artifact.Key, Transfer{Total: p.Artifact.Size}
	if key == "" {
		d.base, d.incoming = p.base(), p.want.incoming
		up, err := Upload(ctx, d, *p.Artifact, p.want.Manifest)
		if err != nil {
			return nil, err
		}
		key, transfer = up.Key, up.Transfer
	}
	d.Events.Emit(event.Event{Kind: event.Begin, Op: "publish", Subject: p.want.Layer})
	v, err := l.createVersion(ctx, p, key)
	if err != nil {
		return nil, err
	}
	if len(p.want.Architectures) > 0 && len(v.Architectures) == 0 {
		p.note("version %d does not declare its compatible architectures because Lambda in this region does not support such declarations", v.Version)
	}
	if err := d.writeState(ctx, p.draft(d.Tool).of(v), p.want.Manifest); err != nil {
		return nil, err
	}
	l.clearIntent(unversioned(v.ARN))
	d.Events.Emit(event.Event{Kind: event.End, Op: "publish", Subject: p.want.Layer})
	r := p.result(v, true)
	r.Upload = &transfer
	return r, nil
}

// createVersion publishes exactly one version of the content. Before each attempt, it
// confirms the lease and checks that no earlier attempt published a version.
func (l *Lease) createVersion(ctx context.Context, p *Plan, key string) (v store.LayerVersion, err error) {
	d, known := l.d, p.newest()
	in := p.want.publication(d.Objects.Location(key))
	lost := false // the response to an attempt was incomplete, so its version may still appear
	defer func() {
		if !lost && ctx.Err() == nil && v.Version == 0 {
			l.clearIntent("") // every attempt was rejected
		}
	}()
	var busy backoff.Backoff
	for attempt := 1; ; attempt++ {
		if err := l.confirm(ctx, func(doc *leaseDoc) { doc.Publishing = p.intent(d.Tool, known) }); err != nil {
			return v, err
		}
		if v, err = d.Layers.Publish(ctx, in); err == nil {
			if err := d.confirmFirst(ctx, p, v); err != nil {
				lost = true
				return store.LayerVersion{}, errMaybe(p, err)
			}
			if v.Version > known+1 {
				d.checkAlone(ctx, p, v, known)
			}
			return v, p.Artifact.checkDigest(v)
		}
		lost = lost || errors.Is(err, store.ErrUnknownOutcome) || errors.Is(err, store.ErrIncomplete)
		found, next, err := d.afterFailure(ctx, p, attempt, &busy, err)
		if err != nil || found.Version != 0 {
			return found, err
		}
		attempt = next - 1
	}
}

// afterFailure handles a failed attempt to publish. It returns the version if the attempt
// published one after all, the number of the next attempt if there should be one, or an
// error.
func (d Destination) afterFailure(ctx context.Context, p *Plan, attempt int, busy *backoff.Backoff, err error) (found store.LayerVersion, next int, _ error) {
	isBusy := errors.Is(err, store.ErrBusy)
	switch {
	case ctx.Err() != nil:
		return found, 0, err
	case errors.Is(err, store.ErrUnknownOutcome):
		d.debug(p, "attempt %d got no answer; looking for its version", attempt)
		found, lookErr := d.awaitVersion(ctx, p.want.Layer, p.Artifact, p.newest())
		if lookErr != nil {
			return found, 0, errors.Join(err, lookErr)
		}
		if found.Version != 0 {
			return found, 0, nil
		}
	case errors.Is(err, store.ErrIncomplete):
		return found, 0, errMaybe(p, err) // the incomplete response is not used; the next run looks for the version
	case !isBusy:
		return found, 0, err
	}
	if isBusy {
		retry, waitErr := d.waitWhileBusy(ctx, busy, p.want.Layer)
		if waitErr != nil {
			return found, 0, waitErr
		}
		if retry {
			return found, attempt, nil
		}
		return found, 0, err
	}
	if attempt == attempts {
		return found, 0, err
	}
	return found, attempt + 1, nil
}

// waitWhileBusy waits after Lambda rejected an attempt because it is busy, and emits a
// message the first time. It reports whether to try again.
func (d Destination) waitWhileBusy(ctx context.Context, b *backoff.Backoff, layer string) (retry bool, err error) {
	first := *b == backoff.Backoff{}
	pause, retry := b.Next(0)
	if !retry {
		return false, nil
	}
	if first {
		d.Events.Emit(event.Event{Kind: event.Note, Op: "publish", Subject: layer,
			Message: fmt.Sprintf("Lambda is busy; lamella will keep trying to publish layer %s for up to %d seconds", layer, backoff.Total/time.Second)})
	}
	return true, d.pause(ctx, pause)
}

// checkAlone warns if another process published the same content at the same time despite
// the lease. That happens if the other process slept between confirming and publishing, or
// does not use leases.
func (d Destination) checkAlone(ctx context.Context, p *Plan, v store.LayerVersion, known int64) {
	versions, err := d.Layers.Versions(ctx, p.want.Layer)
	if err != nil {
		return
	}
	between := slices.DeleteFunc(versions, func(other store.LayerVersion) bool { return other.Version >= v.Version })
	twin, err := d.findContent(ctx, p.want.Layer, between, p.Artifact, known)
	if err == nil && twin.Version != 0 && p.Outcome != Forced {
		d.Events.Emit(event.Event{Kind: event.Warn, Op: "publish", Subject: p.want.Layer,
			Message: fmt.Sprintf("another process published version %d, with the same content, at the same time as version %d", twin.Version, v.Version)})
	}
}

func (d Destination) debug(p *Plan, format string, args ...any) {
	d.Events.Emit(event.Event{Kind: event.Debug, Op: "publish", Subject: p.want.Layer, Message: fmt.Sprintf(format, args...)})
}
