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

// collect finds the objects that belong to no version once the versions in p.Delete are
// deleted. versions must be sorted, newest first.
//
// It collects only what is certainly unused. A folder is unused if it contains this layer's
// own record and its version is older than the latest; a newer version may be missing from
// the listing. A zip is unused if it is named by its digest, no remaining version has that
// digest, and the zip is too old to be about to be published.
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
			p.Notes = append(p.Notes, fmt.Sprintf("kept the objects in %s because version %d has no record", d.Folder(v.Version), v.Version))
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
		if publish.IsAbandoned(object, p.options.now()) {
			g.Why = "left by an interrupted upload"
			p.Objects = append(p.Objects, g)
		}
		version, ok := publish.RecordOf(object.Key)
		if !ok || version >= versions[0].Version || slices.ContainsFunc(stays, func(v store.LayerVersion) bool { return v.Version == version }) {
			continue
		}
		g.record, g.Why = records[version], "record and lock file of a deleted version"
		if g.record != nil {
			p.Objects = append(p.Objects, g)
		}
	}
	return p.collectUploads(ctx, d)
}

// collectUploads adds the parts that interrupted uploads left behind. If they cannot be
// listed, everything else is still deleted.
func (p *PrunePlan) collectUploads(ctx context.Context, d publish.Destination) error {
	uploads, err := publish.Abandoned(ctx, d)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		p.Notes = append(p.Notes, fmt.Sprintf("cannot list abandoned uploads: %v", err))
	}
	for _, u := range uploads {
		p.Objects = append(p.Objects, Garbage{Key: u.Key, URI: d.Objects.Location(u.Key).URI, Why: "parts of an abandoned upload", upload: &u})
	}
	return nil
}

// records reads all records. It returns an error if one of them belongs to another layer,
// because it is then unknown which objects belong to which layer.
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

// zips returns the SHA-256 of each version's zip according to Lambda. It does not rely on
// records, because a version that refers to a stored zip breaks without that zip.
func (p *PrunePlan) zips(ctx context.Context, d publish.Destination, versions []store.LayerVersion) (map[string]bool, error) {
	var mu sync.Mutex
	sums := map[string]bool{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtATime)
	for _, v := range versions {
		group.Go(func() error {
			version, err := d.Layers.Version(ctx, p.layer, v.Version)
			if errors.Is(err, store.ErrNotExist) {
				return nil // deleted in the meantime
			}
			mu.Lock()
			defer mu.Unlock()
			sums[publish.ArtifactOf(version, nil).SHA256] = true
			return err
		})
	}
	return sums, group.Wait()
}

// same reports whether g and other are the same object or the same upload.
func (g Garbage) same(other Garbage) bool {
	if g.upload == nil || other.upload == nil {
		return g.Key == other.Key && g.upload == other.upload
	}
	return g.Key == other.Key && g.upload.ID == other.upload.ID
}

// remove deletes g.
func (g Garbage) remove(ctx context.Context, d publish.Destination) error {
	if unfinisher, ok := d.Objects.(store.Unfinisher); ok && g.upload != nil {
		return unfinisher.Abort(ctx, *g.upload)
	}
	if g.record != nil {
		return d.Forget(ctx, g.record)
	}
	return d.Objects.Delete(ctx, g.Key)
}
