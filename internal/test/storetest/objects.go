package storetest

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/store"
)

// Objects tests the objects of a back end. open returns an empty prefix each time. The tests
// named in except are left out, for a test server that lacks something the real service has.
func Objects(t *testing.T, open func(*testing.T) store.Objects, except ...string) {
	run := runExcept(t, except)
	readsAndWrites(run, open)
	conditionalWrites(run, open)
	concurrentWrites(run, open)
	largeObjects(run, open)
	assembling(run, open)
	listings(run, open)
	objectsTogether(run, open)
}

// readsAndWrites tests that an object comes back as it was stored.
func readsAndWrites(run runner, open func(*testing.T) store.Objects) {
	run("absent", func(t *testing.T) {
		o := open(t)
		_, err := o.Head(t.Context(), "layer/none")
		wantIs(t, err, store.ErrNotExist)
		_, _, err = o.Get(t.Context(), "layer/none")
		wantIs(t, err, store.ErrNotExist)
		_, _, err = o.Open(t.Context(), "layer/none")
		wantIs(t, err, store.ErrNotExist)
	})

	run("put and get", func(t *testing.T) { putAndGet(t, open(t)) })

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
}

// putAndGet tests that an object comes back with its metadata.
func putAndGet(t *testing.T, o store.Objects) {
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
}

// conditionalWrites tests IfAbsent and IfMatch.
func conditionalWrites(run runner, open func(*testing.T) store.Objects) {
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
}

// concurrentWrites tests that one of several conditional writes succeeds.
func concurrentWrites(run runner, open func(*testing.T) store.Objects) {
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
}

// largeObjects tests multipart uploads, digests and cancellation.
func largeObjects(run runner, open func(*testing.T) store.Objects) {
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
}
