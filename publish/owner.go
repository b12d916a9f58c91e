package publish

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// checkOwner refuses a home that holds the state of another layer, or of the layer
// of this name in another account or region. Without that, two layers would take
// each other's manifests for their own. arn is that of any version of the layer, ""
// if it is not known.
func (d Destination) checkOwner(r *Record, layer, arn string) error {
	if r == nil {
		return nil
	}
	at := d.Objects.Location(recordKey(r.Version)).URI
	if r.Layer != layer {
		return errShared(layer, at+" was written for "+r.ARN)
	}
	return d.checkSame(layer, at, unversioned(r.ARN), unversioned(arn))
}

// anyRecord returns the record with the highest number in the home, nil if there is
// none, or if the credentials do not permit to list the home.
func (d Destination) anyRecord(ctx context.Context) (*Record, error) {
	listed, err := d.Objects.List(ctx, "layer/")
	if errors.Is(err, store.ErrDenied) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var newest int64
	for _, object := range listed {
		if version, ok := RecordOf(object.Key); ok {
			newest = max(newest, version)
		}
	}
	if newest == 0 {
		return nil, nil
	}
	r, _, err := d.record(ctx, newest)
	return r, err
}

// checkUnseen is checkOwner where no version of the layer is there that would tell
// its ARN: the layer service is asked for it, if there is something to compare.
func (d Destination) checkUnseen(ctx context.Context, layer, at, there string) error {
	named, ok := d.Layers.(store.Named)
	if !ok || there == "" {
		return nil
	}
	own, err := named.LayerARN(ctx, layer)
	if err != nil {
		return err
	}
	return d.checkSame(layer, at, there, own)
}

// checkSame compares the ARN that the home names with the layer's own, both without
// a version. What is not known is no difference.
func (d Destination) checkSame(layer, at, there, own string) error {
	if there == "" || own == "" || there == own {
		return nil
	}
	is, isOK := store.ParseARN(there)
	want, wantOK := store.ParseARN(own)
	evidence := at + " was written for " + there
	if !isOK || !wantOK {
		return errShared(layer, evidence)
	}
	e := &fault.Error{Kind: fault.Destination, Op: "publish", Subject: "layer " + layer, Details: []string{evidence, "nothing was published"}}
	home := d.Objects.Location("").Bucket
	switch {
	case is.Account != want.Account:
		e.Err = fmt.Errorf("its home belongs to account %s, and the credentials are those of account %s", is.Account, want.Account)
		e.Hints = []string{
			"publish in account " + is.Account + ": --profile NAME, or --role-arn arn:" + is.Partition + ":iam::" + is.Account + ":role/ROLE",
			"or give the layer in account " + want.Account + " a home of its own: --home s3://" + home + "/" + want.Account + "/{layer}"}
	case is.Region != want.Region:
		e.Err = fmt.Errorf("its home belongs to region %s, and this is region %s", is.Region, want.Region)
		e.Hints = []string{"publish in " + is.Region + ": --region " + is.Region,
			"or give the layer in " + want.Region + " a home of its own, in a bucket of that region: --home s3://BUCKET-{region}/{layer}"}
	default:
		return errShared(layer, evidence)
	}
	return e
}

// unversioned cuts the version off the ARN of a layer version.
func unversioned(arn string) string { return arn[:max(0, strings.LastIndexByte(arn, ':'))] }

// errShared refuses a home that two layers share. Without that, each would take
// the other's manifests for its own.
func errShared(layer, evidence string) error {
	return &fault.Error{
		Kind: fault.Destination, Op: "publish", Subject: "layer " + layer,
		Err:   errors.New("its home holds the state of another one: " + evidence),
		Hints: []string{"give each layer, account and region a home of its own: --home s3://BUCKET/PREFIX/{layer}"},
	}
}
