package aws

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/store"
)

const (
	multipartAbove = 16 << 20 // bytes
	partSize       = 8 << 20  // bytes; S3 takes 5 MiB and more, 10,000 of them
	partsAtATime   = 5
	abortTimeout   = 10 * time.Second
	conflictRounds = 3
)

// putParts sends an object in parts. If a conditional write of the same key was
// under way when it completed, S3 has dropped the parts and wants them again.
func (o *Objects) putParts(ctx context.Context, key string, body store.Body) (etag string, err error) {
	for round := 1; ; round++ {
		etag, err = o.putPartsOnce(ctx, key, body)
		if err != nil && errorCode(err) == conflict && round < conflictRounds {
			if err := sleep(ctx, time.Duration(round)*200*time.Millisecond); err != nil {
				return "", err
			}
			continue
		}
		if err != nil {
			return "", o.explainWrite(err, key, body)
		}
		return etag, nil
	}
}

func (o *Objects) putPartsOnce(ctx context.Context, key string, body store.Body) (etag string, err error) {
	bucket, name := str(o.home.Bucket), str(o.home.Key(key))
	create := &s3.CreateMultipartUploadInput{
		Bucket: bucket, Key: name,
		ContentType:       optional(body.ContentType),
		Metadata:          body.Metadata,
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
	}
	create.ServerSideEncryption, create.SSEKMSKeyId = o.encryption()
	create.ACL = types.ObjectCannedACL(o.acl)
	upload, err := o.client().CreateMultipartUpload(ctx, create)
	if err != nil {
		return "", err
	}
	defer func() {
		if err == nil {
			return
		}
		// Parts cost money until they are removed, also after Ctrl-C.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortTimeout)
		defer cancel()
		_, _ = o.client().AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: bucket, Key: name, UploadId: upload.UploadId})
	}()

	parts, err := o.sendParts(ctx, key, awssdk.ToString(upload.UploadId), body)
	if err != nil {
		return "", err
	}
	complete := &s3.CompleteMultipartUploadInput{
		Bucket: bucket, Key: name, UploadId: upload.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	}
	complete.IfNoneMatch, complete.IfMatch = conditions(body)
	out, err := o.client().CompleteMultipartUpload(ctx, complete)
	if errorCode(err) == "NoSuchUpload" {
		// The upload was completed before, and the answer got lost.
		if there, headErr := o.Head(ctx, key); headErr == nil && there.Size == body.Size {
			return there.ETag, nil
		}
	}
	if err != nil {
		return "", err
	}
	return unquote(out.ETag), nil
}

func (o *Objects) sendParts(ctx context.Context, key, uploadID string, body store.Body) ([]types.CompletedPart, error) {
	counter := newProgress(body.Progress)
	parts := make([]types.CompletedPart, (body.Size+partSize-1)/partSize)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(partsAtATime)
	for i := range parts {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			offset := int64(i) * partSize
			size := min(partSize, body.Size-offset)
			hash := sha256.New()
			if n, err := io.Copy(hash, io.NewSectionReader(body.Reader, offset, size)); err != nil {
				return err
			} else if n < size {
				return errShortRead
			}
			sum := hash.Sum(nil)
			number, checksum := awssdk.Int32(int32(i+1)), str(base64.StdEncoding.EncodeToString(sum))
			out, err := o.client().UploadPart(ctx, &s3.UploadPartInput{
				Bucket: str(o.home.Bucket), Key: str(o.home.Key(key)), UploadId: str(uploadID), PartNumber: number,
				Body:              counter.reader(body.Reader, offset, size),
				ContentLength:     awssdk.Int64(size),
				ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
				ChecksumSHA256:    checksum,
			}, payloadHash(sum))
			if err != nil {
				return err
			}
			parts[i] = types.CompletedPart{PartNumber: number, ETag: out.ETag, ChecksumSHA256: checksum}
			return nil
		})
	}
	return parts, group.Wait()
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
