package versions

import (
	"context"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// Side is one of two things compared: a published version, or a project as it
// is now.
type Side struct {
	Name     string              `json:"name"`              // "version 3", "uv.lock"
	Version  int64               `json:"version,omitempty"` // 0 for a project
	Target   string              `json:"target,omitempty"`
	Options  map[string][]string `json:"options,omitempty"`
	Inputs   digest.Digest       `json:"inputs,omitempty"`
	SHA256   string              `json:"sha256,omitempty"`   // of the zip, hexadecimal; "" if it is not built
	Size     int64               `json:"size,omitempty"`     // bytes of the zip; 0 if it is not built
	Unzipped int64               `json:"unzipped,omitempty"` // bytes; 0 if not known
	Notes    []string            `json:"notes,omitempty"`    // how it is known, whole sentences

	Packages []publish.Package `json:"-"`
}

// Difference is what differs between two sides.
type Difference struct {
	Old     Side             `json:"old"`
	New     Side             `json:"new"`
	Changes []publish.Change `json:"changes"`           // sorted by name
	Options string           `json:"options,omitempty"` // what was added (+) and removed (-)
	// Same: both are one layer. It is told by the zips of two versions, and by
	// what goes in where one side is not built.
	Same bool `json:"same"`
}

// Compare tells what differs from old to new.
func Compare(old, new Side) Difference {
	d := Difference{Old: old, New: new, Changes: append([]publish.Change{}, publish.Compare(old.Packages, new.Packages)...)}
	if old.Options != nil && new.Options != nil {
		d.Options = publish.CompareOptions(old.Options, new.Options)
	}
	if old.SHA256 != "" && new.SHA256 != "" {
		d.Same = old.SHA256 == new.SHA256
	} else {
		d.Same = old.Inputs != "" && old.Inputs == new.Inputs && old.Target == new.Target
	}
	return d
}

// Published is a published version as a side to compare: its number or its ARN.
// Of one that has no record, resolve has to say what its manifest comes down to.
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
	case r != nil && r.Packages != nil:
		s = Side{Target: r.Target, Options: r.Options, Inputs: r.Inputs, Unzipped: r.Zip.Unzipped, Packages: r.Packages}
	case stored.Manifest == nil:
		return Side{}, noManifest("compare", v)
	default:
		if s, err = resolve(ctx, *stored.Manifest); err != nil {
			return Side{}, err
		}
	}
	zip := publish.ArtifactOf(v, stored.Record)
	s.Name, s.Version, s.SHA256, s.Size = name(v), v.Version, zip.SHA256, zip.Size
	return s, nil
}

func name(v store.LayerVersion) string { return "version " + number(v.Version) }
