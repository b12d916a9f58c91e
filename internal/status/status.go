// Package status tells of one layer in one place where it is: its newest
// version, how many are kept, which functions use it, and how it compares with
// the local lock file. A fleet is one Row for each layer and place.
package status

import (
	"context"
	"errors"
	"time"

	"github.com/lamella-build/lamella/functions"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// State is how the newest version compares with the local lock file.
type State string

// The states.
const (
	Current        State = "current"         // it is what the lock file makes
	Behind         State = "behind"          // the lock file has changed since
	NeverPublished State = "never published" // there is no version
	Foreign        State = "foreign"         // lamella has no record of the newest version
	Unknown        State = "unknown"         // no lock file is compared with
)

// Settled reports whether nothing is left to deploy.
func (s State) Settled() bool { return s == Current }

// Row is one layer in one place.
type Row struct {
	Layer     string       `json:"layer"`
	Version   int64        `json:"version,omitempty"` // the newest; 0 if there is none
	ARN       string       `json:"arn,omitempty"`
	Created   time.Time    `json:"created,omitzero"`
	Target    string       `json:"target,omitempty"`
	Size      int64        `json:"size,omitempty"`     // bytes of the zip
	Unzipped  int64        `json:"unzipped,omitempty"` // bytes
	Kept      int          `json:"versions"`           // how many there are
	State     State        `json:"state"`
	Newest    []store.User `json:"users_newest"`        // function versions that use the newest version
	Older     []store.User `json:"users_older"`         // and those that use another one
	Parameter string       `json:"parameter,omitempty"` // its name, if one is configured
	// ParameterCurrent reports whether the parameter names the newest version.
	ParameterCurrent bool `json:"parameter_current,omitempty"`
}

// Options are what a row says besides what is published.
type Options struct {
	// Compare says whether the local lock file makes what the record says; nil
	// leaves the State Unknown. It sends no request.
	Compare func(*publish.Record) (same bool, err error)
	// Inventory is that of the place, shared by all layers; nil says nothing of users.
	Inventory *functions.Inventory
}

// Of looks at a layer: with one request for its versions, one for the record of
// the newest, and one for the parameter if there is one. A refusal is an error,
// never an empty row.
func Of(ctx context.Context, d publish.Destination, layer string, o Options) (Row, error) {
	row := Row{Layer: layer, State: NeverPublished, Newest: []store.User{}, Older: []store.User{}, Parameter: d.Parameter}
	versions, err := d.Layers.Versions(ctx, layer)
	if err != nil {
		return row, err
	}
	if row.Kept = len(versions); row.Kept == 0 {
		return row, nil
	}
	v := versions[0]
	row.Version, row.ARN, row.Created = v.Version, v.ARN, v.Created
	arn, _ := store.ParseARN(v.ARN) // no ARN of a layer version matches no user and no record
	record, err := d.Record(ctx, layer, v.ARN, v.Version)
	if err != nil {
		return row, err
	}
	if record != nil {
		row.Target, row.Size, row.Unzipped = record.Target, record.Zip.Size, record.Zip.Unzipped
	}
	if row.State, err = compare(record, o.Compare); err != nil {
		return row, err
	}
	if o.Inventory != nil {
		for _, u := range o.Inventory.Users(arn.Unversioned()) {
			if u.Layer == v.Version {
				row.Newest = append(row.Newest, u)
			} else {
				row.Older = append(row.Older, u)
			}
		}
	}
	return row, row.lookParameter(ctx, d)
}

func compare(record *publish.Record, same func(*publish.Record) (bool, error)) (State, error) {
	switch {
	case record == nil:
		return Foreign, nil
	case same == nil:
		return Unknown, nil
	}
	equal, err := same(record)
	if err != nil {
		return Unknown, err
	}
	if equal {
		return Current, nil
	}
	return Behind, nil
}

func (row *Row) lookParameter(ctx context.Context, d publish.Destination) error {
	if d.Parameter == "" {
		return nil
	}
	p, ok := d.Layers.(store.Parameters)
	if !ok {
		return nil
	}
	value, err := p.Parameter(ctx, d.Parameter)
	if errors.Is(err, store.ErrNotExist) {
		return nil
	}
	row.ParameterCurrent = err == nil && value == row.ARN
	return err
}
