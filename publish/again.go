package publish

import "context"

// again decides anew, because the state may have changed since p was made. Of
// the versions that came after known, one with the content of p answers the
// question, even if others came after it: it is what the user asked for, then.
func (d Destination) again(ctx context.Context, p *Plan, known int64) (*Plan, error) {
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
	found, err := d.find(ctx, p.want.Layer, versions, next.Artifact, known)
	if err != nil {
		return nil, err
	}
	if found.Version == 0 {
		next.note("version %d was published by someone else while this one was prepared", next.newest())
		return next, nil
	}
	seen := newest(versions)
	if next, err = d.decide(ctx, p.want, &found); err == nil {
		next.seen = seen
	}
	return next, err
}

// once returns a function that calls f until it succeeds once.
func once[T any](f func(context.Context) (T, error)) func(context.Context) (T, error) {
	if f == nil {
		return nil
	}
	var (
		done  bool
		value T
	)
	return func(ctx context.Context) (T, error) {
		if done {
			return value, nil
		}
		v, err := f(ctx)
		value, done = v, err == nil
		return v, err
	}
}
