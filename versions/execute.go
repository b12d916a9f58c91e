package versions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// Execute carries out the plan under the layer's lease: it deletes the versions, oldest
// first, then their state, and then the zips. Before each deletion, it checks the current
// state again to decide whether the version must be kept: because somebody uses it, or
// because a version that the plan keeps has been deleted and this version takes its place.
// Execute deletes nothing that is not in the plan. It returns what was deleted, which is
// less than planned if something changed. If the destination is no longer the one that the
// plan was made for, it deletes nothing. After an error, planning and executing again
// completes the deletion.
func (p *PrunePlan) Execute(ctx context.Context) (done *PrunePlan, err error) {
	d := p.destination
	done = &PrunePlan{Delete: []Pruned{}, Keep: slices.Clone(p.Keep), Objects: []Garbage{}, Notes: slices.Clone(p.Notes),
		place: p.place, options: p.options}
	if len(p.Delete)+len(p.Objects) == 0 {
		return done, nil
	}
	if err := p.check(ctx); err != nil {
		return done, err
	}
	err = publish.Exclusively(ctx, d, p.layer, func(l *publish.Lease) error { return done.prune(ctx, d, p, l) })
	if err != nil && len(done.Delete) > 0 {
		var numbers []string
		for _, v := range slices.Backward(done.Delete) {
			numbers = append(numbers, decimal(v.Version))
		}
		err = &fault.Error{Kind: fault.KindOf(err), Subject: p.layer, Err: err,
			Message: "layer " + p.layer + " was only partly pruned",
			Details: []string{"deleted versions: " + strings.Join(numbers, ", ")},
			Hints:   []string{"then run the same command again to delete the rest"}}
	}
	return done, err
}

// prune deletes what p plans to delete, and adds it to done.
func (done *PrunePlan) prune(ctx context.Context, d publish.Destination, p *PrunePlan, l *publish.Lease) error {
	gone, err := p.gone(ctx, d)
	if err != nil {
		return err
	}
	done.Keep = slices.DeleteFunc(done.Keep, func(k Kept) bool { return gone[k.Version] })
	for _, v := range slices.Backward(p.Delete) {
		if err := l.Confirm(ctx); err != nil {
			return err
		}
		kept, err := p.mustKeep(ctx, d, v, gone)
		if err != nil {
			return err
		}
		if kept.Reason != "" {
			done.Keep = append(done.Keep, kept)
			done.Notes = append(done.Notes, fmt.Sprintf("kept version %d because %s", v.Version, clause(kept.Reason)))
			continue
		}
		if err := d.Layers.Delete(ctx, p.layer, v.Version); err != nil {
			return err
		}
		gone[v.Version] = true
		done.Delete = append([]Pruned{v}, done.Delete...)
	}
	slices.SortFunc(done.Keep, func(a, b Kept) int { return int(b.Version - a.Version) })
	return done.pruneObjects(ctx, d, p, l)
}

// gone returns the versions that the plan does not delete but that no longer exist. It asks
// for each version, because a listing may lag behind. It returns an error if the destination
// contains the record of another layer, because it is then unknown which objects belong to
// which layer.
func (p *PrunePlan) gone(ctx context.Context, d publish.Destination) (map[int64]bool, error) {
	listed, err := d.Objects.List(ctx, publish.Prefix)
	if err != nil {
		return nil, err
	}
	if _, err := p.records(ctx, d, listed, p.arn+":1"); err != nil {
		return nil, err
	}
	versions, err := d.Layers.Versions(ctx, p.layer)
	if err != nil {
		return nil, err
	}
	var numbers []int64
	for _, v := range versions {
		numbers = append(numbers, v.Version)
	}
	for _, k := range p.Keep {
		numbers = append(numbers, k.Version)
	}
	slices.Sort(numbers)
	numbers = slices.DeleteFunc(slices.Compact(numbers), p.deletes)
	return p.absent(ctx, d, numbers)
}

// deletes reports whether the plan deletes a version.
func (p *PrunePlan) deletes(version int64) bool {
	return slices.ContainsFunc(p.Delete, func(v Pruned) bool { return v.Version == version })
}

// absent returns the given versions that do not exist.
func (p *PrunePlan) absent(ctx context.Context, d publish.Destination, numbers []int64) (map[int64]bool, error) {
	var mu sync.Mutex
	absent := map[int64]bool{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtATime)
	for _, n := range numbers {
		group.Go(func() error {
			_, err := d.Layers.Version(ctx, p.layer, n)
			if !errors.Is(err, store.ErrNotExist) {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			absent[n] = true
			return nil
		})
	}
	return absent, group.Wait()
}

// pruneObjects deletes the planned objects that belong to no version once the versions in
// done.Delete are deleted. It determines the objects again, because versions that are kept
// after all, or that were published in the meantime, may need some of them.
func (done *PrunePlan) pruneObjects(ctx context.Context, d publish.Destination, p *PrunePlan, l *publish.Lease) error {
	var gone []int64
	for _, v := range done.Delete {
		gone = append(gone, v.Version)
	}
	versions, err := d.Versions(ctx, done.layer, gone...)
	if err != nil {
		return err
	}
	// A listing may still contain the deleted versions.
	versions = slices.DeleteFunc(versions, func(v store.LayerVersion) bool { return slices.Contains(gone, v.Version) })
	left := *done
	left.Delete = nil
	if err := left.collect(ctx, d, versions); err != nil {
		return err
	}
	if err := l.Confirm(ctx); err != nil {
		return err
	}
	for _, g := range left.Objects {
		if !slices.ContainsFunc(p.Objects, g.same) {
			continue
		}
		if err := g.remove(ctx, d); err != nil {
			return err
		}
		done.Objects = append(done.Objects, g)
	}
	return nil
}

// mustKeep decides again whether a version must be kept. If not, the Reason of the result is
// "". The versions in gone do not count, although they may still be listed.
func (p *PrunePlan) mustKeep(ctx context.Context, d publish.Destination, v Pruned, gone map[int64]bool) (Kept, error) {
	versions, err := d.Layers.Versions(ctx, p.layer)
	if err != nil {
		return Kept{}, err
	}
	versions = slices.DeleteFunc(versions, func(listed store.LayerVersion) bool { return gone[listed.Version] })
	at, listed := slices.BinarySearchFunc(versions, v.Version, func(l store.LayerVersion, n int64) int { return int(n - l.Version) })
	if !listed { // not listed yet, or no longer
		versions = slices.Insert(versions, at, store.LayerVersion{Version: v.Version, ARN: v.ARN, Created: v.Created})
	}
	retained, err := p.retained(ctx, d, versions)
	if reason := retained[v.Version]; reason != "" || err != nil {
		return Kept{Version: v.Version, Reason: reason}, err
	}
	now := *p
	now.Delete, now.Keep = []Pruned{v}, nil
	if err := now.keepShared(ctx, d); err != nil {
		return Kept{}, err
	}
	if len(now.Keep) > 0 {
		return now.Keep[0], nil
	}
	// Check the functions last, right before the version is deleted.
	used, err := p.used(ctx, d, func(context.Context, []store.User) error { return nil })
	users := used[v.Version]
	return Kept{v.Version, keepReason("", users), users}, err
}

// clause returns the Reason of a [Kept] as a clause: "the latest" is "it is the latest".
func clause(reason string) string {
	for _, subject := range []string{"the layer is ", "lamella is ", "function ", "the template "} {
		if strings.HasPrefix(reason, subject) {
			return reason
		}
	}
	return "it is " + reason
}
