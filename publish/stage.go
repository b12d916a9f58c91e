package publish

import (
	"context"
	"encoding/hex"
	"errors"
	"os"

	"github.com/lamella-build/lamella/store"
)

// Stage stores the zip a.Path as layer/layer.zip, with the MD5 of m in its metadata as
// manifest_md5. The Python packages aws_lambda_artifact_builder and aws_lbd_art_builder_core
// look there for a zip to publish. Stage replaces any other zip there, and sends nothing if
// the zip is already there.
func Stage(ctx context.Context, d Destination, a Artifact, m Manifest) (Uploaded, error) {
	if err := a.check(); err != nil {
		return Uploaded{}, err
	}
	up := Uploaded{Artifact: a, URI: d.Objects.Location(stagedKey).URI}
	up.Key = stagedKey
	f, err := os.Open(a.Path)
	if err != nil {
		return up, errUnreadable(a, err)
	}
	defer f.Close()
	sum, err := verify(f, a)
	if err != nil {
		return up, err
	}
	body := store.Body{Reader: f, Size: a.Size, SHA256: sum, ContentType: "application/zip", Multipart: true,
		Metadata: map[string]string{metaManifest: m.MD5()}}
	old, err := d.Objects.Head(ctx, stagedKey)
	switch {
	case errors.Is(err, store.ErrNotExist):
		body.IfAbsent = true
	case err != nil:
		return up, err
	case hex.EncodeToString(old.SHA256) == a.SHA256 && old.Metadata[metaManifest] == m.MD5():
		return up, nil
	default:
		body.IfMatch = old.ETag
	}
	_, err = d.Objects.Put(ctx, stagedKey, body)
	up.Sent = err == nil
	return up, err
}
