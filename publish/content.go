package publish

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/store"
)

// newest returns the number of the first version in a listing, or 0.
func newest(versions []store.LayerVersion) int64 {
	if len(versions) == 0 {
		return 0
	}
	return versions[0].Version
}

// hexDigest converts Lambda's CodeSha256 from base64 to hexadecimal.
func hexDigest(base64Digest string) string {
	sum, err := base64.StdEncoding.DecodeString(base64Digest)
	if err != nil {
		return "not base64: " + base64Digest
	}
	return hex.EncodeToString(sum)
}

// sameContent reports whether a is the zip of v. If the digest of a staged zip is unknown,
// the zip is read, once, provided that it has the right size.
func (d Destination) sameContent(ctx context.Context, a *Artifact, v store.LayerVersion) (bool, error) {
	if v.CodeSize != 0 && a.Size != v.CodeSize {
		return false, nil
	}
	if a.SHA256 == "" {
		body, _, err := d.Objects.Open(ctx, a.Key)
		if err != nil {
			return false, err
		}
		defer body.Close()
		sum, err := digest.Read(bound.Reader(body, a.Size, "the zip to publish"))
		if err != nil {
			return false, &fault.Error{Kind: fault.Destination, Message: "cannot read " + d.Objects.Location(a.Key).URI, Subject: d.Objects.Location(a.Key).URI, Err: err}
		}
		a.SHA256 = sum.Hex()
	}
	return a.SHA256 == hexDigest(v.CodeSHA256), nil
}

// findContent returns the oldest version after since whose zip is a, or the zero value if
// there is none. versions must be sorted, newest first.
func (d Destination) findContent(ctx context.Context, layer string, versions []store.LayerVersion, a *Artifact, since int64) (none store.LayerVersion, err error) {
	for i := len(versions) - 1; i >= 0; i-- {
		if versions[i].Version <= since {
			continue
		}
		v, err := d.Layers.Version(ctx, layer, versions[i].Version)
		if errors.Is(err, store.ErrNotExist) {
			continue // deleted since it was listed
		}
		if err != nil {
			return none, err
		}
		equal, err := d.sameContent(ctx, a, v)
		if err != nil {
			return none, err
		}
		if equal {
			return v, nil
		}
	}
	return none, nil
}

// checkDigest returns an error if Lambda made v from a zip other than a.
func (a *Artifact) checkDigest(v store.LayerVersion) error {
	if a.SHA256 == "" || a.SHA256 == hexDigest(v.CodeSHA256) {
		return nil
	}
	return &fault.Error{Kind: fault.Destination, Subject: v.ARN,
		Message: fmt.Sprintf("%s has the wrong content: the SHA-256 of its zip is %s, not %s", v.ARN, hexDigest(v.CodeSHA256), a.SHA256),
		Details: []string{"the zip in the bucket was damaged or replaced before Lambda copied it"},
		Hints:   []string{"delete version " + strconv.FormatInt(v.Version, 10) + " and the zip in the bucket, then publish the layer again: lamella deploy"}}
}

// emptyZip is the size in bytes of a zip without entries: an end record alone.
const emptyZip = 22

// check returns an error for a zip without files.
func (a *Artifact) check() error {
	if a.Size != emptyZip {
		return nil
	}
	subject := cmp.Or(a.Path, a.Key, "the zip with the SHA-256 "+a.SHA256)
	return &fault.Error{Kind: fault.Layer, Subject: subject, Sentinel: layer.ErrEmpty,
		Message: subject + " contains no files, and Lambda does not accept empty layers",
		Hints:   []string{"check the excluded files and distributions (--exclude) and the selected groups and extras", "list what the lock file requires: lamella tree"}}
}

// sameText reports whether a and b differ at most in their line endings (LF, CR LF, or CR).
func sameText(a, b []byte) bool {
	return bytes.Equal(a, b) || bytes.Equal(unixLines(a), unixLines(b))
}

func unixLines(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
}
