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

// ErrMoved is wrapped by the error for a plan that no longer matches the destination or the
// project.
var ErrMoved = errors.New("the plan is out of date")

// Expectation is the part of a plan that can be saved: the state that the plan was based on,
// and its result. Before a new plan is carried out, it is compared with the Expectation.
type Expectation struct {
	Outcome  Outcome             `json:"outcome"`
	Reason   string              `json:"reason"`
	Latest   int64               `json:"latest"`        // the newest version; 0 if there was none
	ARN      string              `json:"arn,omitempty"` // ARN of the newest version
	Manifest string              `json:"manifest"`      // SHA-256 of the lock file, hexadecimal
	Target   string              `json:"target"`
	Options  map[string][]string `json:"options,omitempty"`
	SHA256   string              `json:"sha256,omitempty"` // SHA-256 of the zip, hexadecimal; "" if no zip was needed
	Size     int64               `json:"size,omitempty"`   // size of the zip in bytes
	Share    []store.Principal   `json:"share,omitempty"`
	Writes   []string            `json:"writes,omitempty"` // keys of the objects that repair the state
}

// Expectation returns what must still be true of p when it is carried out.
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

// check returns an error if p differs from what was expected, unless an earlier, interrupted
// run already carried out the plan.
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
	return &fault.Error{Kind: fault.Destination, Subject: p.want.Layer, Sentinel: ErrMoved, Details: moved,
		Message: "the plan for layer " + p.want.Layer + " is out of date",
		Hints:   []string{"make a new plan, review it, and apply it: lamella plan -o FILE"}}
}

// done reports whether the newest version is already the planned one.
func (e *Expectation) done(ctx context.Context, d Destination, p *Plan, now Expectation) (bool, error) {
	same := now.Manifest == e.Manifest && now.Target == e.Target && CompareOptions(e.Options, now.Options) == ""
	switch {
	case !same || p.Outcome.Publishes() && p.Outcome != Forced || now.Latest < e.Latest:
		return false, nil
	case !e.Outcome.Publishes():
		return now.Latest == e.Latest && now.ARN == e.ARN && !p.writes(), nil // it has been repaired
	case now.Latest == e.Latest || e.SHA256 == "":
		return false, nil
	}
	v, err := d.Layers.Version(ctx, p.want.Layer, now.Latest)
	if err != nil || hexDigest(v.CodeSHA256) != e.SHA256 {
		return false, err
	}
	if p.Outcome == Forced { // do not force a second version
		p.Outcome, p.Reason = Unchanged, fmt.Sprintf("version %d was published as planned", now.Latest)
	}
	return true, nil
}

// differences describes how now differs from e, in one sentence for each difference. It
// returns nil if they are the same.
func (e *Expectation) differences(now Expectation) []string {
	var moved []string
	differs := func(format string, args ...any) { moved = append(moved, fmt.Sprintf(format, args...)) }
	switch {
	case now.Manifest != e.Manifest:
		differs("the lock file changed: its SHA-256 is %s, but was %s when the plan was made", now.Manifest, e.Manifest)
	case now.Target != e.Target:
		differs("the target is %s, but the plan is for %s", targetName(now.Target), targetName(e.Target))
	}
	if reason := optionsReason(e.Options, now.Options); reason != "" {
		differs("%s", reason)
	}
	switch {
	case e.Latest == 0 && now.Latest > 0:
		differs("version %d has been published, but the plan is for a new layer", now.Latest)
	case now.Latest == 0 && e.Latest > 0:
		differs("%s no longer exists, or is in another account or region", e.ARN)
	case now.Latest > e.Latest:
		differs("the latest version is %d, but it was %d when the plan was made", now.Latest, e.Latest)
	case now.Latest < e.Latest:
		differs("version %d was deleted; the latest version is now %d", e.Latest, now.Latest)
	case now.ARN != e.ARN:
		differs("the latest version is %s, but the plan is for %s in another account or region", now.ARN, e.ARN)
	}
	if e.SHA256 != "" && now.SHA256 != "" && e.SHA256 != now.SHA256 {
		differs("the zip changed: its SHA-256 is %s, but was %s when the plan was made", now.SHA256, e.SHA256)
	}
	if moved != nil { // any other differences follow from these
		return moved
	}
	switch {
	case now.Outcome != e.Outcome:
		differs("the outcome would now be %q instead of %q: %s", now.Outcome, e.Outcome, now.Reason)
	case !slices.Equal(now.Writes, e.Writes):
		differs("the state of version %d changed: %s would be written instead of %s", e.Latest, list(now.Writes), list(e.Writes))
	case !slices.Equal(now.Share, e.Share):
		differs("the version would be shared with %s, but the plan shares it with %s", sharers(now.Share), sharers(e.Share))
	}
	return moved
}

// sharers lists the principals that may use a version.
func sharers(principals []store.Principal) string {
	if len(principals) == 0 {
		return "no one"
	}
	return strings.ReplaceAll(list(principals), "*", "everyone (*)")
}

// list joins words with commas, or returns "nothing" if there are none.
func list[T ~string](words []T) string {
	if len(words) == 0 {
		return "nothing"
	}
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return strings.Join(texts, ", ")
}
