// Package status reports the state of a layer in an account and region: its newest
// version, the number of versions, the functions that use it, and how it compares
// with the local lock file. There is one Row for each layer and place.
package status

import (
	"context"
	"errors"
	"time"

	"github.com/lamella-build/lamella/functions"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// State says how the latest version compares with the local lock file.
type State string

// The possible states.
const (
	Current        State = "current"         // the latest version matches the lock file
	Behind         State = "behind"          // the lock file has changed since the latest version
	NeverPublished State = "never published" // the layer has no versions
	Foreign        State = "foreign"         // the latest version has no record
	Unknown        State = "unknown"         // the project has no lock file, or no runtime is configured
)

// Settled reports whether there is nothing to deploy.
func (s State) Settled() bool { return s == Current }

// Row is the state of a layer in an account and region.
type Row struct {
	Layer     string    `json:"layer"`               // name of the layer
	Version   int64     `json:"version,omitempty"`   // latest version; 0 if there is none
	ARN       string    `json:"arn,omitempty"`       // ARN of this version; "" if there is none
	Created   time.Time `json:"created,omitzero"`    // when this version was created
	Target    string    `json:"target,omitempty"`    // runtime and architecture, such as "python3.13/x86_64"
	Size      int64     `json:"size,omitempty"`      // size of the zip in bytes
	Unzipped  int64     `json:"unzipped,omitempty"`  // unzipped size in bytes
	Kept      int       `json:"versions"`            // number of versions
	State     State     `json:"state"`               // how the latest version compares with the lock file
	Users     *Users    `json:"users"`               // function versions that use the layer; null if unknown
	Parameter string    `json:"parameter,omitempty"` // name of the SSM parameter; "" if none is configured
	// ParameterCurrent reports whether the parameter names the latest version.
	ParameterCurrent bool `json:"parameter_current,omitempty"`
	// Held is the hold that prevents deploy from publishing the layer; nil if there is
	// none, or if the state is "current".
	Held  *publish.Hold `json:"held"`
	Notes []string      `json:"notes,omitempty"` // sentences that explain why something is unknown
}

// Users are the function versions that use a layer.
type Users struct {
	Newest []store.User `json:"newest"` // function versions that use the latest version
	Older  []store.User `json:"older"`  // function versions that use an older version
}

// Options contains additional sources for a row.
type Options struct {
	// Compare reports whether the local lock file matches the record, without sending
	// requests. If it is nil, the State is Unknown.
	Compare func(*publish.Record) (same bool, err error)
	// Inventory is the inventory of the account and region. If it is nil, the row has no
	// users.
	Inventory *functions.Inventory
}

// Of reads the state of a layer. It sends one request each for the layer's versions, the
// record of the latest version, the hold if that version is not current, and the parameter
// if there is one. If access is denied, it returns an error, not an empty row.
func Of(ctx context.Context, d publish.Destination, layer string, o Options) (Row, error) {
	row := Row{Layer: layer, State: NeverPublished, Parameter: d.Parameter}
	if o.Inventory != nil {
		row.Users = &Users{[]store.User{}, []store.User{}}
	}
	versions, err := d.Layers.Versions(ctx, layer)
	if err != nil {
		return row, err
	}
	if row.Kept = len(versions); row.Kept == 0 {
		return row, nil
	}
	v := versions[0]
	row.Version, row.ARN, row.Created = v.Version, v.ARN, v.Created
	arn, _ := store.ParseARN(v.ARN) // an invalid ARN matches no user and no record
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
				row.Users.Newest = append(row.Users.Newest, u)
			} else {
				row.Users.Older = append(row.Users.Older, u)
			}
		}
	}
	if row.State != Current {
		if row.Held, err = publish.Held(ctx, d, layer); err != nil {
			return row, err
		}
	}
	return row, row.readParameter(ctx, d)
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

func (row *Row) readParameter(ctx context.Context, d publish.Destination) error {
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
