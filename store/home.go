package store

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/lamella-build/lamella/fault"
)

// Home is the place of one layer's objects: a bucket and a prefix in it.
type Home struct {
	Bucket string
	Prefix string // no slash at either end; "" is the whole bucket
}

// bucketName is the general rule of the S3 user guide, page "General purpose
// bucket naming rules", less strict where old buckets are.
var bucketName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{1,253}[a-zA-Z0-9]$`)

// ParseHome reads "s3://bucket/prefix", in which "{layer}" stands for the
// layer's name. The error is a fault.Error of Kind Usage.
func ParseHome(uri, layer string) (Home, error) {
	refuse := func(format string, args ...any) (Home, error) {
		return Home{}, &fault.Error{Kind: fault.Usage, Op: "read", Subject: fmt.Sprintf("home %q", uri), Err: fmt.Errorf(format, args...),
			Hints: []string{"give it as --home s3://BUCKET/PREFIX, or home = \"s3://BUCKET/PREFIX\" in [tool.lamella]"}}
	}
	rest, ok := strings.CutPrefix(strings.ReplaceAll(uri, "{layer}", layer), "s3://")
	if !ok {
		return refuse("it does not start with s3://")
	}
	bucket, prefix, _ := strings.Cut(rest, "/")
	prefix = strings.Trim(prefix, "/")
	if !bucketName.MatchString(bucket) {
		return refuse("%q is no name of a bucket", bucket)
	}
	if prefix == "." || prefix != "" && !fs.ValidPath(prefix) {
		return refuse("the prefix %q has an empty, \".\" or \"..\" part", prefix)
	}
	return Home{Bucket: bucket, Prefix: prefix}, nil
}

// Key returns the whole key of an object whose key in the home is key.
func (h Home) Key(key string) string {
	if h.Prefix == "" {
		return key
	}
	return h.Prefix + "/" + key
}
