package aws

import (
	"context"
	"errors"
	"slices"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/store"
)

const (
	multipartAbove = 16 << 20 // bytes
	partSize       = 8 << 20  // bytes; S3 accepts up to 10,000 parts of at least 5 MiB
	partsAtATime   = 5
	abortTimeout   = 10 * time.Second
	conflictRounds = 3
)

// putParts uploads an object in parts.
func (o *Objects) putParts(ctx context.Context, key string, body store.Body) (etag string, err error) {
	assembled, err := o.Assemble(ctx, key, body, evenParts(body.Size))
	return assembled.ETag, err
}

// evenParts divides size bytes into parts of partSize bytes.
func evenParts(size int64) []store.Part {
	parts := make([]store.Part, (size+partSize-1)/partSize)
	for i := range parts {
		parts[i].Size = min(partSize, size-int64(i)*partSize)
	}
	return parts
}

// Assemble implements store.Assembler with a multipart upload. If another conditional write
// of the key is in progress when the upload completes, S3 discards the parts, and Assemble
// uploads them again. If a server rejects an upload with copied parts, or with parts of
// different sizes, Assemble uploads the whole object.
func (o *Objects) Assemble(ctx context.Context, key string, body store.Body, parts []store.Part) (store.Assembled, error) {
	var refused error
	for round := 1; ; round++ {
		assembled, err := o.assembleOnce(ctx, key, body, parts)
		switch {
		case err == nil:
			assembled.Refused = errors.Join(refused, assembled.Refused)
			return assembled, nil
		case errorCode(err) == conflict && round < conflictRounds:
			if err := sleep(ctx, time.Duration(round)*200*time.Millisecond); err != nil {
				return store.Assembled{}, err
			}
		case assembled.Copied > 0 && slices.Contains([]int{400, 404, 405, 501}, statusCode(err)):
			refused, parts = err, evenParts(body.Size)
		default:
			return store.Assembled{}, o.explainWrite(err, key, body)
		}
	}
}

// assembleOnce makes one upload. The result is valid even if there is an error.
func (o *Objects) assembleOnce(ctx context.Context, key string, body store.Body, parts []store.Part) (_ store.Assembled, err error) {
	bucket, name := str(o.prefix.Bucket), str(o.prefix.Key(key))
	upload, err := o.createUpload(ctx, key, body)
	if err != nil {
		return store.Assembled{}, err
	}
	defer func() {
		if err == nil {
			return
		}
		// S3 bills for parts until they are deleted, so this runs even after Ctrl-C.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
		defer cancel()
		_, _ = o.client().AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: bucket, Key: name, UploadId: upload.UploadId})
	}()

	a := &assembly{o: o, bucket: bucket, name: name, upload: upload.UploadId, body: body, counter: newProgress(body.Progress)}
	completed, err := a.parts(ctx, parts)
	if err != nil {
		return a.assembled(""), err
	}
	etag, err := o.completeUpload(ctx, key, upload.UploadId, completed, body)
	if errorCode(err) == "NoSuchUpload" {
		// The upload had already been completed, but the response was lost.
		if there, headErr := o.Head(ctx, key); headErr == nil && there.Size == body.Size {
			return a.assembled(there.ETag), nil
		}
	}
	if err != nil {
		return a.assembled(""), err
	}
	return a.assembled(etag), nil
}

// createUpload begins a multipart upload of body to key.
func (o *Objects) createUpload(ctx context.Context, key string, body store.Body) (*s3.CreateMultipartUploadOutput, error) {
	create := &s3.CreateMultipartUploadInput{
		Bucket: str(o.prefix.Bucket), Key: str(o.prefix.Key(key)),
		ContentType:       optional(body.ContentType),
		Metadata:          body.Metadata,
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
	}
	create.ServerSideEncryption, create.SSEKMSKeyId = o.encryption()
	create.ACL = types.ObjectCannedACL(o.acl)
	return o.client().CreateMultipartUpload(ctx, create)
}

// completeUpload completes a multipart upload and returns the ETag of the object.
func (o *Objects) completeUpload(ctx context.Context, key string, id *string, parts []types.CompletedPart, body store.Body) (string, error) {
	complete := &s3.CompleteMultipartUploadInput{
		Bucket: str(o.prefix.Bucket), Key: str(o.prefix.Key(key)), UploadId: id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	}
	complete.IfNoneMatch, complete.IfMatch = conditions(body)
	out, err := o.client().CompleteMultipartUpload(ctx, complete)
	if err != nil {
		return "", err
	}
	return unquote(out.ETag), nil
}

// parts uploads or copies the parts, several at a time. Uploads start first, because they
// take longest.
func (a *assembly) parts(ctx context.Context, parts []store.Part) ([]types.CompletedPart, error) {
	completed := make([]types.CompletedPart, len(parts))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(partsAtATime)
	for _, copied := range []bool{false, true} {
		offset := int64(0)
		for i, p := range parts {
			at := offset
			offset += p.Size
			if copied != (p.From != nil) {
				continue
			}
			group.Go(func() (err error) {
				if err := ctx.Err(); err != nil {
					return err
				}
				completed[i], err = a.part(ctx, awssdk.Int32(int32(i+1)), at, p)
				return err
			})
		}
	}
	return completed, group.Wait()
}

// sleep waits for d. If ctx ends first, it returns the cause.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
