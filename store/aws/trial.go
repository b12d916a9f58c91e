package aws

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// Unreachable reports whether err means that a request got no response.
func Unreachable(err error) bool {
	for _, e := range []error{err, sentinel(err)} {
		if errors.As(e, new(*net.DNSError)) || errors.As(e, new(*smithyhttp.RequestSendError)) || errors.Is(e, context.DeadlineExceeded) {
			return true
		}
	}
	return false
}

// sentinel returns the sentinel of an explained error, or nil if it has none.
func sentinel(err error) error {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.Sentinel
	}
	return nil
}

// TryList sends a ListObjectsV2 request for one object, which shows whether the bucket
// exists and may be listed.
func (o *Objects) TryList(ctx context.Context) error {
	_, err := o.client().ListObjectsV2(ctx, &s3.ListObjectsV2Input{
		Bucket: str(o.prefix.Bucket), Prefix: optional(o.prefix.Key("")), MaxKeys: awssdk.Int32(1)})
	if err != nil {
		return o.explainList(err, o.Location("").URI)
	}
	return nil
}

// TryRegion gets the bucket's region with HeadBucket. It returns an error if that is not the
// region of the requests, because Lambda reads only from buckets in its own region. It
// returns nil if the server does not name a region.
func (o *Objects) TryRegion(ctx context.Context) error {
	out, err := o.client().HeadBucket(ctx, &s3.HeadBucketInput{Bucket: str(o.prefix.Bucket)})
	if err != nil {
		return o.explainList(err, o.Location("").URI)
	}
	there := awssdk.ToString(out.BucketRegion)
	if there == "" || there == o.region {
		return nil
	}
	d := otherRegion(o.prefix.Bucket, there, o.region)
	return &fault.Error{Kind: fault.Destination, Subject: "s3://" + o.prefix.Bucket, Message: d.message, Hints: d.hints}
}

// TryPut sends a conditional PutObject request that requires an ETag that no object has, so
// it changes nothing. No object may exist at key. The error says whether the object could
// have been written.
func (o *Objects) TryPut(ctx context.Context, key string) error {
	sum := sha256.Sum256(nil)
	_, err := o.Put(ctx, key, store.Body{Reader: bytes.NewReader(nil), SHA256: sum[:], IfMatch: strings.Repeat("0", 32)})
	if errors.Is(err, store.ErrChanged) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(&fault.Error{Kind: fault.Destination, Subject: o.Location(key).URI, Message: "the S3 server ignores If-Match, which lamella needs",
		Hints: []string{"use Amazon S3, or a server that supports conditional writes (If-None-Match, If-Match)"}}, o.Delete(ctx, key))
}

// noBucket is a name that no bucket can have (S3 user guide, "General purpose bucket naming
// rules").
const noBucket = "no_bucket_of_lamella_doctor"

// TryPublish sends a PublishLayerVersion request for a zip in a bucket that does not exist.
// Lambda rejects it after checking the permission, so no version is published.
func (l *Layers) TryPublish(ctx context.Context, name string) error {
	v, err := l.publish(ctx, store.Publication{Name: name, Content: store.Location{Bucket: noBucket, Key: "layer.zip"}})
	switch code := errorCode(err); {
	case err == nil:
		return errors.Join(&fault.Error{Kind: fault.Destination, Subject: v.ARN,
			Message: fmt.Sprintf("the Lambda server published version %d of layer %s from a zip that does not exist", v.Version, name),
			Hints:   []string{"use AWS Lambda, or a server that checks the zip"}}, l.Delete(ctx, name, v.Version))
	case code == "InvalidParameterValueException" || code == "ValidationException":
		return nil
	}
	return err
}
