package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// Find returns one version of a layer: the newest if which is "" or "latest", and otherwise
// the version with that number or ARN. It also returns all versions, newest first. If the
// version does not exist, the error is a fault.Error of Kind Usage that lists the existing
// versions.
func (d Destination) Find(ctx context.Context, layer, which string) (store.LayerVersion, []store.LayerVersion, error) {
	none := store.LayerVersion{}
	if err := store.Check(store.Publication{Name: layer}); err != nil {
		return none, nil, err
	}
	number, arn, err := parseVersion(layer, which)
	if err != nil {
		return none, nil, err
	}
	versions, err := d.Layers.Versions(ctx, layer)
	if err != nil {
		return none, nil, err
	}
	if number > 0 { // the listing may be out of date
		versions, err = d.addVersions(ctx, layer, versions, []int64{number})
	} else if len(versions) == 0 {
		versions, err = d.Versions(ctx, layer)
	}
	if err != nil {
		return none, nil, err
	}
	refuse := func(hints []string, format string, args ...any) (store.LayerVersion, []store.LayerVersion, error) {
		return none, versions, &fault.Error{Kind: fault.Usage, Subject: which, Message: fmt.Sprintf(format, args...), Hints: hints}
	}
	if len(versions) == 0 {
		return refuse([]string{"publish the first version: lamella deploy"}, "layer %s has no versions", layer)
	}
	if own := unversioned(versions[0].ARN); arn != nil && arn.Unversioned().String() != own {
		return refuse(elsewhere(layer, own, arn), "%s is not a version of %s", which, own)
	}
	if number == 0 {
		number = versions[0].Version
	}
	i := slices.IndexFunc(versions, func(v store.LayerVersion) bool { return v.Version == number })
	if i < 0 {
		return none, versions, &fault.Error{Kind: fault.Usage, Subject: which, Sentinel: store.ErrNotExist,
			Message: fmt.Sprintf("layer %s has no version %d (versions: %s)", layer, number, spans(versions)), Hints: []string{"list the versions: lamella history"}}
	}
	v, err := d.Layers.Version(ctx, layer, number)
	if errors.Is(err, store.ErrNotExist) {
		return refuse([]string{"list the versions: lamella history"}, "version %d of layer %s has just been deleted", number, layer)
	}
	return v, versions, err
}

// elsewhere returns the hints for an ARN that is not one of the layer's own.
func elsewhere(layer, own string, arn *store.ARN) []string {
	if arn.Layer != layer { // its number would select a version of this layer
		return []string{"choose the layer: --layer " + arn.Layer}
	}
	here, _ := store.ParseARN(own)
	place := "account " + here.Account
	if arn.Account == here.Account {
		place = here.Region
	}
	return []string{fmt.Sprintf("to choose version %[1]d of the layer in %[2]s instead, use its number: %[1]d", arn.Version, place),
		"or choose the account and region: --profile NAME --region " + arn.Region}
}

// parseVersion parses a version as the user writes it. A number of 0 means the newest.
func parseVersion(layer, which string) (number int64, arn *store.ARN, err error) {
	if which == "" || which == "latest" {
		return 0, nil, nil
	}
	if parsed, ok := store.ParseARN(which); ok && parsed.Version > 0 {
		return parsed.Version, &parsed, nil
	}
	number, err = strconv.ParseInt(which, 10, 64)
	if err != nil || number < 1 {
		return 0, nil, &fault.Error{Kind: fault.Usage, Subject: which,
			Message: fmt.Sprintf("%q is not a version number or the ARN of a version", which), Hints: []string{"list the versions: lamella history"}}
	}
	return number, nil, nil
}

// spans returns the numbers of versions, which must be sorted newest first, as in "1 to 3,
// 7".
func spans(versions []store.LayerVersion) string {
	var parts []string
	for last := len(versions) - 1; last >= 0; {
		first := last
		for last > 0 && versions[last-1].Version == versions[last].Version+1 {
			last--
		}
		part := strconv.FormatInt(versions[first].Version, 10)
		if first != last {
			part += " to " + strconv.FormatInt(versions[last].Version, 10)
		}
		parts = append(parts, part)
		last--
	}
	return strings.Join(parts, ", ")
}
