// Package store is where layers go: objects (S3) and layer versions (Lambda),
// as two small interfaces. store/aws implements them with AWS, store/local with
// a folder; both pass the conformance suite in store/storetest, which says in
// code what the comments here say in words.
package store

import (
	"context"
	"errors"
	"io"
	"time"
)

var (
	// ErrNotExist: there is no such object or layer version. A bucket that is
	// not there is a fault of its own, so that it is never taken for an empty one.
	ErrNotExist = errors.New("does not exist")
	// ErrExist: a write with IfAbsent found an object.
	ErrExist = errors.New("exists already")
	// ErrChanged: a write with IfMatch found another object, or none.
	ErrChanged = errors.New("was changed meanwhile")
	// ErrUnknownOutcome: a request may or may not have been carried out.
	ErrUnknownOutcome = errors.New("the answer was lost")
	// ErrBusy: a request was refused for now (throttled) and had no effect, unless
	// the error is ErrUnknownOutcome, too.
	ErrBusy = errors.New("too many requests")
	// ErrDenied: the credentials do not permit to ask this.
	ErrDenied = errors.New("access denied")
	// ErrIncomplete: an answer does not say all that it has to, so it says nothing:
	// it is never taken for "there is none". After a write it means that the write
	// may have been carried out.
	ErrIncomplete = errors.New("the answer is incomplete")
)

// Objects is a bucket and a prefix in it. Keys are relative to the prefix, slash-separated.
type Objects interface {
	// Head returns what is known of an object. ErrNotExist if there is none.
	Head(ctx context.Context, key string) (Object, error)
	// Get returns a small object whole. ErrNotExist if there is none.
	Get(ctx context.Context, key string) ([]byte, Object, error)
	// Open reads an object of any size; the caller closes it. ErrNotExist if there is none.
	Open(ctx context.Context, key string) (io.ReadCloser, Object, error)
	// Put stores an object and returns its ETag. With IfAbsent, ErrExist if there
	// is one already; with IfMatch, ErrChanged if it is not the one meant. Either
	// may also come of a write that went through and whose answer was lost: then
	// the object is the one that was to be stored.
	Put(ctx context.Context, key string, body Body) (etag string, err error)
	// List returns the objects whose keys begin with prefix, sorted by key.
	List(ctx context.Context, prefix string) ([]Listed, error)
	// Delete removes an object. One that is not there is no error.
	Delete(ctx context.Context, key string) error
	// Location names an object the way PublishLayerVersion and messages need it.
	Location(key string) Location
}

// Versioning is the part of Objects that keeps what was overwritten or deleted.
type Versioning interface {
	// Versioned reports whether the bucket keeps old versions of its objects.
	Versioned(ctx context.Context) (bool, error)
}

// Copier is an Objects that takes over an object from elsewhere, its metadata
// included, without moving its bytes through this machine.
type Copier interface {
	// CopyFrom copies the object at from to key. ErrExist if there is one already.
	CopyFrom(ctx context.Context, from Location, key string) error
}

// Object is what a back end knows of a stored object.
type Object struct {
	Size        int64
	ETag        string // without quotes; the MD5 of objects put in one request and not encrypted by KMS
	ContentType string
	Metadata    map[string]string // keys in lower case
	Modified    time.Time
	// Served is when the answer was given, by the clock that Modified is of; the
	// zero time if the back end does not tell.
	Served time.Time
	SHA256 []byte // of the whole object where the back end knows it, else nil
}

// Listed is what a listing tells of an object.
type Listed struct {
	Key      string // as Objects takes it: relative to the prefix
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
	IfAbsent    bool   // only if there is no object yet
	IfMatch     string // only over the object that has this ETag; "" over any
	// Multipart permits sending in parts (then the ETag is not the MD5).
	Multipart bool
	// Progress is told how many bytes are through so far, never by two
	// goroutines at once; a repeated request makes it go back. May be nil.
	Progress func(done int64)
}

// Location is where an object is.
type Location struct {
	Bucket, Key string
	URI         string // s3://bucket/key, or a path
}

// Layers is the layer service of one account and region.
type Layers interface {
	// Versions returns the versions of a layer that are not deleted, newest
	// first. A layer that does not exist has none.
	Versions(ctx context.Context, name string) ([]LayerVersion, error)
	// Version returns one version with its CodeSHA256. ErrNotExist if there is none.
	Version(ctx context.Context, name string, version int64) (LayerVersion, error)
	// Publish makes a new version. It is sent exactly once: a lost answer is
	// ErrUnknownOutcome, and the caller looks for the content before it tries
	// again. ErrBusy if it was throttled. A Publication beyond the limits that
	// Check knows is refused before anything is sent.
	Publish(ctx context.Context, in Publication) (LayerVersion, error)
	// Content reads the zip of a version as the service serves it; the caller
	// closes it. ErrNotExist if there is no such version.
	Content(ctx context.Context, name string, version int64) (io.ReadCloser, error)
	// Delete removes a version for good; its number is never given again.
	// Functions that have it keep it. One that is not there is no error.
	Delete(ctx context.Context, name string, version int64) error

	Sharing
	Functions
}

// Named is a Layers that knows a layer's ARN before the layer has a version: it
// tells whose account and which region this is.
type Named interface {
	// LayerARN returns the ARN of a layer, without a version.
	LayerARN(ctx context.Context, name string) (string, error)
}

// Parameters is a Layers beside which named values are kept, for those who look
// for a layer (Systems Manager's parameter store).
type Parameters interface {
	// Parameter returns the value by this name, "" if there is none.
	Parameter(ctx context.Context, name string) (string, error)
	// SetParameter makes it the value, whether there is one already or not.
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
	CodeSHA256    string // base64, as Lambda gives it; "" in listings
	CodeSize      int64  // bytes of the zip; 0 in listings
}

// Publication is what a new version is made of.
type Publication struct {
	Name          string
	Content       Location
	Description   string // at most 256 characters
	License       string // at most 512 characters
	Runtimes      []string
	Architectures []string
	// Reference has the service refer to Content, which then has to stay for as
	// long as the version, instead of keeping a copy (S3ObjectStorageMode).
	Reference bool
}
