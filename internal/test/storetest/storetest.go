// Package storetest is the conformance suite for back ends of package store: each back end
// runs Objects, Layers, and Users on itself. One whose content a test can damage runs Silence, too.
package storetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/store"
)

// Body returns data as an object to store.
func Body(data []byte) store.Body {
	sum := sha256.Sum256(data)
	return store.Body{Reader: bytes.NewReader(data), Size: int64(len(data)), SHA256: sum[:]}
}

// Random returns size bytes that are the same for the same seed.
func Random(size int, seed byte) []byte {
	data := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(data) // never fails
	return data
}

func runExcept(t *testing.T, except []string) func(string, func(*testing.T)) {
	return func(name string, test func(*testing.T)) {
		if !slices.Contains(except, name) {
			t.Run(name, test)
		}
	}
}

func checkObject(t *testing.T, got store.Object, put store.Body) {
	t.Helper()
	if got.Size != put.Size || got.ContentType != put.ContentType || got.Modified.IsZero() {
		t.Errorf("got %+v", got)
	}
	if got.SHA256 != nil && !bytes.Equal(got.SHA256, put.SHA256) {
		t.Errorf("SHA256 is %x, not %x", got.SHA256, put.SHA256)
	}
	for name, value := range put.Metadata {
		if got.Metadata[name] != value {
			t.Errorf("metadata %s is %q, not %q", name, got.Metadata[name], value)
		}
	}
}

func checkVersion(t *testing.T, got store.LayerVersion, in store.Publication, number int64) {
	t.Helper()
	if got.Version != number || got.Description != in.Description || got.License != in.License || got.Created.IsZero() ||
		!slices.Equal(got.Runtimes, in.Runtimes) || !slices.Equal(got.Architectures, in.Architectures) {
		t.Errorf("version %d is %+v", number, got)
	}
	if !strings.HasPrefix(got.ARN, "arn:aws:lambda:") || !strings.HasSuffix(got.ARN, ":layer:"+in.Name+":"+string(rune('0'+number))) {
		t.Errorf("ARN %q", got.ARN)
	}
}

func checkContent(t *testing.T, got store.LayerVersion, body store.Body) {
	t.Helper()
	if got.CodeSHA256 != base64.StdEncoding.EncodeToString(body.SHA256) || got.CodeSize != body.Size {
		t.Errorf("content %s, %d bytes", got.CodeSHA256, got.CodeSize)
	}
}

// mustPut stores an object and returns its ETag.
func mustPut(t *testing.T, o store.Objects, key string, body store.Body) string {
	t.Helper()
	etag, err := o.Put(t.Context(), key, body)
	noError(t, err)
	return etag
}

func wantPut(t *testing.T, o store.Objects, key string, body store.Body, target error) {
	t.Helper()
	_, err := o.Put(t.Context(), key, body)
	wantIs(t, err, target)
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantIs(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("got error %v, want %v", err, target)
	}
}
