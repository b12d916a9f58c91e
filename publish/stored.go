package publish

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// Stored is what lies beside a published version.
type Stored struct {
	Record   *Record   // nil if there is none
	Manifest *Manifest // nil if none is found
}

// Stored reads what lies beside version v of a layer. A record that was written
// for another layer is refused. Without a record the manifest is the one file
// in the version's folder, or the one of those that goes by a usual name.
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

// findManifest names the manifest of a version that has no record; "" if it
// has none, too.
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
	return "", &fault.Error{Kind: fault.Destination, Op: "find the manifest in", Subject: at,
		Err:   fmt.Errorf("there is no record, and more than one file: %s", strings.Join(names, ", ")),
		Hints: []string{"leave the lock file that the version was made from, and take the others out of " + at}}
}

// Find returns one version of a layer: the newest for "" and "latest", else the
// one with this number or this ARN. It also returns all versions there are,
// newest first. The error is a fault.Error that names them.
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
	if number > 0 { // the listing may lag
		versions, err = d.lookUp(ctx, layer, versions, []int64{number})
	} else if len(versions) == 0 {
		versions, err = d.Versions(ctx, layer)
	}
	if err != nil {
		return none, nil, err
	}
	refuse := func(err error, hint string) (store.LayerVersion, []store.LayerVersion, error) {
		return none, versions, &fault.Error{Kind: fault.Usage, Op: "find", Subject: strings.TrimSpace("version " + which + " of layer " + layer), Err: err, Hints: []string{hint}}
	}
	if len(versions) == 0 {
		return refuse(errors.New("the layer has no version"), "lamella deploy")
	}
	if arn != nil && arn.Unversioned().String() != unversioned(versions[0].ARN) {
		return refuse(fmt.Errorf("this ARN is of another layer, account or region; the layer is %s", unversioned(versions[0].ARN)), "give the number alone, or choose the account: export AWS_PROFILE=NAME, and the region: export AWS_REGION="+arn.Region)
	}
	if number == 0 {
		number = versions[0].Version
	}
	i := slices.IndexFunc(versions, func(v store.LayerVersion) bool { return v.Version == number })
	if i < 0 {
		return refuse(fmt.Errorf("it %w; there are %s", store.ErrNotExist, spans(versions)), "lamella history")
	}
	v, err := d.Layers.Version(ctx, layer, number)
	if errors.Is(err, store.ErrNotExist) {
		return refuse(errors.New("it was deleted just now"), "lamella history")
	}
	return v, versions, err
}

// parseVersion reads a version as users write it; 0 is the newest.
func parseVersion(layer, which string) (number int64, arn *store.ARN, err error) {
	if which == "" || which == "latest" {
		return 0, nil, nil
	}
	if parsed, ok := store.ParseARN(which); ok && parsed.Version > 0 {
		return parsed.Version, &parsed, nil
	}
	number, err = strconv.ParseInt(which, 10, 64)
	if err != nil || number < 1 {
		return 0, nil, &fault.Error{Kind: fault.Usage, Op: "find", Subject: fmt.Sprintf("version %q of layer %s", which, layer),
			Err: errors.New("this is no version"), Hints: []string{"give its number or its ARN; lamella history lists them"}}
	}
	return number, nil, nil
}

// spans shortens the numbers of versions, newest first: "1 to 3, 7".
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

var (
	zipKeys     = regexp.MustCompile(`^layer/zip/([0-9a-f]{64})\.zip$`)
	versionKeys = regexp.MustCompile(`^layer/([0-9]{6,18})/lamella\.json$`)
)

// Prefix is where in a home all keys of the state begin.
const Prefix = "layer/"

// ManifestKey is where the manifest of a version lies in a home.
func ManifestKey(version int64, name string) string { return manifestKey(version, name) }

// ZipKey is where the zip with this SHA-256, hexadecimal, lies in a home.
func ZipKey(sha256 string) string { return zipKey(sha256) }

// ZipOf returns the SHA-256 of the zip that lies at a key; false if none does.
func ZipOf(key string) (sha256 string, ok bool) {
	m := zipKeys.FindStringSubmatch(key)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// RecordOf returns the version whose record lies at a key; false if none does.
func RecordOf(key string) (version int64, ok bool) {
	m := versionKeys.FindStringSubmatch(key)
	if m == nil {
		return 0, false
	}
	version, err := strconv.ParseInt(m[1], 10, 64)
	return version, err == nil && recordKey(version) == key
}

// Forget removes what lies beside a version that is deleted: its manifest, then
// its record, which tells until the end whose folder it is.
func (d Destination) Forget(ctx context.Context, r *Record) error {
	if err := d.Objects.Delete(ctx, manifestKey(r.Version, r.Manifest.Name)); err != nil {
		return err
	}
	return d.Objects.Delete(ctx, recordKey(r.Version))
}

// Record reads the record of a version of a layer: nil if there is none. One of
// another layer is refused. arn is that of any version of it.
func (d Destination) Record(ctx context.Context, layer, arn string, version int64) (*Record, error) {
	record, _, err := d.record(ctx, version)
	if err != nil || record == nil {
		return nil, err
	}
	return record, d.checkOwner(record, layer, arn)
}
