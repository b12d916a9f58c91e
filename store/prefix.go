package store

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/lamella-build/lamella/fault"
)

// Prefix is an S3 prefix: a bucket, and what the keys of one layer's objects in it begin
// with.
type Prefix struct {
	Bucket string
	Path   string // without a slash at either end; "" for the whole bucket
}

// bucketName follows the S3 user guide, "General purpose bucket naming rules", but also
// permits the names of old buckets.
var bucketName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{1,253}[a-zA-Z0-9]$`)

// ParsePrefix parses "s3://bucket/path". The error is a fault.Error of Kind Usage.
func ParsePrefix(uri string) (Prefix, error) {
	refuse := func(format string, args ...any) (Prefix, error) {
		return Prefix{}, &fault.Error{Kind: fault.Usage, Subject: uri, Message: fmt.Sprintf(format, args...),
			Hints: []string{"--to s3://BUCKET/PREFIX, or to = \"s3://BUCKET/PREFIX\" in [tool.lamella]"}}
	}
	rest, ok := strings.CutPrefix(uri, "s3://")
	if !ok {
		return refuse("%q does not start with s3://", uri)
	}
	bucket, path, _ := strings.Cut(rest, "/")
	path = strings.Trim(path, "/")
	if !bucketName.MatchString(bucket) {
		return refuse("%q in %q is not a valid bucket name", bucket, uri)
	}
	if path == "." || path != "" && !fs.ValidPath(path) {
		return refuse("the prefix %q in %q has an empty, \".\" or \"..\" part", path, uri)
	}
	return Prefix{Bucket: bucket, Path: path}, nil
}

// Key returns the full key of the object with this key below the prefix.
func (p Prefix) Key(key string) string {
	if p.Path == "" {
		return key
	}
	return p.Path + "/" + key
}
