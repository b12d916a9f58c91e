package storetest

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/store"
)

// smallestPart is that of S3, in bytes.
const smallestPart = 5 << 20

// assembling tests the objects of a store.Assembler; others have nothing to test.
func assembling(run func(string, func(*testing.T)), open func(*testing.T) store.Objects) {
	run("tail", func(t *testing.T) {
		o, a := openAssembler(t, open)
		data := Random(1000, 4)
		etag := mustPut(t, o, "zip", Body(data))
		for length, want := range map[int64][]byte{1: data[999:], 300: data[700:], 1000: data, 5000: data} {
			got, object, err := a.Tail(t.Context(), "zip", length)
			if err != nil || !bytes.Equal(got, want) || object.Size != 1000 || object.ETag != etag {
				t.Errorf("the last %d bytes: %d bytes, %+v, %v", length, len(got), object, err)
			}
		}
		_, _, err := a.Tail(t.Context(), "none", 10)
		wantIs(t, err, store.ErrNotExist)
	})

	run("assemble", func(t *testing.T) { assemble(t, open, false) })
	run("assemble by copying", func(t *testing.T) { assemble(t, open, true) })

	run("assemble from what differs", func(t *testing.T) { assembleFromChanged(t, open) })

	run("parts", func(t *testing.T) { sendParts(t, open) })

	run("siblings", func(t *testing.T) {
		_, a := openAssembler(t, open)
		if _, err := a.Siblings(t.Context()); err != nil {
			t.Error(err)
		}
	})

	run("unfinished", func(t *testing.T) {
		o := open(t)
		u, ok := o.(store.Unfinisher)
		if !ok {
			t.Skip("it has no uploads in parts")
		}
		uploads, err := u.Unfinished(t.Context(), "layer/")
		if err != nil || len(uploads) != 0 {
			t.Errorf("got %v, %v", uploads, err)
		}
	})
}

// sendParts sends an object in parts, the last one first.
func sendParts(t *testing.T, open func(*testing.T) store.Objects) {
	o := open(t)
	w, ok := o.(store.PartWriter)
	if !ok {
		t.Skip("it receives no parts")
	}
	data := Random(smallestPart+4711, 9)
	body := Body(data)
	body.ContentType = "application/zip"
	send := func(key string) (store.Unfinished, []store.SentPart) {
		upload, err := w.BeginParts(t.Context(), key, body)
		noError(t, err)
		last, err := w.SendPart(t.Context(), upload, 2, body.Reader, smallestPart, 4711)
		noError(t, err)
		first, err := w.SendPart(t.Context(), upload, 1, body.Reader, 0, smallestPart)
		noError(t, err)
		return upload, []store.SentPart{first, last}
	}
	upload, parts := send("incoming.zip")
	_, err := o.Head(t.Context(), "incoming.zip")
	wantIs(t, err, store.ErrNotExist)
	etag, err := w.CompleteParts(t.Context(), upload, parts)
	if object, headErr := o.Head(t.Context(), "incoming.zip"); err != nil || headErr != nil || object.ETag != etag {
		t.Errorf("ETag %q, not %q, %v, %v", object.ETag, etag, err, headErr)
	}
	checkAssembled(t, o, "incoming.zip", body, data)
	upload, parts = send("incoming.zip")
	_, err = w.CompleteParts(t.Context(), upload, parts)
	wantIs(t, err, store.ErrExist)
	noError(t, w.Abort(t.Context(), upload))
	_, err = w.SendPart(t.Context(), upload, 3, body.Reader, 0, 4711)
	if err == nil {
		t.Error("a part of an aborted upload was accepted")
	}
	if left, err := w.Unfinished(t.Context(), "incoming"); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// assembleFromChanged tests that parts that differ from their source are uploaded.
func assembleFromChanged(t *testing.T, open func(*testing.T) store.Objects) {
	o, a := openAssembler(t, open)
	old := Random(7<<20, 8)
	etag := mustPut(t, o, "old.zip", Body(old))
	data := slices.Clone(old)
	data[3<<20]++
	parts := []store.Part{{Size: 6 << 20, From: &store.Range{Location: o.Location("old.zip"), ETag: etag}}, {Size: 1 << 20}}
	for key, change := range map[string]func(*store.Range){
		"other bytes": func(*store.Range) {},
		"no source":   func(r *store.Range) { r.Location = o.Location("none") },
		"no bucket":   func(r *store.Range) { r.Location.Bucket = "no-such-bucket-anywhere" },
	} {
		from := *parts[0].From
		change(&from)
		body := Body(data)
		body.IfAbsent, body.ContentType = true, "application/zip"
		got, err := a.Assemble(t.Context(), key, body, []store.Part{{Size: parts[0].Size, From: &from}, parts[1]})
		if err != nil || got.Copied != 0 || got.Refused == nil {
			t.Errorf("%s: %+v, %v", key, got, err)
			continue
		}
		checkAssembled(t, o, key, body, data)
	}
}

// assemble puts an object of three parts together. Where copies is set, the one in
// the middle has to be copied.
func assemble(t *testing.T, open func(*testing.T) store.Objects, copies bool) {
	o, a := openAssembler(t, open)
	old := Random(13<<20+17, 5)
	etag := mustPut(t, o, "old dir/ä+old.zip", Body(old))
	sent, tail := Random(smallestPart, 6), Random(4711, 7)
	const shift, copied = 1<<20 + 3, 6 << 20
	data := slices.Concat(sent, old[shift:shift+copied], tail)
	from := &store.Range{Location: o.Location("old dir/ä+old.zip"), ETag: etag, Offset: shift}
	parts := []store.Part{{Size: smallestPart}, {Size: copied, From: from}, {Size: int64(len(tail))}}
	body := Body(data)
	body.IfAbsent, body.ContentType = true, "application/zip"
	body.Metadata = map[string]string{"inputs": "sha256:45"}
	var done int64
	body.Progress = func(n int64) { done = n }
	got, err := a.Assemble(t.Context(), "new.zip", body, parts)
	noError(t, err)
	if copies && (got.Copied != copied || got.Refused != nil) || done != body.Size-got.Copied || got.ETag == "" {
		t.Errorf("got %+v, progress ended at %d of %d", got, done, body.Size-got.Copied)
	}
	checkAssembled(t, o, "new.zip", body, data)
	_, err = a.Assemble(t.Context(), "new.zip", body, parts)
	wantIs(t, err, store.ErrExist)
}

func openAssembler(t *testing.T, open func(*testing.T) store.Objects) (store.Objects, store.Assembler) {
	t.Helper()
	o := open(t)
	a, ok := o.(store.Assembler)
	if !ok {
		t.Skip("it puts nothing together")
	}
	return o, a
}

func checkAssembled(t *testing.T, o store.Objects, key string, body store.Body, data []byte) {
	t.Helper()
	reader, object, err := o.Open(t.Context(), key)
	noError(t, err)
	defer reader.Close()
	checkObject(t, object, body)
	if got, err := io.ReadAll(reader); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%s: %d bytes came back, of which some differ, %v", key, len(got), err)
	}
}
