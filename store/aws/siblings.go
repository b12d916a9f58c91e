package aws

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/lamella-build/lamella/store"
)

// Tail implements store.Assembler with GetObject and a range. It repeats the request if the
// body is cut off.
func (o *Objects) Tail(ctx context.Context, key string, n int64) ([]byte, store.Object, error) {
	for attempt := 1; ; attempt++ {
		out, err := o.client().GetObject(ctx, &s3.GetObjectInput{
			Bucket: str(o.prefix.Bucket), Key: str(o.prefix.Key(key)), Range: str(fmt.Sprintf("bytes=-%d", n))})
		if err != nil {
			return nil, store.Object{}, o.explain(err, "read", "s3:GetObject", key)
		}
		// A server without support for ranges would send the whole object.
		data, err := io.ReadAll(io.LimitReader(out.Body, n+1))
		_ = out.Body.Close()
		object := described(out)
		if err == nil {
			object.Size, err = tailOf(awssdk.ToString(out.ContentRange), int64(len(data)))
		}
		switch {
		case err == nil:
			return data, object, nil
		case attempt == readAttempts || ctx.Err() != nil:
			return nil, store.Object{}, o.explain(err, "read", "s3:GetObject", key)
		}
	}
}

// tailOf returns the size of an object, given the Content-Range of its last length bytes.
func tailOf(contentRange string, length int64) (size int64, err error) {
	var first, last int64
	if _, err := fmt.Sscanf(contentRange, "bytes %d-%d/%d", &first, &last, &size); err != nil || last+1 != size || size-first != length {
		return 0, &incomplete{"GetObject", fmt.Sprintf("it has %d bytes, but the Content-Range %q", length, contentRange), nil}
	}
	return size, nil
}

// mostSiblings is the maximum number of results of Siblings.
const mostSiblings = 4

// Siblings implements store.Assembler with one page of ListObjectsV2.
func (o *Objects) Siblings(ctx context.Context) ([]store.Objects, error) {
	parent, own := path.Split(o.prefix.Path)
	if own == "" {
		return nil, nil
	}
	out, err := o.client().ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: str(o.prefix.Bucket), Prefix: optional(parent), Delimiter: str("/")})
	if err != nil {
		return nil, o.explainList(err, "s3://"+o.prefix.Bucket+"/"+parent)
	}
	var names []string
	for _, p := range out.CommonPrefixes {
		if name := strings.TrimSuffix(strings.TrimPrefix(awssdk.ToString(p.Prefix), parent), "/"); name != "" && name != own {
			names = append(names, name)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(inCommon(b, own), inCommon(a, own)) })
	var siblings []store.Objects
	for _, name := range names[:min(len(names), mostSiblings)] {
		sibling := *o
		sibling.prefix.Path = parent + name
		siblings = append(siblings, &sibling)
	}
	return siblings, nil
}

// inCommon returns the length in bytes of the common prefix of two names.
func inCommon(a, b string) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

var _ store.Assembler = (*Objects)(nil)
