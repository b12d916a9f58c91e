package publish

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/store"
)

// leaseSchema is the version of the lease's format. It is incremented when an older reader
// would misunderstand a lease.
const leaseSchema = 1

// leaseDoc is the object layer/lease: it says who may currently change the layer and what is
// being published. It is never deleted; a released lease remains, marked as not held.
type leaseDoc struct {
	Schema int    `json:"schema"`
	Held   bool   `json:"held"`
	Layer  string `json:"layer"`
	ARN    string `json:"arn,omitempty"` // of the layer, without a version; "" until the first version exists
	Owner  owner  `json:"owner"`         // the process that wrote this
	// Seconds is how long the lease lasts without renewal. It is measured by how long a
	// reader sees the lease unchanged, or by the store's clock. Until is by the owner's
	// clock and is only for people to read.
	Seconds int       `json:"seconds"`
	Until   time.Time `json:"until"`
	// Renewal counts this owner's writes, so that no two of them are equal.
	Renewal    int     `json:"renewal"`
	Publishing *intent `json:"publishing,omitempty"`
}

// owner is a process that publishes.
type owner struct {
	ID   string `json:"id"` // random
	Host string `json:"host,omitempty"`
	PID  int    `json:"pid"`
	Tool string `json:"tool"`
}

// intent is recorded before PublishLayerVersion is sent, and removed once the version's
// state is complete. A process that finds an intent looks for the version and completes its
// state. Every version therefore gets its lock file, even if the process that published it
// was killed and nobody else has that lock file.
type intent struct {
	After    int64          `json:"after"`  // the newest version before publishing
	Record   *Record        `json:"record"` // without version, ARN, and creation time
	Manifest storedManifest `json:"manifest"`
}

type storedManifest struct {
	Name string `json:"name"`
	Data []byte `json:"data"` // base64
}

func newOwner(tool string) owner {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	host, _ := os.Hostname()
	return owner{ID: hex.EncodeToString(id[:]), Host: host, PID: os.Getpid(), Tool: tool}
}

// String returns a phrase such as "process 7 on HOST".
func (o owner) String() string {
	text := fmt.Sprintf("process %d", o.PID)
	if o.Host != "" {
		text += " on " + o.Host
	}
	return text
}

// ttl returns how long the lease lasts without renewal. Another process may have written the
// value, so it is bounded.
func (doc *leaseDoc) ttl() time.Duration {
	const longest = 10 * time.Minute
	return min(max(time.Duration(doc.Seconds)*time.Second, time.Second), longest)
}

func (doc *leaseDoc) encode() ([]byte, error) {
	data, err := json.MarshalIndent(doc, "", "  ")
	return append(data, '\n'), err
}

// parseLease is the inverse of encode. It ignores unknown fields.
func parseLease(data []byte) (*leaseDoc, error) {
	const longest = 8 << 20 // bytes; a lease contains at most one record
	if len(data) > longest {
		return nil, fmt.Errorf("it has %d bytes, but a lease has at most %d", len(data), longest)
	}
	var doc leaseDoc
	if err := bound.UnmarshalJSON(data, &doc); err != nil {
		return nil, err
	}
	switch {
	case doc.Schema > leaseSchema:
		return nil, fmt.Errorf("%w (schema %d; this version of lamella reads schemas up to %d)", errNewerSchema, doc.Schema, leaseSchema)
	case doc.Schema < 1 || doc.Layer == "":
		return nil, errors.New("its schema or layer is missing")
	}
	if p := doc.Publishing; p != nil && (p.Record == nil || len(p.Record.Zip.SHA256) != 64 || !validManifestName(p.Manifest.Name)) {
		return nil, errors.New("it does not record what is being published")
	}
	return &doc, nil
}

// readLease reads the lease, or returns nil if there is none. It rejects the lease of
// another layer that uses the same prefix.
func (d Destination) readLease(ctx context.Context, layer string) (*leaseDoc, store.Object, error) {
	data, object, err := d.Objects.Get(ctx, leaseKey)
	if errors.Is(err, store.ErrNotExist) {
		return nil, object, nil
	}
	if err != nil {
		return nil, object, err
	}
	at := d.Objects.Location(leaseKey).URI
	doc, err := parseLease(data)
	if err != nil {
		hint := "if no other process is publishing, delete the lease: " + removal(at)
		if errors.Is(err, errNewerSchema) {
			hint = "upgrade lamella"
		}
		return nil, object, &fault.Error{Kind: fault.Destination, Message: "cannot read " + at + ", the lease of the process that is publishing the layer", Subject: at, Err: err, Hints: []string{hint}}
	}
	if doc.Layer != layer {
		return nil, object, errShared(layer, at, "layer "+doc.Layer)
	}
	return doc, object, nil
}

// writeLease writes doc over the lease with ETag over; if over is "", there must be no
// lease. If the write succeeds but the response is lost, it recognizes its own lease,
// because no two leases are equal.
func (d Destination) writeLease(ctx context.Context, doc *leaseDoc, over string) (etag string, err error) {
	data, err := doc.encode()
	if err != nil {
		return "", err
	}
	return d.put(ctx, Write{Key: leaseKey, ContentType: "application/json", Data: data, IfMatch: over})
}
