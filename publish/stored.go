package publish

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// Stored is the state stored beside a published version.
type Stored struct {
	Record   *Record   // nil if there is none
	Manifest *Manifest // nil if none is found
}

// Stored reads the state beside version v of a layer. It rejects a record that was written
// for another layer. If there is no record, the lock file is the only file in the version's
// folder, or the one with a usual name.
func (d Destination) Stored(ctx context.Context, layer string, v store.LayerVersion) (Stored, error) {
	record, _, err := d.record(ctx, v.Version)
	if err != nil {
		return Stored{}, err
	}
	if err := d.checkOwner(record, layer, v.ARN); err != nil {
		return Stored{}, err
	}
	name := ""
	if record != nil {
		name = record.Manifest.Name
	} else if name, err = d.findManifest(ctx, v.Version); err != nil || name == "" {
		return Stored{}, err
	}
	data, _, err := d.get(ctx, manifestKey(v.Version, name))
	if err != nil || data == nil {
		return Stored{Record: record}, err
	}
	return Stored{record, &Manifest{name, data}}, nil
}

// findManifest returns the name of the lock file of a version without a record, or "" if
// none is found.
func (d Destination) findManifest(ctx context.Context, version int64) (string, error) {
	folder := path.Dir(recordKey(version)) + "/"
	listed, err := d.Objects.List(ctx, folder)
	if err != nil {
		return "", err
	}
	var names []string
	for _, object := range listed {
		if name := strings.TrimPrefix(object.Key, folder); !strings.Contains(name, "/") {
			names = append(names, name)
		}
	}
	for _, usual := range otherManifests {
		if slices.Contains(names, usual) {
			return usual, nil
		}
	}
	switch len(names) {
	case 0:
		return "", nil
	case 1:
		return names[0], nil
	}
	at := d.Objects.Location(folder).URI
	return "", &fault.Error{Kind: fault.Destination, Subject: at,
		Message: fmt.Sprintf("version %d has no record, and more than one file in %s may be its lock file: %s", version, at, strings.Join(names, ", ")),
		Hints:   []string{"remove all files except the lock file from " + at}}
}

// Record returns the record of a version, or nil if there is none. It rejects the record of
// another layer. arn is the ARN of any version of the layer.
func (d Destination) Record(ctx context.Context, layer, arn string, version int64) (*Record, error) {
	record, _, err := d.record(ctx, version)
	if err != nil || record == nil {
		return nil, err
	}
	return record, d.checkOwner(record, layer, arn)
}

// Folder returns the URI of the folder of a version's record and lock file.
func (d Destination) Folder(version int64) string {
	return d.Objects.Location(manifestKey(version, "")).URI
}

// Forget deletes the state beside a deleted version: first its lock file, then its record,
// which says to the end which layer the folder belongs to.
func (d Destination) Forget(ctx context.Context, r *Record) error {
	if err := d.Objects.Delete(ctx, manifestKey(r.Version, r.Manifest.Name)); err != nil {
		return err
	}
	return d.Objects.Delete(ctx, recordKey(r.Version))
}
