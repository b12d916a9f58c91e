package storetest

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/store"
)

// runner runs a test unless it is excepted.
type runner = func(name string, test func(*testing.T))

func listings(run runner, open func(*testing.T) store.Objects) {
	run("list", func(t *testing.T) { listByPrefix(t, open(t)) })

	run("list pages", func(t *testing.T) {
		o := open(t)
		var want []string
		for i := range 53 {
			key := fmt.Sprintf("layer/%06d/lamella.json", i)
			mustPut(t, o, key, Body([]byte("{}")))
			want = append(want, key)
		}
		listed, err := o.List(t.Context(), "layer/")
		noError(t, err)
		if got := keys(listed); !slices.Equal(got, want) {
			t.Errorf("listed %q", got)
		}
	})

	run("delete", func(t *testing.T) {
		o := open(t)
		mustPut(t, o, "layer/zip/a.zip", Body([]byte("a")))
		mustPut(t, o, "layer/zip/b.zip", Body([]byte("b")))
		for range 2 { // the second time it is not there
			noError(t, o.Delete(t.Context(), "layer/zip/a.zip"))
		}
		_, err := o.Head(t.Context(), "layer/zip/a.zip")
		wantIs(t, err, store.ErrNotExist)
		if listed, err := o.List(t.Context(), "layer/zip/"); err != nil || !slices.Equal(keys(listed), []string{"layer/zip/b.zip"}) {
			t.Errorf("left: %v, %v", listed, err)
		}
		body := Body([]byte("again"))
		body.IfAbsent = true
		mustPut(t, o, "layer/zip/a.zip", body)
	})
}

// listByPrefix tests that a listing has the objects with a prefix, sorted.
func listByPrefix(t *testing.T, o store.Objects) {
	if listed, err := o.List(t.Context(), ""); err != nil || len(listed) != 0 {
		t.Errorf("an empty home lists %v, %v", listed, err)
	}
	for _, key := range []string{"layer/zip/b.zip", "layer/000001/uv.lock", "layer/zip/a.zip", "layerx", "layer/zip2"} {
		mustPut(t, o, key, Body([]byte(key)))
	}
	listed, err := o.List(t.Context(), "layer/zip/")
	noError(t, err)
	if got := keys(listed); !slices.Equal(got, []string{"layer/zip/a.zip", "layer/zip/b.zip"}) {
		t.Errorf("listed %q", got)
	}
	for _, object := range listed {
		if object.Size != int64(len(object.Key)) || object.Modified.IsZero() {
			t.Errorf("listed %+v", object)
		}
	}
	listed, err = o.List(t.Context(), "")
	noError(t, err)
	if got := keys(listed); !slices.Equal(got, []string{"layer/000001/uv.lock", "layer/zip/a.zip", "layer/zip/b.zip", "layer/zip2", "layerx"}) {
		t.Errorf("listed %q", got)
	}
}

func keys(listed []store.Listed) []string {
	var keys []string
	for _, object := range listed {
		keys = append(keys, object.Key)
	}
	return keys
}

func lifecycle(run runner, open func(*testing.T) (store.Objects, store.Layers)) {
	run("content", func(t *testing.T) {
		o, l := open(t)
		data := Random(3000, 5)
		publish(t, o, l, data)
		noError(t, o.Delete(t.Context(), "layer/zip/x.zip")) // a version does not need it any more
		body, err := l.Content(t.Context(), Name, 1)
		noError(t, err)
		defer body.Close()
		if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes came back, %d were published (%v)", len(got), len(data), err)
		}
		_, err = l.Content(t.Context(), Name, 2)
		wantIs(t, err, store.ErrNotExist)
	})

	run("delete a version", func(t *testing.T) {
		o, l := open(t)
		for range 3 {
			publish(t, o, l, Random(1000, 6))
		}
		for range 2 { // the second time it is not there
			noError(t, l.Delete(t.Context(), Name, 2))
			noError(t, l.Delete(t.Context(), Name, 3))
		}
		_, err := l.Version(t.Context(), Name, 2)
		wantIs(t, err, store.ErrNotExist)
		versions, err := l.Versions(t.Context(), Name)
		noError(t, err)
		if len(versions) != 1 || versions[0].Version != 1 {
			t.Errorf("left: %+v", versions)
		}
		if v := publish(t, o, l, Random(1000, 7)); v.Version != 4 {
			t.Errorf("the next version is %d: a number was given twice", v.Version)
		}
	})
}

