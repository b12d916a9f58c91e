package publish

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/store"
)

// Versions returns the versions of a layer, newest first. ListLayerVersions may lag behind,
// so Versions also calls GetLayerVersion for each version that has a record here and for the
// numbers that follow. It skips the versions in gone, which are known to be deleted.
func (d Destination) Versions(ctx context.Context, layer string, gone ...int64) ([]store.LayerVersion, error) {
	listed, err := d.Layers.Versions(ctx, layer)
	if err != nil {
		return nil, err
	}
	recorded, err := d.recorded(ctx)
	if err != nil && !errors.Is(err, store.ErrDenied) {
		return nil, err
	}
	numbers := slices.DeleteFunc(slices.Clone(recorded), func(n int64) bool { return slices.Contains(gone, n) })
	all, err := d.addVersions(ctx, layer, listed, numbers)
	if err != nil {
		return nil, err
	}
	last := newest(all)
	if len(recorded) > 0 {
		last = max(last, slices.Max(recorded))
	}
	return d.after(ctx, layer, all, last) // the newest version may not have a record yet
}

// after adds the versions with the numbers that follow last.
func (d Destination) after(ctx context.Context, layer string, all []store.LayerVersion, last int64) ([]store.LayerVersion, error) {
	for next := last + 1; ; next++ {
		more, err := d.addVersions(ctx, layer, all, []int64{next})
		if err != nil || len(more) == len(all) {
			return all, err
		}
		all = more
	}
}

// newer returns the newest version that has a record here and is newer than all listed
// versions, or nil if there is none.
func (d Destination) newer(ctx context.Context, layer string, listed []store.LayerVersion) (*store.LayerVersion, error) {
	recorded, err := d.recorded(ctx)
	var all []store.LayerVersion
	switch {
	case errors.Is(err, store.ErrDenied):
		all, err = d.after(ctx, layer, listed, newest(listed))
	case err == nil:
		numbers := slices.DeleteFunc(recorded, func(n int64) bool { return n <= newest(listed) })
		all, err = d.addVersions(ctx, layer, listed, numbers)
	}
	if err != nil || newest(all) == newest(listed) {
		return nil, err
	}
	return &all[0], nil
}

// recorded returns the versions that have a record here. Publishing does not need permission
// to list objects, so on store.ErrDenied, callers ask for the next numbers instead.
func (d Destination) recorded(ctx context.Context) ([]int64, error) {
	listed, err := d.Objects.List(ctx, Prefix)
	var numbers []int64
	for _, object := range listed {
		if n, ok := RecordOf(object.Key); ok {
			numbers = append(numbers, n)
		}
	}
	return numbers, err
}

// addVersions adds the versions with the given numbers, if they exist, to versions, which
// are sorted newest first.
func (d Destination) addVersions(ctx context.Context, layer string, versions []store.LayerVersion, numbers []int64) ([]store.LayerVersion, error) {
	found := make([]store.LayerVersion, len(numbers))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtATime)
	for i, n := range numbers {
		if slices.ContainsFunc(versions, func(v store.LayerVersion) bool { return v.Version == n }) {
			continue
		}
		group.Go(func() (err error) {
			found[i], err = d.Layers.Version(groupCtx, layer, n)
			if errors.Is(err, store.ErrNotExist) {
				found[i], err = store.LayerVersion{}, nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := slices.Clone(versions)
	for _, v := range found {
		if v.Version != 0 {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b store.LayerVersion) int { return cmp.Compare(b.Version, a.Version) })
	return all, nil
}
