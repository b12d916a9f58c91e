package publish

import "context"

// replan decides again because the state may have changed since p was made. If a version
// after known has the content of p, the new plan keeps that version, even if other versions
// were published after it.
func (d Destination) replan(ctx context.Context, p *Plan, known int64) (*Plan, error) {
	next, err := Decide(ctx, d, p.want)
	if err != nil || !next.Outcome.Publishes() || next.Outcome == Forced {
		return next, err
	}
	versions, err := d.Versions(ctx, p.want.Layer)
	if err != nil {
		return nil, err
	}
	if next.seen = newest(versions); next.seen <= known {
		return next, nil
	}
	found, err := d.findContent(ctx, p.want.Layer, versions, next.Artifact, known)
	if err != nil {
		return nil, err
	}
	if found.Version == 0 {
		next.note("another process published version %d while this one was being prepared", next.newest())
		return next, nil
	}
	seen := newest(versions)
	if next, err = d.decide(ctx, p.want, &found); err == nil {
		next.seen = seen
	}
	return next, err
}
