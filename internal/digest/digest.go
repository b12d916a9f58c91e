// Package digest represents the file hashes of lock files and indexes in their common
// notation, "sha256:<hex>".
package digest

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"
)

// Digest is "<algorithm>:<lower-case hex>", as written in uv.lock and poetry.lock, and after
// "--hash=" in requirements.txt.
type Digest string

// Parse validates and normalises s: "SHA256:AB…" becomes "sha256:ab…". It accepts the
// algorithms that pip accepts in hash-checking mode: sha256, sha384, and sha512. The error
// for another algorithm names them.
func Parse(s string) (Digest, error) {
	algorithm, value, ok := strings.Cut(strings.TrimSpace(s), ":")
	if !ok {
		return "", fmt.Errorf("hash %q does not have the form sha256:<hex>", s)
	}
	algorithm, value = strings.ToLower(algorithm), strings.ToLower(value)
	d := Digest(algorithm + ":" + value)
	h := d.New()
	if h == nil {
		return "", fmt.Errorf("the hash algorithm must be sha256, sha384, or sha512, not %q", algorithm)
	}
	if b, err := hex.DecodeString(value); err != nil || len(b) != h.Size() {
		return "", fmt.Errorf("the hash %q does not have %d hexadecimal digits", s, 2*h.Size())
	}
	return d, nil
}

// Of returns the Digest of sum, the raw output of the named algorithm.
func Of(algorithm string, sum []byte) Digest {
	return Digest(algorithm + ":" + hex.EncodeToString(sum))
}

// SHA256 returns the sha256 Digest of b.
func SHA256(b []byte) Digest {
	sum := sha256.Sum256(b)
	return Of("sha256", sum[:])
}

// Read returns the sha256 Digest of everything in r. The error is that of r.
func Read(r io.Reader) (Digest, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, r); err != nil {
		return "", err
	}
	return Of("sha256", hash.Sum(nil)), nil
}

// Algorithm returns the part before the colon.
func (d Digest) Algorithm() string { a, _, _ := strings.Cut(string(d), ":"); return a }

// Hex returns the part after the colon.
func (d Digest) Hex() string { _, h, _ := strings.Cut(string(d), ":"); return h }

// New returns a new hash of d's algorithm, or nil if the algorithm is not supported.
func (d Digest) New() hash.Hash {
	switch d.Algorithm() {
	case "sha256":
		return sha256.New()
	case "sha384":
		return sha512.New384()
	case "sha512":
		return sha512.New()
	}
	return nil
}
