package store

import (
	"context"
	"io"
	"time"
)

// Assembler is an Objects that can assemble an object from ranges of other objects, so that
// only the rest must be uploaded.
type Assembler interface {
	// Tail returns the last n bytes of an object, or the whole object if it is shorter. The
	// error is ErrNotExist if there is no object.
	Tail(ctx context.Context, key string, n int64) ([]byte, Object, error)
	// Assemble stores body as Put does, but copies some parts. It verifies each copied part,
	// and uploads the parts that differ or cannot be copied, so the object is always
	// identical to body.
	Assemble(ctx context.Context, key string, body Body, parts []Part) (Assembled, error)
	// Siblings returns other prefixes in the same bucket that differ from this prefix only
	// in their last element, most similar names first.
	Siblings(ctx context.Context) ([]Objects, error)
}

// Part is a range of an assembled object. All parts except the last have at least 5 MiB, and
// their sizes add up to the size of the object.
type Part struct {
	Size int64  // bytes
	From *Range // nil if the part is uploaded
}

// Range is the source of a copied part.
type Range struct {
	Location Location
	ETag     string // of the object; if it has changed, nothing is copied
	Offset   int64  // of the first byte
}

// Assembled says how an object was assembled.
type Assembled struct {
	ETag    string
	Copied  int64 // bytes that were copied instead of uploaded
	Refused error // why a part was uploaded instead of copied; nil if that did not happen
}

// PartWriter is an Objects that can receive an object part by part, before the whole object
// is known.
type PartWriter interface {
	Unfinisher
	// BeginParts begins an upload to key. There is no object until CompleteParts.
	BeginParts(ctx context.Context, key string, body Body) (Unfinished, error)
	// SendPart uploads size bytes of r, beginning at offset, as the part with the given
	// number, counted from 1. It reads them twice. All parts except the last have at least 5
	// MiB. Parts may be sent in any order and concurrently.
	SendPart(ctx context.Context, upload Unfinished, number int, r io.ReaderAt, offset, size int64) (SentPart, error)
	// CompleteParts creates an object from the parts, which must be sorted by number, and
	// returns its ETag. The error is ErrExist if there is already an object at the key.
	CompleteParts(ctx context.Context, upload Unfinished, parts []SentPart) (etag string, err error)
}

// SentPart is a part of an unfinished upload.
type SentPart struct {
	Number int
	ETag   string
	SHA256 []byte
}

// Unfinisher is an Objects that can list multipart uploads that were neither completed nor
// aborted. The service stores their parts and bills for them.
type Unfinisher interface {
	// Unfinished returns the uploads to keys that begin with prefix.
	Unfinished(ctx context.Context, prefix string) ([]Unfinished, error)
	// Abort deletes the parts of an upload. It is not an error if there is no such upload.
	Abort(ctx context.Context, upload Unfinished) error
}

// Unfinished is a multipart upload that is in progress or was abandoned.
type Unfinished struct {
	Key string // relative to the prefix
	ID  string
	Age time.Duration // by the service's clock
}
