package aws

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/lamella-build/lamella/store"
)

// BeginParts implements store.PartWriter with CreateMultipartUpload.
func (o *Objects) BeginParts(ctx context.Context, key string, body store.Body) (store.Unfinished, error) {
	out, err := o.createUpload(ctx, key, body)
	if err != nil {
		return store.Unfinished{}, o.explainWrite(err, key, body)
	}
	return store.Unfinished{Key: key, ID: awssdk.ToString(out.UploadId)}, nil
}

// SendPart implements store.PartWriter with UploadPart. S3 verifies the SHA-256.
func (o *Objects) SendPart(ctx context.Context, upload store.Unfinished, number int, r io.ReaderAt, offset, size int64) (store.SentPart, error) {
	a := &assembly{o: o, bucket: str(o.prefix.Bucket), name: str(o.prefix.Key(upload.Key)), upload: str(upload.ID),
		body: store.Body{Reader: r}, counter: newProgress(nil)}
	sum, err := a.digest(sha256.New(), offset, size)
	if err != nil {
		return store.SentPart{}, err
	}
	part, err := a.sendPart(ctx, awssdk.Int32(int32(number)), offset, size, sum)
	if err != nil {
		return store.SentPart{}, o.explainWrite(err, upload.Key, a.body)
	}
	return store.SentPart{Number: number, ETag: awssdk.ToString(part.ETag), SHA256: sum}, nil
}

// CompleteParts implements store.PartWriter with CompleteMultipartUpload and If-None-Match.
func (o *Objects) CompleteParts(ctx context.Context, upload store.Unfinished, parts []store.SentPart) (etag string, err error) {
	body := store.Body{IfAbsent: true}
	completed := make([]types.CompletedPart, len(parts))
	for i, p := range parts {
		completed[i] = types.CompletedPart{PartNumber: awssdk.Int32(int32(p.Number)), ETag: str(p.ETag),
			ChecksumSHA256: str(base64.StdEncoding.EncodeToString(p.SHA256))}
	}
	etag, err = o.completeUpload(ctx, upload.Key, str(upload.ID), completed, body)
	if err != nil {
		return "", o.explainWrite(err, upload.Key, body)
	}
	return etag, nil
}

var _ store.PartWriter = (*Objects)(nil)
