package publish

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/store"
)

// Schema is the version of the Record format that this package writes. It grows
// when an older reader would misunderstand a record.
const Schema = 1

// Record is layer/<version>/lamella.json: what a version was made of.
type Record struct {
	Schema   int                 `json:"schema"`
	Tool     string              `json:"tool"` // that wrote it
	Layer    string              `json:"layer"`
	Version  int64               `json:"version"`
	ARN      string              `json:"arn"`
	Created  time.Time           `json:"created"` // of the version
	Manifest RecordedManifest    `json:"manifest"`
	Target   string              `json:"target"`
	Options  map[string][]string `json:"options,omitempty"`
	Identity digest.Digest       `json:"identity"` // of target and options; "" if they are not known
	Inputs   digest.Digest       `json:"inputs,omitempty"`
	Zip      RecordedZip         `json:"zip"`
	Packages []Package           `json:"packages,omitempty"` // sorted by name; none if not known
	// Share is who lamella has shared the version with.
	Share []store.Principal `json:"share,omitempty"`
	// Again is the version whose content this one has, if it is a rollback.
	Again int64 `json:"again,omitempty"`
	// Also are other manifests and options found to make the same layer, oldest
	// first. The version's own manifest stays as it was published; this list is
	// what makes the next run with the other one cheap.
	Also []Alias `json:"also,omitempty"`
}

// RecordedManifest names the manifest stored beside the record.
type RecordedManifest struct {
	Name   string `json:"name"`
	MD5    string `json:"md5"`    // hexadecimal; the stored object's ETag
	SHA256 string `json:"sha256"` // hexadecimal
}

// RecordedZip is the layer's zip.
type RecordedZip struct {
	SHA256   string `json:"sha256"`             // hexadecimal; Lambda's CodeSha256 is the same in base64
	Size     int64  `json:"size"`               // bytes
	Unzipped int64  `json:"unzipped,omitempty"` // bytes
	Entries  int    `json:"entries,omitempty"`
}

// Alias is a manifest with options that make the same layer as the recorded ones.
type Alias struct {
	Manifest string        `json:"manifest"` // SHA-256, hexadecimal
	Identity digest.Digest `json:"identity"`
	Inputs   digest.Digest `json:"inputs,omitempty"`
}

// maxAlso bounds Record.Also; forgetting one costs a resolution, nothing else.
const maxAlso = 16

// Identity is what besides the manifest decides what a layer is.
type Identity struct {
	Target string // "python3.13/x86_64"
	// Options are sets of words by name: extras, groups, excludes, the version
	// of the rules the zip is made by. An empty set is the same as none.
	Options map[string][]string
}

// Digest names the identity: equal for equal targets and options, whatever the order.
func (i Identity) Digest() digest.Digest {
	canonical, err := json.Marshal(struct {
		Target  string              `json:"target"`
		Options map[string][]string `json:"options"`
	}{i.Target, i.options()})
	if err != nil {
		panic(err) // strings always marshal
	}
	return digest.SHA256(canonical)
}

// options returns the options with sorted words and no empty sets. Maps are
// marshalled in the order of their keys.
func (i Identity) options() map[string][]string {
	sets := map[string][]string{}
	for name, words := range i.Options {
		if len(words) > 0 {
			sets[name] = slices.Compact(slices.Sorted(slices.Values(words)))
		}
	}
	return sets
}

// MD5 is what the zip's manifest_md5 metadata and the stored manifest's ETag
// hold, hexadecimal.
func (m Manifest) MD5() string { sum := md5.Sum(m.Data); return hex.EncodeToString(sum[:]) }

// SHA256 is what the record holds of the manifest, hexadecimal.
func (m Manifest) SHA256() string { sum := sha256.Sum256(m.Data); return hex.EncodeToString(sum[:]) }

func (m Manifest) recorded() RecordedManifest {
	return RecordedManifest{Name: m.Name, MD5: m.MD5(), SHA256: m.SHA256()}
}

// lists reports whether r says which distributions there are. r may be nil.
func (r *Record) lists() bool { return r != nil && r.Packages != nil }

// itself is the manifest and the options that the record was written for.
func (r *Record) itself() Alias { return Alias{r.Manifest.SHA256, r.Identity, r.Inputs} }

// find reports whether match holds for the record itself or one of its aliases.
func (r *Record) find(match func(Alias) bool) bool {
	return match(r.itself()) || slices.ContainsFunc(r.Also, match)
}

// with returns a copy of r that knows a as well.
func (r *Record) with(a Alias) *Record {
	c := *r
	if c.find(func(b Alias) bool { return a == b }) {
		return &c
	}
	c.Also = append(slices.Clone(r.Also), a)
	c.Also = c.Also[max(0, len(c.Also)-maxAlso):]
	return &c
}

func (r *Record) encode() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		panic(err) // only a time beyond year 9999 fails, and Created is Lambda's
	}
	return b.Bytes()
}

var errNewerSchema = errors.New("written by a newer version of lamella")

// parseRecord reads what encode wrote. Fields it does not know are ignored, so
// that a newer writer may add some without raising Schema.
func parseRecord(data []byte) (*Record, error) {
	var r Record
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("not a record: %w", err)
	}
	switch {
	case r.Schema > Schema:
		return nil, fmt.Errorf("schema %d, this one reads up to %d: %w", r.Schema, Schema, errNewerSchema)
	case r.Schema < 1 || r.Layer == "" || r.Version < 1:
		return nil, errors.New("not a record: schema, layer or version is missing")
	}
	return &r, nil
}
