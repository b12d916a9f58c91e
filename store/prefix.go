package store

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"sync"

	"github.com/lamella-build/lamella/fault"
)

// Prefix is an S3 prefix: a bucket, and the common beginning of the keys of one layer's
// objects in it.
type Prefix struct {
	Bucket string
	Path   string // without a slash at either end; "" for the whole bucket
}

// bucketName and ipAddress follow the S3 user guide, "General purpose bucket naming rules".
var (
	bucketName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`) })
	ipAddress  = regexp.MustCompile(`^[0-9]+(\.[0-9]+){3}$`)
)

// wrongBucket returns why no bucket can have this name, or "" if the name is valid.
func wrongBucket(name string) string {
	switch {
	case name == "":
		return "it is empty"
	case len(name) < 3 || len(name) > 63:
		return fmt.Sprintf("it has %d characters, but must have 3 to 63", len(name))
	case strings.ToLower(name) != name:
		return "it has capital letters"
	case !bucketName().MatchString(name):
		return "it must contain only lower-case letters, digits, dots, and hyphens, and begin and end with a letter or digit"
	case strings.Contains(name, ".."):
		return "it has two dots in a row"
	case ipAddress.MatchString(name):
		return "it looks like an IP address"
	}
	return ""
}

// ParsePrefix parses "s3://bucket/path". The error is a fault.Error of Kind Usage.
func ParsePrefix(uri string) (Prefix, error) {
	refuse := func(format string, args ...any) (Prefix, error) {
		return Prefix{}, &fault.Error{Kind: fault.Usage, Subject: uri, Message: fmt.Sprintf(format, args...),
			Hints: []string{"correct the URL: --to s3://BUCKET/PREFIX, or to = \"s3://BUCKET/PREFIX\" in [tool.lamella]"}}
	}
	rest, ok := strings.CutPrefix(uri, "s3://")
	if !ok {
		return refuse("%q does not start with s3://", uri)
	}
	bucket, path, _ := strings.Cut(rest, "/")
	path = strings.Trim(path, "/")
	if strings.Contains(bucket, "@") { // it is not repeated: it may be a password
		return refuse("%q has a user name or password, but an S3 URL has only a bucket and a prefix", uri)
	}
	if wrong := wrongBucket(bucket); wrong != "" {
		return refuse("%q in %q is not a valid bucket name: %s", bucket, uri, wrong)
	}
	if path == "." || path != "" && !fs.ValidPath(path) {
		return refuse("the prefix %q in %q has an empty, \".\", or \"..\" part", path, uri)
	}
	return Prefix{Bucket: bucket, Path: path}, nil
}

// Key returns the full key of the object that has this key below the prefix.
func (p Prefix) Key(key string) string {
	if p.Path == "" {
		return key
	}
	return p.Path + "/" + key
}
