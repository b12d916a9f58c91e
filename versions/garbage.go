package versions

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// collect finds what will belong to no version once p.Delete is gone. versions
// are those there are, newest first, at least one.
//
// It is careful with what it does not know. Only a folder with this layer's own
// record is garbage, and only if its version is older than the latest: a younger
// one may be listed late. Only a zip under its digest is, if no version that
// stays has that content and it is old enough not to be about to be published.
func (p *PrunePlan) collect(ctx context.Context, d publish.Destination, versions []store.LayerVersion) error {
	if len(versions) == 0 {
		return nil
	}
	listed, err := d.Objects.List(ctx, publish.Prefix)
	if err != nil {
		return err
	}
	records, err := p.records(ctx, d, listed, versions[0].ARN)
	if err != nil {
		return err
	}
	goes := map[int64]bool{}
	for i, v := range p.Delete {
		goes[v.Version] = true
		if r := records[v.Version]; r != nil {
			p.Delete[i].Size = r.Zip.Size
		} else {
			p.Notes = append(p.Notes, fmt.Sprintf("version %d has no record of ours: what lies beside it stays", v.Version))
		}
	}
	stays := slices.DeleteFunc(slices.Clone(versions), func(v store.LayerVersion) bool { return goes[v.Version] })
	needed, err := p.zips(ctx, d, stays)
	if err != nil {
		return err
	}
	for _, object := range listed {
		g := Garbage{Key: object.Key, URI: d.Objects.Location(object.Key).URI, Size: object.Size}
		if sum, ok := publish.ZipOf(object.Key); ok && !needed[sum] && p.options.now().Sub(object.Modified) >= unusedZipAge {
			g.Why = "no version has this content"
			p.Objects = append(p.Objects, g)
		}
		version, ok := publish.RecordOf(object.Key)
		if !ok || version >= versions[0].Version || slices.ContainsFunc(stays, func(v store.LayerVersion) bool { return v.Version == version }) {
			continue
		}
		g.record, g.Why = records[version], "record and manifest of a version that is deleted"
		if g.record != nil {
			p.Objects = append(p.Objects, g)
		}
	}
	return p.collectUploads(ctx, d)
}

// collectUploads adds the parts that interrupted uploads left. They are no
// reason to delete nothing else where they cannot be seen.
func (p *PrunePlan) collectUploads(ctx context.Context, d publish.Destination) error {
	uploads, err := publish.Abandoned(ctx, d)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		p.Notes = append(p.Notes, fmt.Sprintf("abandoned uploads were not looked for: %v", err))
	}
	for _, u := range uploads {
		p.Objects = append(p.Objects, Garbage{Key: u.Key, URI: d.Objects.Location(u.Key).URI, Why: "parts of an upload that was abandoned", upload: &u})
	}
	return nil
}

// records reads all records in the home. One of another layer is an error: then
// nothing here can be told apart.
func (p *PrunePlan) records(ctx context.Context, d publish.Destination, listed []store.Listed, arn string) (map[int64]*publish.Record, error) {
	var mu sync.Mutex
	records := map[int64]*publish.Record{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtATime)
	for _, object := range listed {
		version, ok := publish.RecordOf(object.Key)
		if !ok {
			continue
		}
		group.Go(func() error {
			record, err := d.Record(ctx, p.layer, arn, version)
			mu.Lock()
			defer mu.Unlock()
			records[version] = record
			return err
		})
	}
	return records, group.Wait()
}

// zips returns the SHA-256 of the content of each version, by Lambda's word: in
// reference mode a version without its zip is broken, so no record is trusted.
func (p *PrunePlan) zips(ctx context.Context, d publish.Destination, versions []store.LayerVersion) (map[string]bool, error) {
	var mu sync.Mutex
	sums := map[string]bool{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtATime)
	for _, v := range versions {
		group.Go(func() error {
			version, err := d.Layers.Version(ctx, p.layer, v.Version)
			if errors.Is(err, store.ErrNotExist) {
				return nil // deleted just now
			}
			mu.Lock()
			defer mu.Unlock()
			sums[publish.ArtifactOf(version, nil).SHA256] = true
			return err
		})
	}
	return sums, group.Wait()
}

func (g Garbage) remove(ctx context.Context, d publish.Destination) error {
	if unfinisher, ok := d.Objects.(store.Unfinisher); ok && g.upload != nil {
		return unfinisher.Abort(ctx, *g.upload)
	}
	if g.record != nil {
		return d.Forget(ctx, g.record)
	}
	return d.Objects.Delete(ctx, g.Key)
}
