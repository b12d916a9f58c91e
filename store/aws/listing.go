package aws

import (
	"cmp"
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/lamella-build/lamella/store"
)

// List implements store.Objects with ListObjectsV2, which requires s3:ListBucket on the
// bucket itself.
func (o *Objects) List(ctx context.Context, prefix string) ([]store.Listed, error) {
	objects, err := list("ListObjectsV2", func(object types.Object) string { return awssdk.ToString(object.Key) },
		func(marker *string) ([]types.Object, *string, error) {
			out, err := o.client().ListObjectsV2(ctx, &s3.ListObjectsV2Input{
				Bucket: str(o.prefix.Bucket), Prefix: optional(o.prefix.Key(prefix)), ContinuationToken: marker})
			switch {
			case err != nil:
				return nil, nil, err
			case !awssdk.ToBool(out.IsTruncated):
				return out.Contents, nil, nil
			}
			return out.Contents, out.NextContinuationToken, nil
		})
	if err != nil {
		return nil, o.explainList(err, o.Location(prefix).URI)
	}
	var listed []store.Listed
	for _, object := range objects {
		listed = append(listed, store.Listed{
			Key:      strings.TrimPrefix(awssdk.ToString(object.Key), o.prefix.Key("")),
			Size:     awssdk.ToInt64(object.Size),
			Modified: awssdk.ToTime(object.LastModified),
		})
	}
	// Directory buckets do not sort their listings.
	slices.SortFunc(listed, func(a, b store.Listed) int { return cmp.Compare(a.Key, b.Key) })
	return listed, nil
}

// explainList is like explain, for a listing.
func (o *Objects) explainList(err error, uri string) error {
	return explain(err, request{op: "list", subject: uri, action: "s3:ListBucket", region: o.region,
		bucket: o.prefix.Bucket, resource: "arn:" + partition(o.region) + ":s3:::" + o.prefix.Bucket})
}

// Delete implements store.Objects with DeleteObject. If the bucket has versioning, it keeps
// the object behind a delete marker.
func (o *Objects) Delete(ctx context.Context, key string) error {
	_, err := o.client().DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: str(o.prefix.Bucket), Key: str(o.prefix.Key(key))})
	if err != nil {
		return o.explain(err, "delete", "s3:DeleteObject", key)
	}
	return nil
}

// Versioned implements store.Versioning with GetBucketVersioning.
func (o *Objects) Versioned(ctx context.Context) (bool, error) {
	out, err := o.client().GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: str(o.prefix.Bucket)})
	if err != nil {
		return false, explain(err, request{op: "read the versioning of", subject: "bucket " + o.prefix.Bucket, action: "s3:GetBucketVersioning",
			region: o.region, bucket: o.prefix.Bucket, resource: "arn:" + partition(o.region) + ":s3:::" + o.prefix.Bucket})
	}
	return out.Status == types.BucketVersioningStatusEnabled, nil
}
