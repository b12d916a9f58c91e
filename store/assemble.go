package store

import (
	"context"
	"io"
	"time"
)

// Assembler is an Objects that can assemble an object from ranges of others, so that only
// the rest has to be uploaded.
type Assembler interface {
	// Tail reads the last n bytes of an object, or all of it if it is shorter.
	// ErrNotExist if there is none.
	Tail(ctx context.Context, key string, n int64) ([]byte, Object, error)
	// Assemble stores body as Put does, but copies some parts. It verifies each copied
	// part and uploads those that differ or cannot be copied, so the object is always
	// body.
	Assemble(ctx context.Context, key string, body Body, parts []Part) (Assembled, error)
	// Siblings returns other prefixes in the same bucket that differ from this one in
	// their last part only, those with the most similar names first.
	Siblings(ctx context.Context) ([]Objects, error)
}

// Part is a range of an assembled object. All parts but the last have 5 MiB or more, and
// their sizes add up to the object's.
type Part struct {
	Size int64  // bytes
	From *Range // nil if it is uploaded
}

// Range is the source of a copied part.
type Range struct {
	Location Location
	ETag     string // of the object; if it changed, nothing is copied
	Offset   int64  // of the first byte
}

// Assembled is how an object was assembled.
type Assembled struct {
	ETag    string
	Copied  int64 // bytes that were copied instead of uploaded
	Refused error // why a part was uploaded instead of copied; nil if none was
}

// PartWriter is an Objects that can receive an object part by part, before all of it is known.
type PartWriter interface {
	Unfinisher
	// BeginParts begins an upload to key. There is no object until CompleteParts.
	BeginParts(ctx context.Context, key string, body Body) (Unfinished, error)
	// SendPart uploads size bytes of r, beginning at offset, as the part of that number,
	// counted from 1. It reads them twice. All parts but the last have 5 MiB or more. Parts
	// may be sent in any order and at the same time.
	SendPart(ctx context.Context, upload Unfinished, number int, r io.ReaderAt, offset, size int64) (SentPart, error)
	// CompleteParts makes an object of the parts, which are sorted by their numbers, and
	// returns its ETag. ErrExist if there is an object at the key already.
	CompleteParts(ctx context.Context, upload Unfinished, parts []SentPart) (etag string, err error)
}

// SentPart is a part of an unfinished upload.
type SentPart struct {
	Number int
	ETag   string
	SHA256 []byte
}

// Unfinisher is an Objects that can list the multipart uploads that were neither completed
// nor aborted. Their parts are stored and billed.
type Unfinisher interface {
	// Unfinished returns the uploads to keys that begin with prefix.
	Unfinished(ctx context.Context, prefix string) ([]Unfinished, error)
	// Abort deletes the parts of an upload. It is not an error if there is none.
	Abort(ctx context.Context, upload Unfinished) error
}

// Unfinished is a multipart upload that is in progress or was abandoned.
type Unfinished struct {
	Key string // relative to the prefix
	ID  string
	Age time.Duration // by the service's clock
}
