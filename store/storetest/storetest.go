// Package storetest holds what every back end of package store must do, as
// tests: each back end runs Objects and Layers on itself.
package storetest

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// Body makes an object to store of data.
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

// Objects tests the objects of a back end. open gives an empty home each time.
// The tests named in except are left out: a server under test may lack something
// that the real service does.
func Objects(t *testing.T, open func(*testing.T) store.Objects, except ...string) {
	run := runExcept(t, except)
	run("absent", func(t *testing.T) {
		o := open(t)
		_, err := o.Head(t.Context(), "layer/none")
		wantIs(t, err, store.ErrNotExist)
		_, _, err = o.Get(t.Context(), "layer/none")
		wantIs(t, err, store.ErrNotExist)
		_, _, err = o.Open(t.Context(), "layer/none")
		wantIs(t, err, store.ErrNotExist)
	})

	run("put and get", func(t *testing.T) {
		o := open(t)
		data := []byte("certifi==2025.1.31 \\\r\n    --hash=sha256:00\n")
		body := Body(data)
		body.ContentType = "text/plain"
		body.Metadata = map[string]string{"manifest_md5": "0123", "inputs": "sha256:45"}
		mustPut(t, o, "layer/000001/requirements.txt", body)

		got, object, err := o.Get(t.Context(), "layer/000001/requirements.txt")
		noError(t, err)
		if !bytes.Equal(got, data) {
			t.Errorf("got %q, put %q", got, data)
		}
		checkObject(t, object, body)
		sum := md5.Sum(data)
		if object.ETag != hex.EncodeToString(sum[:]) {
			t.Errorf("ETag %q is not the MD5 %x", object.ETag, sum)
		}
		head, err := o.Head(t.Context(), "layer/000001/requirements.txt")
		noError(t, err)
		checkObject(t, head, body)
		if location := o.Location("layer/000001/requirements.txt"); !strings.HasSuffix(location.Key, "layer/000001/requirements.txt") || location.URI == "" {
			t.Errorf("location %+v", location)
		}
	})

	run("overwrite", func(t *testing.T) {
		o := open(t)
		mustPut(t, o, "a", Body([]byte("one")))
		mustPut(t, o, "a", Body([]byte("three")))
		if got, _, err := o.Get(t.Context(), "a"); err != nil || string(got) != "three" {
			t.Errorf("got %q, %v", got, err)
		}
	})

	run("empty", func(t *testing.T) {
		o := open(t)
		mustPut(t, o, "empty", Body(nil))
		if got, object, err := o.Get(t.Context(), "empty"); err != nil || len(got) != 0 || object.Size != 0 {
			t.Errorf("got %q, %+v, %v", got, object, err)
		}
	})

	run("if absent", func(t *testing.T) {
		o := open(t)
		first, second := Body([]byte("first")), Body([]byte("second"))
		first.IfAbsent, second.IfAbsent = true, true
		mustPut(t, o, "zip", first)
		wantPut(t, o, "zip", second, store.ErrExist)
		if got, _, err := o.Get(t.Context(), "zip"); err != nil || string(got) != "first" {
			t.Errorf("got %q, %v", got, err)
		}
	})

	run("if absent, many at once", func(t *testing.T) {
		o := open(t)
		var group sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			group.Go(func() {
				body := Body([]byte{byte(i)})
				body.IfAbsent = true
				_, errs[i] = o.Put(t.Context(), "zip", body)
			})
		}
		group.Wait()
		stored := slices.DeleteFunc(errs, func(err error) bool { return errors.Is(err, store.ErrExist) })
		if len(stored) != 1 || stored[0] != nil {
			t.Errorf("not exactly one write went through: %v", stored)
		}
	})

	run("if match", func(t *testing.T) {
		o := open(t)
		replace := func(data, etag string) store.Body {
			body := Body([]byte(data))
			body.IfMatch = etag
			return body
		}
		wantPut(t, o, "lease", replace("nothing is there", "00000000000000000000000000000000"), store.ErrChanged)
		first := mustPut(t, o, "lease", Body([]byte("first")))
		second := mustPut(t, o, "lease", replace("second", first))
		if first == "" || first == second {
			t.Errorf("ETags %q and %q", first, second)
		}
		wantPut(t, o, "lease", replace("third", first), store.ErrChanged)
		got, object, err := o.Get(t.Context(), "lease")
		if err != nil || string(got) != "second" || object.ETag != second {
			t.Errorf("got %q, ETag %q, not %q, %v", got, object.ETag, second, err)
		}
		const margin = 2 * time.Second // both dates are, and a server may keep one for a while
		if !object.Served.IsZero() && object.Served.Before(object.Modified.Add(-margin)) {
			t.Errorf("served at %v what was stored at %v", object.Served, object.Modified)
		}
	})

	run("if match, many at once", func(t *testing.T) {
		o := open(t)
		etag := mustPut(t, o, "lease", Body([]byte("free")))
		var group sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			group.Go(func() {
				body := Body([]byte{byte(i)})
				body.IfMatch = etag
				_, errs[i] = o.Put(t.Context(), "lease", body)
			})
		}
		group.Wait()
		stored := slices.DeleteFunc(errs, func(err error) bool { return errors.Is(err, store.ErrChanged) })
		if len(stored) != 1 || stored[0] != nil {
			t.Errorf("not exactly one write went through: %v", stored)
		}
	})

	run("large", func(t *testing.T) {
		o := open(t)
		data := Random(17<<20+4711, 1)
		body := Body(data)
		body.Multipart, body.IfAbsent, body.ContentType = true, true, "application/zip"
		body.Metadata = map[string]string{"sha256": hex.EncodeToString(body.SHA256)}
		var done int64
		body.Progress = func(n int64) { done = n }
		mustPut(t, o, "layer/zip/x.zip", body)
		if done != body.Size {
			t.Errorf("progress ended at %d of %d", done, body.Size)
		}
		reader, object, err := o.Open(t.Context(), "layer/zip/x.zip")
		noError(t, err)
		defer reader.Close()
		checkObject(t, object, body)
		head, err := o.Head(t.Context(), "layer/zip/x.zip")
		noError(t, err)
		checkObject(t, head, body)
		hash := sha256.New()
		if _, err := io.Copy(hash, reader); err != nil || !bytes.Equal(hash.Sum(nil), body.SHA256) {
			t.Errorf("what came back differs (%v)", err)
		}
		wantPut(t, o, "layer/zip/x.zip", body, store.ErrExist)
	})

	run("wrong digest", func(t *testing.T) {
		o := open(t)
		body := Body([]byte("announced"))
		body.Reader = strings.NewReader("delivered")
		if _, err := o.Put(t.Context(), "zip", body); err == nil {
			t.Error("a body that is not what was announced was accepted")
		}
		_, err := o.Head(t.Context(), "zip")
		wantIs(t, err, store.ErrNotExist)
	})

	run("cancelled", func(t *testing.T) {
		o := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		body := Body(Random(20<<20, 2))
		body.Multipart = true
		body.Progress = func(int64) { cancel() }
		_, err := o.Put(ctx, "zip", body)
		wantIs(t, err, context.Canceled)
		_, err = o.Head(t.Context(), "zip")
		wantIs(t, err, store.ErrNotExist)
	})

	assembling(run, open)
	listings(run, open)
	objectsTogether(run, open)
}

