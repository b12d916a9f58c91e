package publish

import (
	"context"
	"fmt"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// Again returns the Want for publishing version v again, with the same zip, lock file, and
// record. The caller sets Want.Build, which must return exactly that zip. If the version has
// no stored lock file, the error is a fault.Error of Kind Destination, because the new
// version would not have one either.
func Again(layer string, v store.LayerVersion, s Stored) (Want, error) {
	if s.Manifest == nil {
		return Want{}, &fault.Error{Kind: fault.Destination, Subject: v.ARN,
			Message: fmt.Sprintf("cannot roll back to version %d because no lock file is stored with it", v.Version),
			Hints:   []string{"use the version itself in your functions: " + v.ARN}}
	}
	a := ArtifactOf(v, s.Record)
	w := Want{
		Layer: layer, Manifest: *s.Manifest, Detect: detectBytes, copyOf: v.Version, known: &a,
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

// ArtifactOf returns the zip of version v, wherever it is stored. r may be nil.
func ArtifactOf(v store.LayerVersion, r *Record) Artifact {
	a := Artifact{SHA256: hexDigest(v.CodeSHA256), Size: v.CodeSize}
	if r != nil {
		a.Unzipped, a.Entries, a.Inputs, a.Packages = r.Zip.Unzipped, r.Zip.Entries, r.Inputs, r.Packages
		a.BytecodePython = r.BytecodePython
	}
	return a
}
