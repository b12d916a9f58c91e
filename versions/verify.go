package versions

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
)

// VerifyOptions are how a version is verified.
type VerifyOptions struct {
	// Download has the zip fetched from Lambda and hashed. Otherwise Lambda's
	// word for its digest is taken.
	Download bool
	// Rebuild makes the zip from what is stored.
	Rebuild Rebuild
}

// Verified is a version that is what its manifest makes.
type Verified struct {
	Version    int64    `json:"version"`
	ARN        string   `json:"arn"`
	SHA256     string   `json:"sha256"` // of the zip, hexadecimal
	Size       int64    `json:"size"`   // bytes of the zip
	From       string   `json:"from"`   // what the zip was made from again: "uv.lock"
	Downloaded bool     `json:"downloaded"`
	Notes      []string `json:"notes,omitempty"`
}

// Verify makes the zip of a version (its number, its ARN, "" for the latest)
// again from what is stored beside it, and compares it with what Lambda has. An
// error tells what is not as it should be, and the first entry that differs.
func Verify(ctx context.Context, d publish.Destination, layer, which string, o VerifyOptions) (*Verified, error) {
	v, _, err := d.Find(ctx, layer, which)
	if err != nil {
		return nil, err
	}
	stored, err := d.Stored(ctx, layer, v)
	if err != nil {
		return nil, err
	}
	if err := checkStored(v, stored); err != nil {
		return nil, err
	}
	scratch, err := scratchFolder()
	if err != nil {
		return nil, err
	}
	defer func() { _ = scratch.Remove() }()

	a := publish.ArtifactOf(v, stored.Record)
	a.Path = filepath.Join(scratch.Path, "published.zip")
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

// checkStored compares what is stored beside a version with itself and with Lambda.
func checkStored(v store.LayerVersion, s publish.Stored) error {
	if s.Manifest == nil {
		return noManifest("verify", v)
	}
	r := s.Record
	if r == nil {
		return nil
	}
	refuse := func(format string, args ...any) error {
		return &fault.Error{Kind: fault.Destination, Op: "verify", Subject: v.ARN, Err: fmt.Errorf(format, args...),
			Hints: []string{"what is stored was changed after it was published; in a versioned bucket the right one can be restored"}}
	}
	if sum := s.Manifest.SHA256(); sum != r.Manifest.SHA256 {
		return refuse("the stored %s is not the one it was made from: its sha256 is %s, the record says %s", s.Manifest.Name, sum, r.Manifest.SHA256)
	}
	if sum := publish.ArtifactOf(v, nil).SHA256; sum != r.Zip.SHA256 {
		return refuse("the record is that of another zip: its sha256 is %s, Lambda says %s", r.Zip.SHA256, sum)
	}
	return nil
}

// explainDifference names the first entry in which two zips differ.
func explainDifference(ctx context.Context, d publish.Destination, layer string, v store.LayerVersion, a publish.Artifact, rebuilt Rebuilt, downloaded bool) error {
	e := &fault.Error{Kind: fault.Destination, Op: "verify", Subject: v.ARN,
		Err:     fmt.Errorf("it is not what %s makes", rebuilt.From),
		Details: []string{"published: sha256 " + a.SHA256, "rebuilt:   sha256 " + rebuilt.SHA256},
		Hints:   []string{"an older version of lamella, another tool, or a wheel that was damaged may have made it: lamella show " + number(v.Version)}}
	if !downloaded {
		if err := fetchPublished(ctx, d, layer, v, a); err != nil {
			if ctx.Err() != nil {
				return err
			}
			e.Details = append(e.Details, "the published zip cannot be had, to say where they differ: "+err.Error())
			return e
		}
	}
	where, err := firstDifference(a.Path, rebuilt.Path)
	if err != nil {
		return err
	}
	e.Err = fmt.Errorf("it is not what %s makes: %s", rebuilt.From, where)
	e.Details = append(e.Details, rebuilt.Notes...)
	return e
}

// fetchPublished saves the published zip to a.Path: the stored one, else Lambda's.
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

func noManifest(op string, v store.LayerVersion) error {
	return &fault.Error{Kind: fault.Destination, Op: op, Subject: v.ARN, Err: errors.New("no manifest is stored with it, so what it was made of is not known"),
		Hints: []string{"lamella history lists the versions and what is stored"}}
}
