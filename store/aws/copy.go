package aws

import (
	"context"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/lamella-build/lamella/store"
)

// CopyFrom implements store.Copier with CopyObject, which reads from buckets in
// other regions, too. S3 computes the copy's SHA-256, whether the source had one
// or not. An object sent in one request may be copied in one, up to 5 GB (S3 API
// reference, CopyObject).
func (o *Objects) CopyFrom(ctx context.Context, from store.Location, key string) error {
	in := &s3.CopyObjectInput{
		Bucket: str(o.home.Bucket), Key: str(o.home.Key(key)),
		CopySource:        str(url.PathEscape(from.Bucket) + "/" + (&url.URL{Path: from.Key}).EscapedPath()),
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

var _ store.Copier = (*Objects)(nil)
