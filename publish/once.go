package publish

import "context"

// once returns a function that calls f until it succeeds, and from then on returns that
// value.
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
