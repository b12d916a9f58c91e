package publish

import (
	"context"
	"errors"
	"fmt"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// Again is the layer as version v was, to be decided and executed like any
// other: with the very bytes, the manifest and the record of v. Want.Build is
// left to the caller; it has to find or make these bytes. A version without a
// manifest cannot come again: what it was made of would be lost.
func Again(layer string, v store.LayerVersion, s Stored) (Want, error) {
	if s.Manifest == nil {
		return Want{}, &fault.Error{Kind: fault.Destination, Op: "roll back to", Subject: v.ARN, Err: errors.New("no manifest is stored with it"),
			Hints: []string{fmt.Sprintf("functions can use version %d itself: its ARN is %s", v.Version, v.ARN)}}
	}
	a := ArtifactOf(v, s.Record)
	w := Want{
		Layer: layer, Manifest: *s.Manifest, Detect: detectBytes, again: v.Version, known: &a,
		Description: v.Description, License: v.License, Runtimes: v.Runtimes, Architectures: v.Architectures,
	}
	if r := s.Record; r != nil {
		w.Resolve = func(context.Context) (Resolved, error) { return Resolved{r.Inputs, r.Packages}, nil }
		if r.Identity != "" {
			w.Identity = Identity{r.Target, r.Options}
		}
	}
	return w, nil
}

// ArtifactOf is the zip of version v, wherever it lies.
func ArtifactOf(v store.LayerVersion, r *Record) Artifact {
	a := Artifact{SHA256: hexDigest(v.CodeSHA256), Size: v.CodeSize}
	if r != nil {
		a.Unzipped, a.Entries, a.Inputs, a.Packages = r.Zip.Unzipped, r.Zip.Entries, r.Inputs, r.Packages
	}
	return a
}
