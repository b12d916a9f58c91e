package store

import (
	"context"
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