// Name is the layer that the tests publish.
const Name = "conformance"

// Layers tests the layers of a back end. open gives an empty home and an account
// without the layer Name. except is as for Objects.
func Layers(t *testing.T, open func(*testing.T) (store.Objects, store.Layers), except ...string) {
	run := runExcept(t, except)
	const name = Name
	zip := Random(1000, 3)
	body := Body(zip)

	run("absent", func(t *testing.T) {
		_, l := open(t)
		if versions, err := l.Versions(t.Context(), name); err != nil || len(versions) != 0 {
			t.Errorf("got %v, %v", versions, err)
		}
		_, err := l.Version(t.Context(), name, 1)
		wantIs(t, err, store.ErrNotExist)
	})

	run("publish", func(t *testing.T) {
		o, l := open(t)
		mustPut(t, o, "layer/zip/x.zip", body)
		in := store.Publication{
			Name: name, Content: o.Location("layer/zip/x.zip"), Description: "für Tests", License: "MIT",
			Runtimes: []string{"python3.12", "python3.13"}, Architectures: []string{"x86_64"},
		}
		v, err := l.Publish(t.Context(), in)
		noError(t, err)
		checkVersion(t, v, in, 1)
		checkContent(t, v, body)

		v, err = l.Publish(t.Context(), in)
		noError(t, err)
		checkVersion(t, v, in, 2)

		versions, err := l.Versions(t.Context(), name)
		noError(t, err)
		if len(versions) != 2 {
			t.Fatalf("%d versions listed", len(versions))
		}
		checkVersion(t, versions[0], in, 2) // newest first
		checkVersion(t, versions[1], in, 1)

		v, err = l.Version(t.Context(), name, 1)
		noError(t, err)
		checkVersion(t, v, in, 1)
		checkContent(t, v, body)
		_, err = l.Version(t.Context(), name, 3)
		wantIs(t, err, store.ErrNotExist)
	})

	run("content absent", func(t *testing.T) {
		o, l := open(t)
		if _, err := l.Publish(t.Context(), store.Publication{Name: name, Content: o.Location("layer/none.zip")}); err == nil {
			t.Error("a version was made of nothing")
		}
		if versions, err := l.Versions(t.Context(), name); err != nil || len(versions) != 0 {
			t.Errorf("got %v, %v", versions, err)
		}
	})

	run("many at once", func(t *testing.T) {
		o, l := open(t)
		mustPut(t, o, "layer/zip/x.zip", body)
		numbers := make([]int64, 6)
		var group sync.WaitGroup
		for i := range numbers {
			group.Go(func() {
				v, err := l.Publish(t.Context(), store.Publication{Name: name, Content: o.Location("layer/zip/x.zip")})
				if err != nil {
					t.Error(err)
				}
				numbers[i] = v.Version
			})
		}
		group.Wait()
		slices.Sort(numbers)
		if !slices.Equal(numbers, []int64{1, 2, 3, 4, 5, 6}) {
			t.Errorf("numbers given: %v", numbers)
		}
	})

	run("beyond the limits", func(t *testing.T) {
		o, l := open(t)
		mustPut(t, o, "layer/zip/x.zip", body)
		content := o.Location("layer/zip/x.zip")
		for what, in := range map[string]store.Publication{
			"no name":       {Content: content},
			"bad name":      {Name: "my layer", Content: content},
			"long name":     {Name: strings.Repeat("n", 141), Content: content},
			"description":   {Name: name, Content: content, Description: strings.Repeat("ü", 257)},
			"licence":       {Name: name, Content: content, License: strings.Repeat("l", 513)},
			"runtimes":      {Name: name, Content: content, Runtimes: slices.Repeat([]string{"python3.13"}, 16)},
			"architectures": {Name: name, Content: content, Architectures: []string{"aarch64"}},
		} {
			_, err := l.Publish(t.Context(), in)
			if fault.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0 {
				t.Errorf("%s: %v", what, err)
			}
		}
		in := store.Publication{Name: name, Content: content, Description: strings.Repeat("ü", 256)}
		if _, err := l.Publish(t.Context(), in); err != nil {
			t.Errorf("a description of 256 characters: %v", err)
		}
	})

	lifecycle(run, open)
	sharing(run, open)
	versionsTogether(run, open)
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
