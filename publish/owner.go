package publish

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// checkOwner rejects a record of another layer, or of a layer with the same name in another
// account or region. Two layers that share a prefix would mistake each other's lock files
// for their own. arn is the ARN of any version of the layer, or "" if unknown.
func (d Destination) checkOwner(r *Record, layer, arn string) error {
	if r == nil {
		return nil
	}
	at := d.Objects.Location(recordKey(r.Version)).URI
	if r.Layer != layer {
		return errShared(layer, at, r.ARN)
	}
	return d.checkLayerARN(layer, at, unversioned(r.ARN), unversioned(arn))
}

// anyRecord returns the record with the highest number, or nil if there is none or the
// credentials do not permit listing.
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

// checkUnpublished does what checkLayerARN does, but for a layer without versions: it asks
// the layer service for the layer's ARN.
func (d Destination) checkUnpublished(ctx context.Context, layer, at, there string) error {
	named, ok := d.Layers.(store.Named)
	if !ok || there == "" {
		return nil
	}
	own, err := named.LayerARN(ctx, layer)
	if err != nil {
		return err
	}
	return d.checkLayerARN(layer, at, there, own)
}

// checkLayerARN rejects the object at, which was written for the layer there, if that is not
// the layer's own ARN. Both ARNs are without a version, and are "" if unknown.
func (d Destination) checkLayerARN(layer, at, there, own string) error {
	if there == "" || own == "" || there == own {
		return nil
	}
	is, isOK := store.ParseARN(there)
	want, wantOK := store.ParseARN(own)
	if !isOK || !wantOK {
		return errShared(layer, at, there)
	}
	home := d.Objects.Location("").URI
	e := &fault.Error{Kind: fault.Destination, Subject: layer, Details: []string{at + " was written for " + there, "nothing was published"}}
	switch {
	case is.Account != want.Account:
		e.Message = fmt.Sprintf("the S3 prefix %s belongs to layer %s in account %s, but the credentials are for account %s", home, layer, is.Account, want.Account)
		e.Hints = []string{
			"publish in account " + is.Account + ": --profile NAME, or --role-arn arn:" + is.Partition + ":iam::" + is.Account + ":role/ROLE",
			"or use another prefix for account " + want.Account + ": --to s3://" + d.Objects.Location("").Bucket + "/" + want.Account + "/{layer}"}
	case is.Region != want.Region:
		e.Message = fmt.Sprintf("the S3 prefix %s belongs to layer %s in region %s, but the current region is %s", home, layer, is.Region, want.Region)
		e.Hints = []string{"publish in " + is.Region + ": --region " + is.Region,
			"or use a bucket in " + want.Region + ": --to s3://BUCKET-{region}/{layer}"}
	default:
		return errShared(layer, at, there)
	}
	return e
}

// unversioned removes the version from the ARN of a layer version.
func unversioned(arn string) string { return arn[:max(0, strings.LastIndexByte(arn, ':'))] }

// errShared reports that two layers share a prefix: the object at belongs to other.
func errShared(layer, at, other string) error {
	return &fault.Error{
		Kind: fault.Destination, Subject: layer,
		Message: fmt.Sprintf("layer %s needs its own destination because %s belongs to %s", layer, at, other),
		Hints:   []string{"use a separate prefix for each layer, account, and region: --to s3://BUCKET/PREFIX/{account}/{region}/{layer}"},
	}
}
