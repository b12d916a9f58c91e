package versions

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/internal/prebuilt"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// VerifyOptions configure a verification.
type VerifyOptions struct {
	// Download fetches the zip from Lambda and hashes it, instead of trusting the digest
	// that Lambda reports.
	Download bool
	// Rebuild rebuilds the zip from the stored state.
	Rebuild Rebuild
}

// Verified is a version whose zip was rebuilt, byte for byte, or whose files were compared
// with the list of them, if another program made its zip.
type Verified struct {
	Version    int64    `json:"version"`         // version number
	ARN        string   `json:"arn"`             // ARN of the version
	SHA256     string   `json:"sha256"`          // SHA-256 of the zip in hexadecimal
	Size       int64    `json:"size"`            // size of the zip in bytes
	From       string   `json:"from"`            // what the zip was rebuilt from, such as "uv.lock"
	Downloaded bool     `json:"downloaded"`      // whether the zip was downloaded from Lambda and hashed
	Notes      []string `json:"notes,omitempty"` // additional information
}

// Verify rebuilds the zip of a version from the state stored beside it, and compares it with
// Lambda's. The version is given by its number, by its ARN, or as "" for the latest. The
// error names the first entry that differs. A zip made by another program cannot be rebuilt:
// Verify compares its files with the stored list instead, and adds a note.
func Verify(ctx context.Context, d publish.Destination, layer, which string, o VerifyOptions) (*Verified, error) {
	v, _, err := d.Find(ctx, layer, which)
	if err != nil {
		return nil, err
	}
	stored, err := d.Stored(ctx, layer, v)
	if err != nil {
		return nil, err
	}
	if err := checkStored(d, v, stored); err != nil {
		return nil, err
	}
	scratch, err := outfile.MakeWorkFolder()
	if err != nil {
		return nil, err
	}
	defer func() { _ = scratch.Remove() }()

	a := publish.ArtifactOf(v, stored.Record)
	a.Path = filepath.Join(scratch.Path, "published.zip")
	if stored.Manifest.IsContents() {
		return verifyContents(ctx, d, layer, v, a, *stored.Manifest, o.Download)
	}
	if o.Download {
		if err := download(ctx, d, layer, v, a); err != nil {
			return nil, err
		}
	}
	rebuilt, err := o.Rebuild(ctx, stored)
	if err != nil {
		return nil, err
	}
	if rebuilt.SHA256 != a.SHA256 {
		return nil, explainDifference(ctx, d, layer, v, a, rebuilt, o.Download)
	}
	return &Verified{Version: v.Version, ARN: v.ARN, SHA256: a.SHA256, Size: a.Size, From: rebuilt.From, Downloaded: o.Download, Notes: rebuilt.Notes}, nil
}

// verifyContents compares the files in the zip of version v with their list. It uses
// Lambda's zip, or the stored zip after comparing its digest with Lambda's.
func verifyContents(ctx context.Context, d publish.Destination, layer string, v store.LayerVersion, a publish.Artifact, listed publish.Manifest, fromLambda bool) (*Verified, error) {
	fetch := fetchPublished
	if fromLambda {
		fetch = download
	}
	if err := fetch(ctx, d, layer, v, a); err != nil {
		return nil, err
	}
	found, err := prebuilt.Files(ctx, a.Path)
	if err != nil {
		return nil, err
	}
	if changes := publish.CompareContents(listed.Data, found.Data); len(changes) > 0 {
		return nil, &fault.Error{Kind: fault.Destination, Subject: v.ARN, Details: changes[:min(len(changes), 20)],
			Message: fmt.Sprintf("version %d differs from its %s in %s", v.Version, listed.Name, number.Count(len(changes), "file")),
			Hints:   []string{"if the bucket has versioning, restore the original " + d.Objects.Location(publish.ManifestKey(v.Version, listed.Name)).URI + ", because it was changed after publishing"}}
	}
	return &Verified{Version: v.Version, ARN: v.ARN, SHA256: a.SHA256, Size: a.Size, From: listed.Name, Downloaded: fromLambda,
		Notes: []string{"another program made the zip, so lamella did not rebuild it but compared its files with the list stored when the version was published"}}, nil
}

// checkStored compares a version's record with its lock file and with Lambda.
func checkStored(d publish.Destination, v store.LayerVersion, s publish.Stored) error {
	if s.Manifest == nil {
		return noManifest("verified", v)
	}
	r := s.Record
	if r == nil {
		return nil
	}
	refuse := func(format string, args ...any) error {
		return &fault.Error{Kind: fault.Destination, Subject: v.ARN, Message: fmt.Sprintf(format, args...),
			Hints: []string{"if the bucket has versioning, restore the original " + d.Objects.Location(publish.ManifestKey(v.Version, s.Manifest.Name)).URI +
				", or the original lamella.json beside it, because one of them was changed after publishing"}}
	}
	if sum := s.Manifest.SHA256(); sum != r.Manifest.SHA256 {
		return refuse("version %d was not built from the stored %s: the SHA-256 of the file is %s, but the record has %s", v.Version, s.Manifest.Name, sum, r.Manifest.SHA256)
	}
	if sum := publish.ArtifactOf(v, nil).SHA256; sum != r.Zip.SHA256 {
		return refuse("the record of version %d is for a different zip: the record has the SHA-256 %s, but the zip in Lambda has %s", v.Version, r.Zip.SHA256, sum)
	}
	return nil
}

// explainDifference names the first entry in which two zips differ.
func explainDifference(ctx context.Context, d publish.Destination, layer string, v store.LayerVersion, a publish.Artifact, rebuilt Rebuilt, downloaded bool) error {
	e := &fault.Error{Kind: fault.Destination, Subject: v.ARN,
		Message: fmt.Sprintf("version %d differs from the zip rebuilt from %s", v.Version, rebuilt.From),
		Details: []string{"published: sha256 " + a.SHA256, "rebuilt:   sha256 " + rebuilt.SHA256},
		Hints:   []string{"see which version of lamella published version " + decimal(v.Version) + " (other versions of lamella may build a different zip): lamella show " + decimal(v.Version)}}
	if !downloaded {
		if err := fetchPublished(ctx, d, layer, v, a); err != nil {
			if ctx.Err() != nil {
				return err
			}
			e.Details = append(e.Details, "cannot read the published zip to find the difference: "+err.Error())
			return e
		}
	}
	where, err := firstDifference(a.Path, rebuilt.Path)
	if err != nil {
		return err
	}
	e.Message += ": " + where
	e.Details = append(e.Details, rebuilt.Notes...)
	return e
}

// fetchPublished saves the published zip as a.Path: the stored zip or, if there is none,
// Lambda's.
func fetchPublished(ctx context.Context, d publish.Destination, layer string, v store.LayerVersion, a publish.Artifact) error {
	body, _, err := d.Objects.Open(ctx, publish.ZipKey(a.SHA256))
	if errors.Is(err, store.ErrNotExist) {
		return download(ctx, d, layer, v, a)
	}
	if err != nil {
		return err
	}
	return save(body, d.Objects.Location(publish.ZipKey(a.SHA256)).URI, a)
}

// noManifest reports that v cannot be verified or compared because it has no lock file. verb
// says which.
func noManifest(verb string, v store.LayerVersion) error {
	return &fault.Error{Kind: fault.Destination, Subject: v.ARN,
		Message: fmt.Sprintf("version %d cannot be %s because no lock file is stored with it", v.Version, verb),
		Hints:   []string{"list the versions and their lock files: lamella history"}}
}
