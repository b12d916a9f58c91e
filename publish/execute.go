package publish

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/backoff"
	"github.com/lamella-build/lamella/store"
)

// attempts is how often PublishLayerVersion is sent when the answer was lost and
// no version with the content turned up. A Lambda that is busy is waited for.
const attempts = 3

// rounds is how often a plan is made anew because the state changed under it.
const rounds = 3

// Execute carries out a plan of Decide, at the destination that it was made for.
// Every step of it may be repeated: after
// an error or a crash, deciding and executing again completes what was begun.
//
// A plan that changes nothing sends no request. Any other takes the lease of the
// layer first. Where another process has it, Execute waits, and decides anew:
// the other one may have published this very content, which then stays the only
// version of it, unless the plan is Forced.
func (p *Plan) Execute(ctx context.Context) (*Result, error) {
	if p.destination == nil {
		return nil, &fault.Error{Kind: fault.Usage, Message: "a publish.Plan can be executed only if publish.Decide made it"}
	}
	d := *p.destination
	r, err := d.execute(ctx, p)
	if err != nil {
		return nil, err
	}
	if p.Parameter != "" || d.Parameter != "" && r.ARN != p.Latest.ARN {
		if err := d.writeParameter(ctx, r); err != nil {
			return nil, fmt.Errorf("version %d is published: %w", r.Version, err)
		}
	}
	return r, nil
}

// execute is Execute but for the parameter.
func (d Destination) execute(ctx context.Context, p *Plan) (*Result, error) {
	known := p.newest()
	w := &waiting{d: d, layer: p.want.Layer}
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
			return l.execute(ctx, p, known)
		}
		if err := w.untilFree(ctx); err != nil {
			return nil, err
		}
		if p, err = d.again(ctx, p, known); err != nil {
			return nil, err
		}
	}
	return p.result(*p.Latest, false), nil
}

// Pending reports whether Execute would change anything.
func (p *Plan) Pending() bool { return p.writes() || p.Parameter != "" }

// writes reports whether Execute would change the layer or the state beside it.
func (p *Plan) writes() bool { return p.Outcome.Publishes() || len(p.Writes) > 0 }

// newest is the number of the newest version when the plan was made, 0 if there
// was none.
func (p *Plan) newest() int64 {
	if p.Latest == nil {
		return p.seen
	}
	return max(p.Latest.Version, p.seen)
}

// execute carries out a plan under the lease, which is given back. The plan is
// made anew if it was overtaken. known is the newest version when the user asked.
func (l *Lease) execute(ctx context.Context, p *Plan, known int64) (r *Result, err error) {
	defer l.release(ctx)
	overtaken, err := l.recover(ctx)
	if err != nil {
		return nil, err
	}
	for round := 1; ; round++ {
		versions, err := l.d.standing(ctx, p)
		if err != nil {
			return nil, err
		}
		if overtaken || newest(versions) != p.newest() {
			if p, err = l.d.again(ctx, p, known); err != nil {
				return nil, err
			}
		}
		if p.Outcome.Publishes() {
			return l.publish(ctx, p)
		}
		err = l.d.mend(ctx, p)
		if err == nil {
			return p.result(*p.Latest, false), nil
		}
		if overtaken = errors.Is(err, store.ErrExist) || errors.Is(err, store.ErrChanged); !overtaken || round == rounds {
			return nil, err
		}
	}
}

// standing lists the versions that p has to agree with. What a listing lacks
// would be published twice, so then it is looked up.
func (d Destination) standing(ctx context.Context, p *Plan) ([]store.LayerVersion, error) {
	if p.Outcome.Publishes() {
		return d.Versions(ctx, p.want.Layer)
	}
	return d.Layers.Versions(ctx, p.want.Layer)
}

func newest(versions []store.LayerVersion) int64 {
	if len(versions) == 0 {
		return 0
	}
	return versions[0].Version
}

