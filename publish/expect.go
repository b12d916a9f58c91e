package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// ErrMoved: what was planned can no longer be done as it was planned.
var ErrMoved = errors.New("the world moved since the plan was made")

// Expectation is a plan as far as it can be kept: what it was decided from, and
// what it comes to. It is compared with a plan that is made anew.
type Expectation struct {
	Outcome  Outcome             `json:"outcome"`
	Reason   string              `json:"reason"`
	Latest   int64               `json:"latest"`        // the newest version; 0 if there was none
	ARN      string              `json:"arn,omitempty"` // of it
	Manifest string              `json:"manifest"`      // SHA-256 of the lock file, hexadecimal
	Target   string              `json:"target"`
	Options  map[string][]string `json:"options,omitempty"`
	SHA256   string              `json:"sha256,omitempty"` // of the zip, hexadecimal; "" if none was needed
	Size     int64               `json:"size,omitempty"`   // of the zip, bytes
	Share    []store.Principal   `json:"share,omitempty"`
	Writes   []string            `json:"writes,omitempty"` // keys of the state that is mended
}

// Expectation returns what is to be true of p when it is carried out.
func (p *Plan) Expectation() Expectation {
	e := Expectation{
		Outcome: p.Outcome, Reason: p.Reason, Latest: p.newest(),
		Manifest: p.want.Manifest.SHA256(), Target: p.want.Identity.Target, Options: p.want.Identity.options(), Share: p.Share,
	}
	if p.Latest != nil {
		e.ARN = p.Latest.ARN
	}
	if p.Artifact != nil {
		e.SHA256, e.Size = p.Artifact.SHA256, p.Artifact.Size
	}
	for _, w := range p.Writes {
		e.Writes = append(e.Writes, w.Key)
	}
	return e
}

// check refuses p if it is not what was expected. What was carried out already
// by this very plan is no difference: an interrupted run may be repeated.
func (e *Expectation) check(ctx context.Context, d Destination, p *Plan) error {
	if e == nil {
		return nil
	}
	now := p.Expectation()
	moved := e.differences(now)
	if moved == nil {
		return nil
	}
	if done, err := e.done(ctx, d, p, now); done || err != nil {
		return err
	}
	return &fault.Error{Kind: fault.Destination, Op: "apply the plan for", Subject: p.want.Layer, Err: ErrMoved, Details: moved,
		Hints: []string{"plan anew, look at it, and apply that: lamella plan -o FILE"}}
}

// done reports whether the version that was planned is the newest.
func (e *Expectation) done(ctx context.Context, d Destination, p *Plan, now Expectation) (bool, error) {
	same := now.Manifest == e.Manifest && now.Target == e.Target && CompareOptions(e.Options, now.Options) == ""
	switch {
	case !same || p.Outcome.Publishes() && p.Outcome != Forced || now.Latest < e.Latest:
		return false, nil
	case !e.Outcome.Publishes():
		return now.Latest == e.Latest && now.ARN == e.ARN && !p.writes(), nil // it was mended
	case now.Latest == e.Latest || e.SHA256 == "":
		return false, nil
	}
	v, err := d.Layers.Version(ctx, p.want.Layer, now.Latest)
	if err != nil || hexDigest(v.CodeSHA256) != e.SHA256 {
		return false, err
	}
	if p.Outcome == Forced { // it would be forced once more
		p.Outcome, p.Reason = Unchanged, fmt.Sprintf("version %d was published as planned", now.Latest)
	}
	return true, nil
}

// differences says in words how now differs; nil if it does not.
func (e *Expectation) differences(now Expectation) []string {
	var moved []string
	differs := func(format string, args ...any) { moved = append(moved, fmt.Sprintf(format, args...)) }
	switch {
	case now.Manifest != e.Manifest:
		differs("the lock file changed: its sha256 is %s, not %s", now.Manifest, e.Manifest)
	case now.Target != e.Target:
		differs("the target is %s, not %s", now.Target, e.Target)
	}
	if options := CompareOptions(e.Options, now.Options); options != "" {
		differs("what else decides the content changed: %s", options)
	}
	switch {
	case e.Latest == 0 && now.Latest > 0:
		differs("version %d was published; there was none", now.Latest)
	case now.Latest == 0 && e.Latest > 0:
		differs("there is no version: %d was deleted, or this is another account or region than that of %s", e.Latest, e.ARN)
	case now.Latest > e.Latest:
		differs("version %d was published; the newest was %d", now.Latest, e.Latest)
	case now.Latest < e.Latest:
		differs("version %d was deleted; the newest is %d", e.Latest, now.Latest)
	case now.ARN != e.ARN:
		differs("it is another account or region: the newest version is %s, not %s", now.ARN, e.ARN)
	}
	if e.SHA256 != "" && now.SHA256 != "" && e.SHA256 != now.SHA256 {
		differs("the zip would be another: its sha256 is %s, not %s", now.SHA256, e.SHA256)
	}
	if moved != nil { // what follows comes of it
		return moved
	}
	switch {
	case now.Outcome != e.Outcome:
		differs("the outcome would be %q, not %q: %s", now.Outcome, e.Outcome, now.Reason)
	case !slices.Equal(now.Writes, e.Writes):
		differs("what is stored beside version %d changed: %s would be written, not %s", e.Latest, list(now.Writes), list(e.Writes))
	case !slices.Equal(now.Share, e.Share):
		differs("it would be shared with %s, not %s", joined(now.Share), joined(e.Share))
	}
	return moved
}

// list is words with commas, "nothing" if there are none.
func list(words []string) string {
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}
