// Package store declares where layers are stored: objects (S3) and layer versions (Lambda),
// as two small interfaces. store/aws implements them with AWS, store/local with a folder.
// Both pass the conformance suite in internal/test/storetest, which tests what the comments
// here promise.
package store

import (
	"context"
	"errors"
	"io"
	"time"
)

var (
	// ErrNotExist means that the object or layer version does not exist. A missing
	// bucket is a different error, so that it is never mistaken for an empty one.
	ErrNotExist = errors.New("does not exist")
	// ErrExist means that a write with IfAbsent found an existing object.
	ErrExist = errors.New("already exists")
	// ErrChanged means that a write with IfMatch found a different object, or none.
	ErrChanged = errors.New("was changed by another process")
	// ErrUnknownOutcome means that a request may or may not have been carried out.
	ErrUnknownOutcome = errors.New("the response was lost")
	// ErrBusy means that a request was throttled. It had no effect, unless the error
	// is also ErrUnknownOutcome.
	ErrBusy = errors.New("too many requests")
	// ErrDenied means that the credentials do not permit the request.
	ErrDenied = errors.New("access denied")
	// ErrIncomplete means that a response lacks something that it must have. It never means
	// "there is none". If the request was a write, it may have been carried out.
	ErrIncomplete = errors.New("the response is incomplete")
)

// Objects provides access to the objects below one prefix in a bucket. Keys are relative to
// the prefix and slash-separated.
type Objects interface {
	// Head describes an object. The error is ErrNotExist if there is none.
	Head(ctx context.Context, key string) (Object, error)
	// Get returns a small object as a whole. The error is ErrNotExist if there is none.
	Get(ctx context.Context, key string) ([]byte, Object, error)
	// Open opens an object of any size for reading. The caller closes it. The error is
	// ErrNotExist if there is none.
	Open(ctx context.Context, key string) (io.ReadCloser, Object, error)
	// Put stores an object and returns its ETag. With IfAbsent, the error is ErrExist if
	// there is already an object; with IfMatch, it is ErrChanged if the object has another
	// ETag. Both errors can also follow a successful write whose response was lost; in that
	// case, the object is the one to be stored.
	Put(ctx context.Context, key string, body Body) (etag string, err error)
	// List returns the objects whose keys begin with prefix, sorted by key.
	List(ctx context.Context, prefix string) ([]Listed, error)
	// Delete deletes an object. It is not an error if there is none.
	Delete(ctx context.Context, key string) error
	// Location returns where an object is, for PublishLayerVersion and messages.
	Location(key string) Location
}

// Versioning is an Objects that may keep overwritten and deleted objects.
type Versioning interface {
	// Versioned reports whether the bucket keeps old versions of its objects.
	Versioned(ctx context.Context) (bool, error)
}

// Copier is an Objects that can copy an object with its metadata from elsewhere, without
// transferring its bytes through this machine.
type Copier interface {
	// CopyFrom copies the object at from to key. The error is ErrExist if there is already
	// an object at key.
	CopyFrom(ctx context.Context, from Location, key string) error
}

// Object describes a stored object.
type Object struct {
	Size        int64
	ETag        string // without quotes; the MD5 if the object was put in one request and is not encrypted with KMS
	ContentType string
	Metadata    map[string]string // keys in lower case
	Modified    time.Time
	// Served is the time of the response, by the same clock as Modified; zero if unknown.
	Served time.Time
	SHA256 []byte // of the whole object; nil if unknown
}

// Listed is an object in a listing.
type Listed struct {
	Key      string // relative to the prefix
	Size     int64  // bytes
	Modified time.Time
}

// Body is an object to store.
type Body struct {
	Reader      io.ReaderAt
	Size        int64
	SHA256      []byte // of the whole body
	ContentType string
	Metadata    map[string]string
	IfAbsent    bool   // write only if there is no object yet
	IfMatch     string // write only if this is the ETag of the existing object; "" for any
	// Multipart permits a multipart upload. The resulting ETag is not the MD5.
	Multipart bool
	// Progress is called with the number of bytes sent so far, excluding copied ones. It is
	// never called concurrently. The number decreases if a request is repeated. It may be
	// nil.
	Progress func(done int64)
}

// Location says where an object is.
type Location struct {
	Bucket, Key string
	URI         string // s3://bucket/key, or a path
}

// Layers is the layer service of one account and region.
type Layers interface {
	// Versions returns the versions of a layer that have not been deleted, newest first. A
	// layer that does not exist has none.
	Versions(ctx context.Context, name string) ([]LayerVersion, error)
	// Version returns one version with its CodeSHA256. The error is ErrNotExist if there is
	// none.
	Version(ctx context.Context, name string, version int64) (LayerVersion, error)
	// Publish publishes a new version. The request is sent exactly once. If the response is
	// lost, the error is ErrUnknownOutcome, and the caller must look for the version before
	// it tries again. If the request was throttled, the error is ErrBusy. A Publication that
	// Check rejects is not sent.
	Publish(ctx context.Context, in Publication) (LayerVersion, error)
	// Content opens the zip of a version, which it reads from the service. The caller closes
	// it. The error is ErrNotExist if there is no such version.
	Content(ctx context.Context, name string, version int64) (io.ReadCloser, error)
	// Delete deletes a version. Its number is never reused, and functions that use the
	// version keep it. It is not an error if there is no such version.
	Delete(ctx context.Context, name string, version int64) error

	Sharing
	Functions
}

// Named is a Layers that can tell a layer's ARN, and therefore its account and region,
// before the layer has a version.
type Named interface {
	// LayerARN returns the ARN of a layer, without a version.
	LayerARN(ctx context.Context, name string) (string, error)
}

// Lister is a Layers that lists all layers of its account and region.
type Lister interface {
	// LayerNames returns the names of the layers that have at least one version, sorted.
	LayerNames(ctx context.Context) ([]string, error)
}

// Parameters is a Layers with named values, from which others can look up a layer (Systems
// Manager Parameter Store).
type Parameters interface {
	// Parameter returns the value of a parameter, or "" if there is none.
	Parameter(ctx context.Context, name string) (string, error)
	// SetParameter creates or replaces a parameter.
	SetParameter(ctx context.Context, name, value string) error
}

// LayerVersion is a published version of a layer.
type LayerVersion struct {
	ARN           string
	Version       int64
	Description   string
	License       string
	Created       time.Time
	Runtimes      []string
	Architectures []string
	CodeSHA256    string // base64, as in Lambda's API; "" in listings
	CodeSize      int64  // bytes of the zip; 0 in listings
}

// Publication is a request to publish a new version.
type Publication struct {
	Name          string
	Content       Location
	Description   string // at most 256 characters
	License       string // at most 512 characters
	Runtimes      []string
	Architectures []string
	// Reference makes the service refer to Content instead of copying it
	// (S3ObjectStorageMode). Content must then exist for as long as the version does.
	Reference bool
}
