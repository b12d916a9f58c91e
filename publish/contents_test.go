package publish

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/test/storetest"
)

// The stored zip of a version is not read further than its size.
func TestSameFilesReadsNoMoreThanTheZip(t *testing.T) {
	d := newAccount(t).Destination
	p := newProject(t)
	p.mustDeploy(d, First, 1)
	size := p.artifact().Size
	key := zipKey(p.artifact().SHA256)
	if err := d.Objects.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Objects.Put(t.Context(), key, storetest.Body(make([]byte, 1<<20))); err != nil {
		t.Fatal(err)
	}
	p.update()
	want := p.want()
	var read int64
	want.SameFiles = func(_ context.Context, body io.Reader) (bool, error) {
		var err error
		read, err = io.Copy(io.Discard, body)
		return false, err
	}
	_, err := Decide(t.Context(), d, want)
	if _, ok := errors.AsType[*bound.Exceeded](err); !ok || read != size {
		t.Errorf("%v after %d bytes of %d", err, read, size)
	}
}
