package aws

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/store"
)

// Objects implements store.Objects for a prefix in a bucket.
type Objects struct {
	prefix store.Prefix
	region string
	kmsKey string // "" leaves encryption to the bucket
	sse    string // "" means aws:kms if there is a key
	acl    string // "" for none
	client func() *s3.Client
}

// Head implements store.Objects with HeadObject.
func (o *Objects) Head(ctx context.Context, key string) (store.Object, error) {
	out, err := o.client().HeadObject(ctx, &s3.HeadObjectInput{
		Bucket: str(o.prefix.Bucket), Key: str(o.prefix.Key(key)), ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		return store.Object{}, o.explain(err, "read", "s3:GetObject", key)
	}
	return store.Object{
		Size:        awssdk.ToInt64(out.ContentLength),
		ETag:        unquote(out.ETag),
		ContentType: awssdk.ToString(out.ContentType),
		Metadata:    lowerKeys(out.Metadata),
		Modified:    awssdk.ToTime(out.LastModified),
		Served:      served(out.ResultMetadata),
		SHA256:      wholeChecksum(out.ChecksumSHA256, out.ETag),
	}, nil
}

// Get implements store.Objects with GetObject. It repeats the request if the body is cut
// off.
func (o *Objects) Get(ctx context.Context, key string) ([]byte, store.Object, error) {
	for attempt := 1; ; attempt++ {
		out, err := o.open(ctx, key)
		if err != nil {
			return nil, store.Object{}, err
		}
		data, err := bound.ReadAll(out.Body, bound.Document, "objects other than zips")
		_ = out.Body.Close()
		object := described(out)
		if err == nil {
			err = o.wholeBody(data, object, out.ServerSideEncryption)
		}
		switch {
		case err == nil:
			return data, object, nil
		case attempt == readAttempts || ctx.Err() != nil || errors.As(err, new(*bound.Exceeded)):
			return nil, store.Object{}, o.explain(err, "read", "s3:GetObject", key)
		}
	}
}

// Open implements store.Objects with GetObject. The SDK verifies the body with S3's checksum
// if the checksum covers the whole object.
func (o *Objects) Open(ctx context.Context, key string) (io.ReadCloser, store.Object, error) {
	out, err := o.open(ctx, key)
	if err != nil {
		return nil, store.Object{}, err
	}
	return out.Body, described(out), nil
}

func (o *Objects) open(ctx context.Context, key string) (*s3.GetObjectOutput, error) {
	out, err := o.client().GetObject(ctx, &s3.GetObjectInput{
		Bucket: str(o.prefix.Bucket), Key: str(o.prefix.Key(key))})
	if err != nil {
		return nil, o.explain(err, "read", "s3:GetObject", key)
	}
	return out, nil
}

// described returns the description of the object in a response.
func described(out *s3.GetObjectOutput) store.Object {
	return store.Object{
		Size:        awssdk.ToInt64(out.ContentLength),
		ETag:        unquote(out.ETag),
		ContentType: awssdk.ToString(out.ContentType),
		Metadata:    lowerKeys(out.Metadata),
		Modified:    awssdk.ToTime(out.LastModified),
		Served:      served(out.ResultMetadata),
		SHA256:      wholeChecksum(out.ChecksumSHA256, out.ETag),
	}
}

// Put implements store.Objects with one PutObject or, for a large object that may be split,
// with a multipart upload. S3 verifies the SHA-256.
func (o *Objects) Put(ctx context.Context, key string, body store.Body) (etag string, err error) {
	if body.Multipart && body.Size > multipartAbove {
		return o.putParts(ctx, key, body)
	}
	in := &s3.PutObjectInput{
		Bucket: str(o.prefix.Bucket), Key: str(o.prefix.Key(key)),
		Body:              newProgress(body.Progress).reader(body.Reader, 0, body.Size),
		ContentLength:     awssdk.Int64(body.Size),
		ContentType:       optional(body.ContentType),
		Metadata:          body.Metadata,
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
		ChecksumSHA256:    str(base64.StdEncoding.EncodeToString(body.SHA256)),
	}
	in.ServerSideEncryption, in.SSEKMSKeyId = o.encryption()
	in.ACL = types.ObjectCannedACL(o.acl)
	in.IfNoneMatch, in.IfMatch = conditions(body)
	out, err := o.client().PutObject(ctx, in, payloadHash(body.SHA256), retryConflicts)
	if err != nil {
		return "", o.explainWrite(err, key, body)
	}
	return unquote(out.ETag), nil
}

// conditions returns the headers If-None-Match and If-Match of a write (S3 user guide,
// "Conditional writes").
func conditions(body store.Body) (ifNoneMatch, ifMatch *string) {
	if body.IfAbsent {
		ifNoneMatch = str("*")
	}
	if body.IfMatch != "" {
		ifMatch = str(`"` + body.IfMatch + `"`)
	}
	return ifNoneMatch, ifMatch
}

// Location implements store.Objects.
func (o *Objects) Location(key string) store.Location {
	key = o.prefix.Key(key)
	return store.Location{Bucket: o.prefix.Bucket, Key: key, URI: "s3://" + o.prefix.Bucket + "/" + key}
}

// payloadHash signs a body with its known digest. Otherwise, the SDK would read the body
// twice over connections without TLS.
func payloadHash(sum []byte) func(*s3.Options) {
	set := middleware.FinalizeMiddlewareFunc("lamellaPayloadHash", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		return next.HandleFinalize(v4.SetPayloadHash(ctx, hex.EncodeToString(sum)), in)
	})
	return s3.WithAPIOptions(func(s *middleware.Stack) error { return s.Finalize.Add(set, middleware.Before) })
}

// conflict is the code of a 409 response: another conditional write of the key was in
// progress.
const conflict = "ConditionalRequestConflict"

// retryConflicts repeats a PutObject after a conflict (S3 user guide, "Conditional writes").
// After a conflict in CompleteMultipartUpload, Assemble uploads the parts again instead.
func retryConflicts(o *s3.Options) { o.Retryer = retry.AddWithErrorCodes(o.Retryer, conflict) }

// served returns the time of the response by the service's own clock.
func served(metadata middleware.Metadata) time.Time {
	at, _ := awsmiddleware.GetServerTime(metadata) // zero if the response has none
	return at
}

func unquote(etag *string) string { return strings.Trim(awssdk.ToString(etag), `"`) }

// wholeChecksum decodes the SHA-256 of an object. It returns nil for an object uploaded in
// parts, whose checksum is computed from the checksums of the parts. The ETag of such an
// object has the form "…-3".
func wholeChecksum(s, etag *string) []byte {
	sum, err := base64.StdEncoding.DecodeString(awssdk.ToString(s))
	if err != nil || len(sum) != 32 || strings.Contains(awssdk.ToString(etag), "-") {
		return nil
	}
	return sum
}

func lowerKeys(m map[string]string) map[string]string {
	lower := make(map[string]string, len(m))
	for k, v := range m {
		lower[strings.ToLower(k)] = v
	}
	return lower
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
