package publish

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"
)

// leaseSchema is the version of the lease's format. It grows when an older
// reader would misunderstand a lease.
const leaseSchema = 1

// leaseDoc is the object layer/lease: who may change the layer now, and what is
// under way. It is never removed; one that is given back stays as "not held".
type leaseDoc struct {
	Schema int    `json:"schema"`
	Held   bool   `json:"held"`
	Layer  string `json:"layer"`
	ARN    string `json:"arn,omitempty"` // of the layer, without a version; "" until the first one is there
	Owner  owner  `json:"owner"`         // who wrote this
	// Seconds is how long the lease holds when it is not renewed. What counts is
	// how long it is seen unchanged, or its age by the clock of the store; Until is
	// the owner's clock and for people only.
	Seconds int       `json:"seconds"`
	Until   time.Time `json:"until"`
	// Renewal counts the writes of this owner, so that no two are alike.
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

// intent is noted before PublishLayerVersion is sent and removed when the state
// of the version is complete. Whoever finds one looks for the version and
// completes it, so that every version has its manifest, even if the process that
// published it is gone and everybody else has other locks.
type intent struct {
	After    int64          `json:"after"`  // the newest version before
	Record   *Record        `json:"record"` // less version, ARN and creation, which only the version tells
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

// String names the owner in messages.
func (o owner) String() string {
	text := fmt.Sprintf("process %d", o.PID)
	if o.Host != "" {
		text += " on " + o.Host
	}
	return text
}

// ttl is how long the lease holds without being renewed. It is written by
// another process, so it is kept within reason.
func (doc *leaseDoc) ttl() time.Duration {
	const longest = 10 * time.Minute
	return min(max(time.Duration(doc.Seconds)*time.Second, time.Second), longest)
}

func (doc *leaseDoc) encode() ([]byte, error) {
	data, err := json.MarshalIndent(doc, "", "  ")
	return append(data, '\n'), err
}

// parseLease reads what encode wrote. Fields it does not know are ignored.
func parseLease(data []byte) (*leaseDoc, error) {
	var doc leaseDoc
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("not a lease: %w", err)
	}
	switch {
	case doc.Schema > leaseSchema:
		return nil, fmt.Errorf("schema %d, this one reads up to %d: %w", doc.Schema, leaseSchema, errNewerSchema)
	case doc.Schema < 1 || doc.Layer == "":
		return nil, errors.New("not a lease: schema or layer is missing")
	}
	if p := doc.Publishing; p != nil && (p.Record == nil || len(p.Record.Zip.SHA256) != 64 || checkManifestName(p.Manifest.Name) != nil) {
		return nil, errors.New("not a lease: it does not say what is published")
	}
	return &doc, nil
}
