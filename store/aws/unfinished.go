package aws

import (
	"context"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/lamella-build/lamella/store"
)

// Unfinished implements store.Unfinisher with ListMultipartUploads, which requires
// s3:ListBucketMultipartUploads on the bucket itself.
func (o *Objects) Unfinished(ctx context.Context, prefix string) ([]store.Unfinished, error) {
	var now time.Time
	id := func(u types.MultipartUpload) string {
		return awssdk.ToString(u.Key) + "\n" + awssdk.ToString(u.UploadId)
	}
	uploads, err := list("ListMultipartUploads", id, func(marker *string) ([]types.MultipartUpload, *string, error) {
		in := &s3.ListMultipartUploadsInput{Bucket: str(o.prefix.Bucket), Prefix: optional(o.prefix.Key(prefix))}
		if marker != nil {
			key, upload, _ := strings.Cut(*marker, "\n")
			in.KeyMarker, in.UploadIdMarker = str(key), optional(upload)
		}
		out, err := o.client().ListMultipartUploads(ctx, in)
		if err != nil {
			return nil, nil, err
		}
		now = served(out.ResultMetadata)
		if !awssdk.ToBool(out.IsTruncated) {
			return out.Uploads, nil, nil
		}
		return out.Uploads, str(awssdk.ToString(out.NextKeyMarker) + "\n" + awssdk.ToString(out.NextUploadIdMarker)), nil
	})
	if err != nil {
		return nil, explain(err, request{op: "list the unfinished uploads to", subject: o.Location(prefix).URI, action: "s3:ListBucketMultipartUploads",
			region: o.region, bucket: o.prefix.Bucket, resource: "arn:" + partition(o.region) + ":s3:::" + o.prefix.Bucket})
	}
	if now.IsZero() {
		now = time.Now()
	}
	var unfinished []store.Unfinished
	for _, u := range uploads {
		unfinished = append(unfinished, store.Unfinished{
			Key: strings.TrimPrefix(awssdk.ToString(u.Key), o.prefix.Key("")),
			ID:  awssdk.ToString(u.UploadId),
			Age: now.Sub(awssdk.ToTime(u.Initiated)),
		})
	}
	return unfinished, nil
}

// Abort implements store.Unfinisher with AbortMultipartUpload.
func (o *Objects) Abort(ctx context.Context, upload store.Unfinished) error {
	_, err := o.client().AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
		Bucket: str(o.prefix.Bucket), Key: str(o.prefix.Key(upload.Key)), UploadId: str(upload.ID)})
	if err != nil && errorCode(err) != "NoSuchUpload" {
		return o.explain(err, "abort the upload of", "s3:AbortMultipartUpload", upload.Key)
	}
	return nil
}

var _ store.Unfinisher = (*Objects)(nil)