func sharing(run runner, open func(*testing.T) (store.Objects, store.Layers)) {
	run("share", func(t *testing.T) {
		o, l := open(t)
		publish(t, o, l, Random(1000, 8))
		publish(t, o, l, Random(1000, 9))
		wantGrants(t, l, 1)
		account, everyone := store.Principal("210987654321").Grant(), store.Everyone.Grant()
		noError(t, l.Grant(t.Context(), Name, 1, account))
		noError(t, l.Grant(t.Context(), Name, 1, everyone))
		wantGrants(t, l, 1, account, everyone)
		wantGrants(t, l, 2)
		for range 2 { // the second time it is not there
			noError(t, l.Revoke(t.Context(), Name, 1, account.ID))
		}
		wantGrants(t, l, 1, everyone)
	})

	run("share with an organization", func(t *testing.T) {
		o, l := open(t)
		publish(t, o, l, Random(1000, 8))
		organization := store.Principal("o-a1b2c3d4e5").Grant()
		noError(t, l.Grant(t.Context(), Name, 1, organization))
		wantGrants(t, l, 1, organization)
	})

	run("share twice", func(t *testing.T) {
		o, l := open(t)
		publish(t, o, l, Random(1000, 8))
		account := store.Principal("210987654321").Grant()
		noError(t, l.Grant(t.Context(), Name, 1, account))
		wantIs(t, l.Grant(t.Context(), Name, 1, account), store.ErrExist)
		wantGrants(t, l, 1, account)
	})

	run("share nothing", func(t *testing.T) {
		_, l := open(t)
		_, err := l.Grants(t.Context(), Name, 1)
		wantIs(t, err, store.ErrNotExist)
		wantIs(t, l.Grant(t.Context(), Name, 1, store.Everyone.Grant()), store.ErrNotExist)
		noError(t, l.Revoke(t.Context(), Name, 1, "lamella-everyone"))
	})
}

func wantGrants(t *testing.T, l store.Layers, version int64, want ...store.Grant) {
	t.Helper()
	got, err := l.Grants(t.Context(), Name, version)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("version %d is shared with %v (%v), want %v", version, got, err, want)
	}
}

// Function is a function to put into the account under test.
type Function struct {
	Layers  map[string][]string // version, "1", "2", … and "$LATEST" → ARNs of layer versions
	Aliases map[string]string   // alias → version
}

// Users tests what a back end says about functions. open is as for Layers, add
// puts a function into the account.
func Users(t *testing.T, open func(*testing.T) (store.Objects, store.Layers), add func(*testing.T, string, Function)) {
	o, l := open(t)
	var arns []string
	for i := range 4 {
		arns = append(arns, publish(t, o, l, Random(1000, byte(i))).ARN)
	}
	first, ok := store.ParseARN(arns[0])
	if !ok {
		t.Fatalf("ARN %q", arns[0])
	}
	layer := first.Unversioned().String()
	if users, err := l.Users(t.Context(), layer); err != nil || len(users) != 0 {
		t.Fatalf("got %v, %v", users, err)
	}

	add(t, "web", Function{Layers: map[string][]string{"1": {arns[0]}, "2": {arns[1]}, "$LATEST": {arns[2]}}, Aliases: map[string]string{"live": "1"}})
	add(t, "none", Function{Layers: map[string][]string{"$LATEST": nil}})
	users, err := l.Users(t.Context(), layer)
	noError(t, err)
	noError(t, l.NameAliases(t.Context(), users))
	var got []string
	for _, u := range users {
		got = append(got, fmt.Sprintf("%s has %d", u, u.Layer))
	}
	slices.Sort(got)
	if want := []string{"web:$LATEST has 3", "web:1 (alias live) has 1", "web:2 has 2"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if users, err := l.Users(t.Context(), strings.TrimSuffix(layer, Name)+"other"); err != nil || len(users) != 0 {
		t.Errorf("another layer: %v, %v", users, err)
	}
}

// publish makes a version of data.
func publish(t *testing.T, o store.Objects, l store.Layers, data []byte) store.LayerVersion {
	t.Helper()
	mustPut(t, o, "layer/zip/x.zip", Body(data))
	v, err := l.Publish(t.Context(), store.Publication{Name: Name, Content: o.Location("layer/zip/x.zip")})
	noError(t, err)
	return v
}
