package store

import (
	"context"
	"time"
)

// Assembler is an Objects that puts an object together from ranges of others, so
// that only the rest moves through this machine.
type Assembler interface {
	// Tail reads the last n bytes of an object, or all of it if it is shorter.
	// ErrNotExist if there is none.
	Tail(ctx context.Context, key string, n int64) ([]byte, Object, error)
	// Assemble stores body as Put does, with what parts say is to be copied. Each
	// copied part is compared with the bytes of body that it stands for; what
	// differs, or cannot be copied, is sent. So the object is body in any case.
	Assemble(ctx context.Context, key string, body Body, parts []Part) (Assembled, error)
	// Siblings returns other homes in the same bucket, whose prefix differs from
	// this one's in its last part only, those with the most similar names first.
	Siblings(ctx context.Context) ([]Objects, error)
}

// Part is a range of an object that is put together. All parts but the last are
// of 5 MiB or more, and their sizes add up to the object's.
type Part struct {
	Size int64  // bytes
	From *Range // nil if it is sent
}

// Range is where the bytes of a part are copied from.
type Range struct {
	Location Location
	ETag     string // of the object; another one is not copied from
	Offset   int64  // of the first byte
}

// Assembled is how an object came together.
type Assembled struct {
	ETag    string
	Copied  int64 // bytes of the object that were copied and not sent
	Refused error // why a part was sent that was to be copied; nil if none was
}

// Unfinisher is an Objects that knows which uploads in parts were begun and
// neither completed nor aborted. Their parts are stored, and paid for.
type Unfinisher interface {
	// Unfinished returns the uploads to keys that begin with prefix.
	Unfinished(ctx context.Context, prefix string) ([]Unfinished, error)
	// Abort removes the parts of an upload. One that is not there is no error.
	Abort(ctx context.Context, upload Unfinished) error
}

// Unfinished is an upload in parts that is under way or was abandoned.
type Unfinished struct {
	Key string // as Objects takes it: relative to the prefix
	ID  string
	Age time.Duration // by the service's clock
}