// mend shares the latest version as it should be, and writes what is missing of
// the state.
func (d Destination) mend(ctx context.Context, p *Plan) error {
	if err := d.share(ctx, p.want.Layer, p.Latest.Version, p.Share); err != nil {
		return err
	}
	for _, w := range p.Writes {
		if _, err := d.put(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plan) result(v store.LayerVersion, published bool) *Result {
	return &Result{
		Layer: p.want.Layer, ARN: v.ARN, Version: v.Version, Published: published,
		Outcome: p.Outcome, Reason: p.Reason, Notes: p.Notes, Changes: p.Changes,
	}
}

// publish makes a version and writes the state beside it.
func (l *Lease) publish(ctx context.Context, p *Plan) (*Result, error) {
	d := l.d
	key := p.Artifact.Key
	if key == "" {
		d.base = p.base()
		up, err := Upload(ctx, d, *p.Artifact, p.want.Manifest)
		if err != nil {
			return nil, err
		}
		key = up.Key
	}
	d.Events.Emit(event.Event{Kind: event.Begin, Op: "publish", Subject: p.want.Layer})
	v, err := l.send(ctx, p, key)
	if err != nil {
		return nil, err
	}
	if len(p.want.Architectures) > 0 && len(v.Architectures) == 0 {
		p.note("this region knows no compatible architectures: version %d is published without", v.Version)
	}
	if err := d.remember(ctx, p.draft(d.Tool).of(v), p.want.Manifest); err != nil {
		return nil, errIncomplete(v, err)
	}
	l.settled(unversioned(v.ARN))
	d.Events.Emit(event.Event{Kind: event.End, Op: "publish", Subject: p.want.Layer})
	return p.result(v, true), nil
}

// send makes exactly one version of the content. It is sent only when it is
// certain that this process has the lease, and that no version of the content
// has come of the attempts before.
func (l *Lease) send(ctx context.Context, p *Plan, key string) (v store.LayerVersion, err error) { //nolint:gocognit // one loop with all that can happen to a request
	d, known := l.d, p.newest()
	in := p.want.publication(d.Objects.Location(key))
	lost := false // the answer to an attempt: its version may still appear
	var busy backoff.Backoff
	defer func() {
		if !lost && ctx.Err() == nil && v.Version == 0 {
			l.settled("") // refused each time: nothing is under way
		}
	}()
	for attempt := 1; ; attempt++ {
		if err := l.confirm(ctx, func(doc *leaseDoc) { doc.Publishing = p.intent(d.Tool, known) }); err != nil {
			return v, err
		}
		v, err = d.Layers.Publish(ctx, in)
		switch {
		case err == nil:
			if err := d.confirmFirst(ctx, p, v); err != nil {
				lost = true
				return store.LayerVersion{}, errMaybe(p, err)
			}
			if v.Version > known+1 {
				d.checkAlone(ctx, p, v, known)
			}
			return v, p.Artifact.checkDigest(v)
		case ctx.Err() != nil:
			return v, err
		case errors.Is(err, store.ErrUnknownOutcome):
			lost = true
			d.debug(p, "the answer to attempt %d was lost; looking for the version", attempt)
			found, lookErr := d.look(ctx, p.want.Layer, p.Artifact, known)
			if lookErr != nil {
				return v, errors.Join(err, lookErr)
			}
			if found.Version != 0 {
				return found, nil
			}
		case errors.Is(err, store.ErrIncomplete):
			lost = true // what it says of a version is not taken; the next run looks for it
			return v, errMaybe(p, err)
		case !errors.Is(err, store.ErrBusy):
			return v, err
		}
		if errors.Is(err, store.ErrBusy) {
			again, waitErr := d.whileBusy(ctx, &busy, p.want.Layer)
			if waitErr != nil {
				return v, waitErr
			}
			if again {
				attempt--
				continue
			}
			return v, err
		}
		if attempt == attempts {
			return v, err
		}
	}
}

// whileBusy waits after an attempt that Lambda refused for now, and says so once.
// It reports whether to try again.
func (d Destination) whileBusy(ctx context.Context, b *backoff.Backoff, layer string) (again bool, err error) {
	first := *b == backoff.Backoff{}
	pause, again := b.Next(0)
	if !again {
		return false, nil
	}
	if first {
		d.Events.Emit(event.Event{Kind: event.Note, Op: "publish", Subject: layer,
			Message: fmt.Sprintf("Lambda is busy; trying again for up to %d seconds to publish %s", backoff.Total/time.Second, layer)})
	}
	return true, d.pause(ctx, pause)
}

// checkAlone warns if another process published this content at the same time,
// in spite of the lease: it slept between asking and publishing, or it is a tool
// that knows no lease.
func (d Destination) checkAlone(ctx context.Context, p *Plan, v store.LayerVersion, known int64) {
	versions, err := d.Layers.Versions(ctx, p.want.Layer)
	if err != nil {
		return
	}
	between := slices.DeleteFunc(versions, func(other store.LayerVersion) bool { return other.Version >= v.Version })
	twin, err := d.find(ctx, p.want.Layer, between, p.Artifact, known)
	if err == nil && twin.Version != 0 && p.Outcome != Forced {
		d.Events.Emit(event.Event{Kind: event.Warn, Op: "publish", Subject: p.want.Layer,
			Message: fmt.Sprintf("version %d was published by someone else at the same time and has the same content as version %d", twin.Version, v.Version)})
	}
}

// intent is what is noted before the version is made. Of a staged zip whose
// digest is not known nothing is noted, since its version could not be recognised.
func (p *Plan) intent(tool string, known int64) *intent {
	if p.Artifact.SHA256 == "" {
		return nil
	}
	return &intent{After: known, Record: p.draft(tool), Manifest: storedManifest{p.want.Manifest.Name, p.want.Manifest.Data}}
}

// sameContent compares a zip with a version's. A staged zip whose digest is not
// known is read for it once, and only if the sizes are the same.
func (d Destination) sameContent(ctx context.Context, a *Artifact, v store.LayerVersion) (bool, error) {
	if v.CodeSize != 0 && a.Size != v.CodeSize {
		return false, nil
	}
	if a.SHA256 == "" {
		body, _, err := d.Objects.Open(ctx, a.Key)
		if err != nil {
			return false, err
		}
		defer body.Close()
		hash := sha256.New()
		if _, err := io.Copy(hash, body); err != nil {
			return false, &fault.Error{Kind: fault.Destination, Op: "read", Subject: d.Objects.Location(a.Key).URI, Err: err}
		}
		a.SHA256 = hex.EncodeToString(hash.Sum(nil))
	}
	return a.SHA256 == hexDigest(v.CodeSHA256), nil
}

// checkDigest compares what Lambda took with what it was to take.
func (a *Artifact) checkDigest(v store.LayerVersion) error {
	if a.SHA256 == "" || a.SHA256 == hexDigest(v.CodeSHA256) {
		return nil
	}
	return &fault.Error{Kind: fault.Destination, Op: "publish", Subject: v.ARN,
		Err:   fmt.Errorf("it holds other content: its sha256 is %s, the zip's is %s", hexDigest(v.CodeSHA256), a.SHA256),
		Hints: []string{"the zip at the destination is damaged or was replaced; remove it and this version, then: lamella deploy"}}
}

func (d Destination) debug(p *Plan, format string, args ...any) {
	d.Events.Emit(event.Event{Kind: event.Debug, Op: "publish", Subject: p.want.Layer, Message: fmt.Sprintf(format, args...)})
}

// hexDigest turns Lambda's CodeSha256 into the spelling used everywhere else.
func hexDigest(base64Digest string) string {
	sum, err := base64.StdEncoding.DecodeString(base64Digest)
	if err != nil {
		return "not base64: " + base64Digest
	}
	return hex.EncodeToString(sum)
}
