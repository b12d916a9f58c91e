package versions

import (
	"context"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// Side is one side of a comparison: a published version, or the project as it is now.
type Side struct {
	Name     string              `json:"name"`               // name of this side, such as "version 3" or "uv.lock"
	Version  int64               `json:"version,omitempty"`  // version number; 0 for a project
	Target   string              `json:"target,omitempty"`   // runtime and architecture, such as "python3.13/x86_64"
	Options  map[string][]string `json:"options,omitempty"`  // options that affect the content of the layer
	Inputs   digest.Digest       `json:"inputs,omitempty"`   // digest of all inputs
	SHA256   string              `json:"sha256,omitempty"`   // SHA-256 of the zip in hexadecimal; "" if the zip was not built
	Size     int64               `json:"size,omitempty"`     // size of the zip in bytes; 0 if the zip was not built
	Unzipped int64               `json:"unzipped,omitempty"` // unzipped size in bytes; 0 if unknown
	Notes    []string            `json:"notes,omitempty"`    // sentences that explain how the data was determined

	Packages []publish.Package `json:"-"`
	contents []byte            // list of the layer's files; nil if it was built from a lock file
}

// Difference is the difference between two sides.
type Difference struct {
	Old     Side             `json:"old"`               // older side of the comparison
	New     Side             `json:"new"`               // newer side of the comparison
	Changes []publish.Change `json:"changes"`           // distributions that differ, sorted by name
	Options string           `json:"options,omitempty"` // options added (+) and removed (-)
	// Files are the files added (+), removed (-), and changed (~), sorted by name, if both
	// versions were published from a zip or a folder.
	Files []string `json:"files,omitempty"`
	// Same reports whether both sides have the same content, according to their zips or, if
	// a zip is not built, to their inputs and targets.
	Same bool `json:"same"`
}

// Compare returns the difference from old to new.
func Compare(old, new Side) Difference {
	d := Difference{Old: old, New: new, Changes: append([]publish.Change{}, publish.Compare(old.Packages, new.Packages)...)}
	if old.Options != nil && new.Options != nil {
		d.Options = publish.CompareOptions(old.Options, new.Options)
	}
	if old.contents != nil && new.contents != nil {
		d.Files = publish.CompareContents(old.contents, new.contents)
	}
	if old.SHA256 != "" && new.SHA256 != "" {
		d.Same = old.SHA256 == new.SHA256
	} else {
		d.Same = old.Inputs != "" && old.Inputs == new.Inputs && old.Target == new.Target
	}
	return d
}

// Published returns a published version, given by its number or ARN, as one side of a
// comparison. For a version without a record, it calls resolve to resolve the lock file.
func Published(ctx context.Context, d publish.Destination, layer, which string, resolve func(context.Context, publish.Manifest) (Side, error)) (Side, error) {
	v, _, err := d.Find(ctx, layer, which)
	if err != nil {
		return Side{}, err
	}
	stored, err := d.Stored(ctx, layer, v)
	if err != nil {
		return Side{}, err
	}
	s := Side{}
	switch r := stored.Record; {
	case r != nil && (r.Packages != nil || stored.Manifest.IsContents()):
		s = Side{Target: r.Target, Options: r.Options, Inputs: r.Inputs, Unzipped: r.Zip.Unzipped, Packages: r.Packages}
	case stored.Manifest == nil:
		return Side{}, noManifest("compared", v)
	case stored.Manifest.IsContents():
		s = Side{Notes: []string{"its distributions are not recorded"}}
	default:
		if s, err = resolve(ctx, *stored.Manifest); err != nil {
			return Side{}, err
		}
	}
	if stored.Manifest.IsContents() {
		s.contents = stored.Manifest.Data
	}
	zip := publish.ArtifactOf(v, stored.Record)
	s.Name, s.Version, s.SHA256, s.Size = name(v), v.Version, zip.SHA256, zip.Size
	return s, nil
}

func name(v store.LayerVersion) string { return "version " + decimal(v.Version) }
