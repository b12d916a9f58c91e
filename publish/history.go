package publish

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/store"
)

// HistoryItem is one version of a layer and its record.
type HistoryItem struct {
	Version     int64     `json:"version"`                 // version number
	ARN         string    `json:"arn"`                     // ARN of the version
	Created     time.Time `json:"created"`                 // when the version was created
	Description string    `json:"description,omitempty"`   // description of the version
	Manifest    string    `json:"manifest,omitempty"`      // name of the lock file; "" if none is stored
	Target      string    `json:"target,omitempty"`        // runtime and architecture, such as "python3.13/x86_64"
	Tool        string    `json:"tool,omitempty"`          // tool that wrote the record; "" if it was not lamella
	Again       int64     `json:"again,omitempty"`         // for a rollback, the number of the version that was restored
	Size        int64     `json:"size,omitempty"`          // size of the zip in bytes; 0 if unknown
	Unzipped    int64     `json:"unzipped,omitempty"`      // unzipped size in bytes
	Packages    []Package `json:"distributions,omitempty"` // distributions in the layer, sorted by name
	// Changes are the changes since the next older version, if both are recorded; for the
	// oldest version, all of its distributions.
	Changes []Change `json:"changes,omitempty"`
	Note    string   `json:"note,omitempty"` // a sentence that explains why something is unknown
}

// Stored returns the version as the store lists it.
func (i HistoryItem) Stored() *store.LayerVersion {
	return &store.LayerVersion{Version: i.Version, ARN: i.ARN, Created: i.Created, Description: i.Description}
}

// readsAtATime is the maximum number of concurrent requests.
const readsAtATime = 8

// otherManifests are the names of the lock files that the Python package
// aws_lambda_artifact_builder stores.
var otherManifests = [...]string{"requirements.txt", "poetry.lock", "uv.lock"}

// History returns the versions of a layer that have not been deleted, newest first. A
// version without a readable record has a Note.
func History(ctx context.Context, d Destination, layer string) ([]HistoryItem, error) {
	if err := store.Check(store.Publication{Name: layer}); err != nil {
		return nil, err
	}
	versions, err := d.Layers.Versions(ctx, layer)
	if err != nil {
		return nil, err
	}
	items := make([]HistoryItem, len(versions))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(readsAtATime)
	for i, v := range versions {
		group.Go(func() (err error) {
			items[i], err = d.historyItem(groupCtx, layer, v)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for i := range items {
		switch older := i + 1; {
		case older == len(items):
			items[i].Changes = Compare(nil, items[i].Packages)
		case items[i].Packages != nil && items[older].Packages != nil:
			items[i].Changes = Compare(items[older].Packages, items[i].Packages)
		}
	}
	return items, nil
}

func (d Destination) historyItem(ctx context.Context, layer string, v store.LayerVersion) (HistoryItem, error) {
	item := HistoryItem{Version: v.Version, ARN: v.ARN, Created: v.Created, Description: v.Description}
	data, _, err := d.get(ctx, recordKey(v.Version))
	if err != nil {
		return item, err
	}
	if data == nil {
		err := d.describeForeign(ctx, &item)
		return item, err
	}
	switch r, err := parseRecord(data); {
	case err != nil:
		item.Note = "its record is unreadable: " + err.Error()
	case d.checkOwner(r, layer, v.ARN) != nil:
		item.Note = "its record belongs to " + r.ARN
	default:
		item.Manifest, item.Target, item.Tool, item.Again = r.Manifest.Name, r.Target, r.Tool, r.Again
		item.Size, item.Unzipped, item.Packages = r.Zip.Size, r.Zip.Unzipped, r.Packages
	}
	return item, nil
}

// describeForeign describes a version without a record.
func (d Destination) describeForeign(ctx context.Context, item *HistoryItem) error {
	item.Note = "it has no record and no lock file"
	for _, name := range otherManifests {
		_, err := d.Objects.Head(ctx, manifestKey(item.Version, name))
		if errors.Is(err, store.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		item.Manifest, item.Note = name, "another tool published it, so its distributions are not recorded"
		return nil
	}
	return nil
}
