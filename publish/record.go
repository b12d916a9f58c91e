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

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/store"
)

// Schema is the version of the Record format that this package writes. It is incremented
// when an older reader would misunderstand a record.
const Schema = 1

// Record is the object layer/<version>/lamella.json. It says what a version was made from.
type Record struct {
	Schema   int                 `json:"schema"`
	Tool     string              `json:"tool"` // tool that wrote the record
	Layer    string              `json:"layer"`
	Version  int64               `json:"version"`
	ARN      string              `json:"arn"`
	Created  time.Time           `json:"created"` // when the version was created
	Manifest RecordedManifest    `json:"manifest"`
	Target   string              `json:"target"`
	Options  map[string][]string `json:"options,omitempty"`
	Identity digest.Digest       `json:"identity"` // digest of target and options; "" if they are not known
	Inputs   digest.Digest       `json:"inputs,omitempty"`
	Zip      RecordedZip         `json:"zip"`
	// BytecodePython is Artifact.BytecodePython. It is not part of Identity: bytecode
	// compiled by another micro version does not count as a change of the layer.
	BytecodePython string    `json:"bytecode_python,omitempty"`
	Packages       []Package `json:"packages,omitempty"` // sorted by name; nil if not known
	// Share are the principals that lamella has shared the version with.
	Share []store.Principal `json:"share,omitempty"`
	// Again is the version whose content this version has, if it is a rollback.
	Again int64 `json:"again,omitempty"`
	// Also lists other lock files and options that make the same layer, oldest first. They
	// let later runs recognize these without resolving. The version's own lock file remains
	// as it was published.
	Also []Alias `json:"also,omitempty"`
}

// RecordedManifest names the manifest stored beside the record.
type RecordedManifest struct {
	Name   string `json:"name"`
	MD5    string `json:"md5"`    // hexadecimal; the stored object's ETag
	SHA256 string `json:"sha256"` // SHA-256 of the lock file, hexadecimal
}

// RecordedZip describes the layer's zip.
type RecordedZip struct {
	SHA256   string `json:"sha256"`             // hexadecimal; Lambda's CodeSha256 is the same in base64
	Size     int64  `json:"size"`               // bytes
	Unzipped int64  `json:"unzipped,omitempty"` // bytes
	Entries  int    `json:"entries,omitempty"`
}

// Alias is a lock file with options that make the same layer as the recorded ones.
type Alias struct {
	Manifest string        `json:"manifest"` // SHA-256, hexadecimal
	Identity digest.Digest `json:"identity"`
	Inputs   digest.Digest `json:"inputs,omitempty"`
}

// maxAlso bounds Record.Also. Dropping an alias only costs another resolution.
const maxAlso = 16

// Identity is everything besides the lock file that determines a layer's content.
type Identity struct {
	Target string // such as "python3.13/x86_64"
	// Options maps names to sets of words: extras, groups, excludes, and the version of the
	// zip's layout ("rules"). An empty set is the same as no set.
	Options map[string][]string
}

// Digest returns a digest that is equal for equal targets and options, in any order.
func (i Identity) Digest() digest.Digest {
	canonical, err := json.Marshal(struct {
		Target  string              `json:"target"`
		Options map[string][]string `json:"options"`
	}{i.Target, i.options()})
	if err != nil {
		panic(err) // strings can always be marshaled
	}
	return digest.SHA256(canonical)
}

// options returns the options with sorted words and without empty sets. encoding/json sorts
// the names.
func (i Identity) options() map[string][]string {
	sets := map[string][]string{}
	for name, words := range i.Options {
		if len(words) > 0 {
			sets[name] = slices.Compact(slices.Sorted(slices.Values(words)))
		}
	}
	return sets
}

// MD5 returns the lock file's MD5 in hexadecimal, as in the zip's manifest_md5 metadata and
// the ETag of the stored lock file.
func (m Manifest) MD5() string { sum := md5.Sum(m.Data); return hex.EncodeToString(sum[:]) }

// SHA256 returns the lock file's SHA-256 in hexadecimal, as in the record.
func (m Manifest) SHA256() string { sum := sha256.Sum256(m.Data); return hex.EncodeToString(sum[:]) }

func (m Manifest) recorded() RecordedManifest {
	return RecordedManifest{Name: m.Name, MD5: m.MD5(), SHA256: m.SHA256()}
}

// lists reports whether r, which may be nil, lists the distributions.
func (r *Record) lists() bool { return r != nil && r.Packages != nil }

// itself returns the lock file and options for which the record was written.
func (r *Record) itself() Alias { return Alias{r.Manifest.SHA256, r.Identity, r.Inputs} }

// hasAlias reports whether match holds for the record itself or one of its aliases.
func (r *Record) hasAlias(match func(Alias) bool) bool {
	return match(r.itself()) || slices.ContainsFunc(r.Also, match)
}

// Makes reports whether a lock file and options are known to make the layer of r. It
// compares the lock file's digest if a has one, and otherwise what the lock file resolves
// to.
func (r *Record) Makes(a Alias) bool {
	return r.hasAlias(func(b Alias) bool {
		if a.Manifest != "" {
			return a.Manifest == b.Manifest && a.Identity == b.Identity
		}
		return a.Inputs != "" && a.Inputs == b.Inputs && a.Identity == b.Identity
	})
}

// with returns a copy of r with one more alias.
func (r *Record) with(a Alias) *Record {
	c := *r
	if c.hasAlias(func(b Alias) bool { return a == b }) {
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
		panic(err) // fails only for a time beyond year 9999, and Created comes from Lambda
	}
	return b.Bytes()
}

var errNewerSchema = errors.New("it was written by a newer version of lamella")

// parseRecord is the inverse of encode. It ignores unknown fields, so that newer versions
// can add fields without incrementing Schema.
func parseRecord(data []byte) (*Record, error) {
	var r Record
	if err := bound.UnmarshalJSON(data, &r); err != nil {
		return nil, err
	}
	switch {
	case r.Schema > Schema:
		return nil, fmt.Errorf("%w (schema %d; this version of lamella reads schemas up to %d)", errNewerSchema, r.Schema, Schema)
	case r.Schema < 1 || r.Layer == "" || r.Version < 1:
		return nil, errors.New("its schema, layer, or version is missing")
	}
	return &r, nil
}

// of completes a draft with the version that was published.
func (r *Record) of(v store.LayerVersion) *Record {
	c := *r
	c.Version, c.ARN, c.Created = v.Version, v.ARN, v.Created
	c.Zip.SHA256, c.Zip.Size = hexDigest(v.CodeSHA256), v.CodeSize
	return &c
}
