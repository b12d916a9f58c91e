// Package versions operates on the published versions of a layer. It shows and compares them
// ([Show], [Compare]), publishes an old version again ([Rollback]), verifies that a version
// can be rebuilt from its lock file ([Verify]), changes who may use versions ([PlanShare]),
// and deletes versions that nobody uses ([PlanPrune]).
//
// All state is kept by Lambda or stored beside the zips by package publish. Sharing and
// pruning return plans, which can be printed before they are executed. Every operation can
// be repeated: after a crash, the same call completes what was begun.
package versions

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// readsAtATime is the maximum number of concurrent requests.
const readsAtATime = 8

// Shown is everything known about one version.
type Shown struct {
	Version       int64               `json:"version"`                // version number
	ARN           string              `json:"arn"`                    // ARN of the version
	Latest        bool                `json:"latest"`                 // whether this is the latest version
	Created       time.Time           `json:"created"`                // when the version was created
	Description   string              `json:"description,omitempty"`  // description of the version
	License       string              `json:"license,omitempty"`      // license of the version
	Runtimes      []string            `json:"runtimes"`               // runtimes that the version is declared compatible with
	Architectures []string            `json:"architectures"`          // architectures that the version is declared compatible with
	Target        string              `json:"target,omitempty"`       // runtime and architecture that the version was built for, such as "python3.13/x86_64"
	Options       map[string][]string `json:"options,omitempty"`      // options that affect the content of the layer
	Manifest      string              `json:"manifest,omitempty"`     // name of the lock file
	ManifestURI   string              `json:"manifest_uri,omitempty"` // URI of the stored lock file
	Tool          string              `json:"tool,omitempty"`         // tool that wrote the record; "" if it was not lamella
	// BytecodePython is the exact version of the CPython interpreter that compiled the bytecode; ""
	// if there is none.
	BytecodePython string            `json:"bytecode_python,omitempty"`
	Again          int64             `json:"again,omitempty"`         // for a rollback, the number of the version that was restored
	SHA256         string            `json:"sha256"`                  // SHA-256 of the zip in hexadecimal
	Size           int64             `json:"size"`                    // size of the zip in bytes
	Unzipped       int64             `json:"unzipped,omitempty"`      // unzipped size in bytes
	Entries        int               `json:"entries,omitempty"`       // number of files in the zip
	ZipURI         string            `json:"zip_uri,omitempty"`       // URI of the stored zip; "" if the zip is not stored
	Packages       []publish.Package `json:"distributions,omitempty"` // distributions in the layer, sorted by name
	Share          []store.Grant     `json:"share"`                   // principals that may use the version
	Notes          []string          `json:"notes,omitempty"`         // sentences that explain why something is unknown
}

// Show returns what is known about one version, given by its number, by its ARN, or as ""
// for the latest. It leaves out what the credentials may not read, and adds a note.
func Show(ctx context.Context, d publish.Destination, layer, which string) (*Shown, error) {
	v, all, err := d.Find(ctx, layer, which)
	if err != nil {
		return nil, err
	}
	stored, err := d.Stored(ctx, layer, v)
	if err != nil {
		return nil, err
	}
	a := publish.ArtifactOf(v, stored.Record)
	s := &Shown{
		Version: v.Version, ARN: v.ARN, Latest: v.Version == all[0].Version, Created: v.Created, Description: v.Description, License: v.License,
		Runtimes: append([]string{}, v.Runtimes...), Architectures: append([]string{}, v.Architectures...),
		SHA256: a.SHA256, Size: a.Size, Unzipped: a.Unzipped, Entries: a.Entries, Packages: a.Packages, Share: []store.Grant{},
		BytecodePython: a.BytecodePython,
	}
	if r := stored.Record; r != nil {
		s.Target, s.Tool, s.Again, s.Manifest, s.Options = r.Target, r.Tool, r.Again, r.Manifest.Name, r.Options
	} else {
		s.note("it has no record, so its distributions are unknown")
	}
	if m := stored.Manifest; m != nil {
		s.Manifest, s.ManifestURI = m.Name, d.Objects.Location(publish.ManifestKey(v.Version, m.Name)).URI
	} else {
		s.note("no lock file is stored with it")
	}
	switch zip, err := publish.FindUploaded(ctx, d, a); {
	case err == nil:
		s.ZipURI = d.Objects.Location(zip.Key).URI
	case !errors.Is(err, store.ErrNotExist):
		return nil, err
	}
	if s.Share, err = d.Layers.Grants(ctx, layer, v.Version); err != nil {
		if ctx.Err() != nil {
			return nil, err
		}
		s.note("cannot read its permissions: %v", err)
	}
	s.Share = append([]store.Grant{}, s.Share...)
	return s, nil
}

func (s *Shown) note(format string, args ...any) {
	s.Notes = append(s.Notes, fmt.Sprintf(format, args...))
}
