package aws

import (
	"context"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/lamella-build/lamella/store"
)

// CopyFrom implements store.Copier with CopyObject, which also reads from buckets in other
// regions. S3 computes the copy's SHA-256 even if the source has none. Objects of up to
// 5 GB can be copied in one request (S3 API reference, CopyObject).
func (o *Objects) CopyFrom(ctx context.Context, from store.Location, key string) error {
	in := &s3.CopyObjectInput{
		Bucket: str(o.prefix.Bucket), Key: str(o.prefix.Key(key)),
		CopySource:        copySource(from),
		MetadataDirective: types.MetadataDirectiveCopy,
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
		IfNoneMatch:       str("*"),
	}
	in.ServerSideEncryption, in.SSEKMSKeyId = o.encryption()
	in.ACL = types.ObjectCannedACL(o.acl)
	if _, err := o.client().CopyObject(ctx, in, retryConflicts); err != nil {
		return o.explainWrite(err, key, store.Body{IfAbsent: true})
	}
	return nil
}

// copySource returns the value of x-amz-copy-source. It encodes everything except slashes,
// because servers interpret "+" differently.
func copySource(from store.Location) *string {
	escaped := url.QueryEscape(from.Bucket + "/" + from.Key)
	return str(strings.NewReplacer("+", "%20", "%2F", "/").Replace(escaped))
}

var _ store.Copier = (*Objects)(nil)
