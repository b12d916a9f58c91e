package storetest

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/store"
)

// beside runs writers concurrently, and reader repeatedly until they are done.
func beside(t *testing.T, writers []func(), reader func()) {
	t.Helper()
	var group sync.WaitGroup
	for _, writer := range writers {
		group.Go(writer)
	}
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	for {
		select {
		case <-done:
			return
		default:
			reader()
		}
		if t.Failed() {
			<-done
			return
		}
	}
}

// objectsTogether tests that reads are consistent while others write and delete.
func objectsTogether(run runner, open func(*testing.T) store.Objects) {
	run("read beside writers", func(t *testing.T) { readBesideWriters(t, open(t)) })

	run("compare and write beside readers", func(t *testing.T) { raiseCounter(t, open(t)) })

	run("list beside deletions", func(t *testing.T) { listBesideDeletions(t, open(t)) })
}

// readBesideWriters tests that the bytes, the ETag and the metadata of an object match.
func readBesideWriters(t *testing.T, o store.Objects) {

	body := func(n int) store.Body {
		b := Body(bytes.Repeat([]byte{byte('a' + n%26)}, 1000+n%3))
		b.Metadata = map[string]string{"letter": strconv.Itoa(n % 26)}
		return b
	}
	mustPut(t, o, "lease", body(0))
	check := func(data []byte, object store.Object, err error) {
		if err != nil {
			t.Error(err)
			return
		}
		sum := md5.Sum(data)
		letter := object.Metadata["letter"]
		if object.ETag != hex.EncodeToString(sum[:]) || int(object.Size) != len(data) || letter != strconv.Itoa(int(data[0]-'a')) {
			t.Errorf("%d bytes of %q came with the ETag %s, the size %d and the letter %s", len(data), data[0], object.ETag, object.Size, letter)
		}
	}
	var writers []func()
	for w := range 3 {
		writers = append(writers, func() {
			for i := range 40 {
				if _, err := o.Put(t.Context(), "lease", body(w+3*i)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	beside(t, writers, func() {
		check(o.Get(t.Context(), "lease"))
		r, object, err := o.Open(t.Context(), "lease")
		if err != nil {
			t.Error(err)
			return
		}
		data, err := io.ReadAll(r)
		check(data, object, errors.Join(err, r.Close()))
		if _, err := o.Head(t.Context(), "lease"); err != nil {
			t.Error(err)
		}
	})
}

// raiseCounter tests that a counter raised by several writers with IfMatch counts each time.
func raiseCounter(t *testing.T, o store.Objects) {

	mustPut(t, o, "counter", Body([]byte("0")))
	const each = 8
	raise := func() {
		for done := 0; done < each && !t.Failed(); {
			data, object, err := o.Get(t.Context(), "counter")
			if err != nil {
				t.Error(err)
				return
			}
			n, _ := strconv.Atoi(string(data))
			next := Body([]byte(strconv.Itoa(n + 1)))
			next.IfMatch = object.ETag
			switch _, err := o.Put(t.Context(), "counter", next); {
			case err == nil:
				done++
			case !errors.Is(err, store.ErrChanged):
				t.Error(err)
			}
		}
	}
	beside(t, []func(){raise, raise, raise}, func() {
		if _, _, err := o.Get(t.Context(), "counter"); err != nil {
			t.Error(err)
		}
	})
	if data, _, err := o.Get(t.Context(), "counter"); err != nil || string(data) != strconv.Itoa(3*each) {
		t.Errorf("the counter is %q (%v), %d were to raise it", data, err, 3*each)
	}
}

// listBesideDeletions tests that a listing is complete in what stays, whatever else changes.
func listBesideDeletions(t *testing.T, o store.Objects) {

	var want []string
	for i := range 6 {
		key := fmt.Sprintf("layer/%06d/lamella.json", 2*i)
		mustPut(t, o, key, Body([]byte("{}")))
		want = append(want, key)
	}
	var writers []func()
	for w := range 3 {
		writers = append(writers, func() {
			key := fmt.Sprintf("layer/%06d/uv.lock", 2*w+1)
			for range 15 {
				_, err := o.Put(t.Context(), key, Body([]byte("lock")))
				if err := errors.Join(err, o.Delete(t.Context(), key)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	beside(t, writers, func() {
		listed, err := o.List(t.Context(), "layer/")
		if err != nil {
			t.Error(err)
			return
		}
		got := keys(listed)
		stay := slices.DeleteFunc(slices.Clone(got), func(key string) bool { return !slices.Contains(want, key) })
		if !slices.Equal(stay, want) || !slices.IsSorted(got) {
			t.Errorf("listed %q", got)
		}
	})
}

// versionsTogether is objectsTogether for layer versions.
func versionsTogether(run runner, open func(*testing.T) (store.Objects, store.Layers)) {
	run("list versions beside deletions", func(t *testing.T) {
		o, l := open(t)
		listVersionsBesideDeletions(t, o, l)
	})
}

// listVersionsBesideDeletions is listBesideDeletions for versions.
func listVersionsBesideDeletions(t *testing.T, o store.Objects, l store.Layers) {
	const all = 8
	for range all {
		publish(t, o, l, Random(500, 11))
	}
	gone := func() { // the even ones
		for n := int64(2); n <= all; n += 2 {
			if err := l.Delete(t.Context(), Name, n); err != nil {
				t.Error(err)
			}
		}
	}
	comes := func() {
		for range 4 {
			if _, err := l.Publish(t.Context(), store.Publication{Name: Name, Content: o.Location("layer/zip/x.zip")}); err != nil {
				t.Error(err)
			}
		}
	}
	beside(t, []func(){gone, comes}, func() {
		versions, err := l.Versions(t.Context(), Name)
		if err != nil {
			t.Error(err)
			return
		}
		var stay []int64
		for _, v := range versions {
			if v.Version < all && v.Version%2 == 1 {
				stay = append(stay, v.Version)
			}
		}
		if !slices.Equal(stay, []int64{7, 5, 3, 1}) {
			t.Errorf("listed %v", stay)
		}
		for n := range int64(all) {
			checkVersionBeside(t, l, n+1)
		}
	})
}

// checkVersionBeside tests that a version is either itself or does not exist.
func checkVersionBeside(t *testing.T, l store.Layers, n int64) {
	t.Helper()
	v, err := l.Version(t.Context(), Name, n)
	if err != nil && !errors.Is(err, store.ErrNotExist) || err == nil && v.Version != n {
		t.Errorf("version %d: %+v, %v", n, v, err)
	}
	if _, err := l.Grants(t.Context(), Name, n); err != nil && !errors.Is(err, store.ErrNotExist) {
		t.Errorf("grants of version %d: %v", n, err)
	}
}
