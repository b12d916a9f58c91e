package storetest

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// Name is the layer that the tests publish.
const Name = "conformance"

// Layers tests the layers of a back end. open returns an empty prefix and an account without the
// layer Name. except is as for Objects.
func Layers(t *testing.T, open func(*testing.T) (store.Objects, store.Layers), except ...string) {
	run := runExcept(t, except)
	publishing(run, open)
	limits(run, open)
	lifecycle(run, open)
	sharing(run, open)
	versionsTogether(run, open)
}

// publishing tests that versions are numbered and have the published content.
func publishing(run runner, open func(*testing.T) (store.Objects, store.Layers)) {
	run("absent", func(t *testing.T) {
		_, l := open(t)
		if versions, err := l.Versions(t.Context(), Name); err != nil || len(versions) != 0 {
			t.Errorf("got %v, %v", versions, err)
		}
		_, err := l.Version(t.Context(), Name, 1)
		wantIs(t, err, store.ErrNotExist)
	})

	run("publish", func(t *testing.T) {
		o, l := open(t)
		publishTwice(t, o, l)
	})

	run("content absent", func(t *testing.T) {
		o, l := open(t)
		if _, err := l.Publish(t.Context(), store.Publication{Name: Name, Content: o.Location("layer/none.zip")}); err == nil {
			t.Error("a version was made of nothing")
		}
		if versions, err := l.Versions(t.Context(), Name); err != nil || len(versions) != 0 {
			t.Errorf("got %v, %v", versions, err)
		}
	})

	run("many at once", func(t *testing.T) {
		o, l := open(t)
		body := Body(Random(1000, 3))
		mustPut(t, o, "layer/zip/x.zip", body)
		numbers := make([]int64, 6)
		var group sync.WaitGroup
		for i := range numbers {
			group.Go(func() {
				v, err := l.Publish(t.Context(), store.Publication{Name: Name, Content: o.Location("layer/zip/x.zip")})
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
}

// publishTwice tests that each publication makes a version, newest first.
func publishTwice(t *testing.T, o store.Objects, l store.Layers) {
	body := Body(Random(1000, 3))
	mustPut(t, o, "layer/zip/x.zip", body)
	in := store.Publication{
		Name: Name, Content: o.Location("layer/zip/x.zip"), Description: "für Tests", License: "MIT",
		Runtimes: []string{"python3.12", "python3.13"}, Architectures: []string{"x86_64"},
	}
	v, err := l.Publish(t.Context(), in)
	noError(t, err)
	checkVersion(t, v, in, 1)
	checkContent(t, v, body)

	v, err = l.Publish(t.Context(), in)
	noError(t, err)
	checkVersion(t, v, in, 2)

	versions, err := l.Versions(t.Context(), Name)
	noError(t, err)
	if len(versions) != 2 {
		t.Fatalf("%d versions listed", len(versions))
	}
	checkVersion(t, versions[0], in, 2) // newest first
	checkVersion(t, versions[1], in, 1)

	v, err = l.Version(t.Context(), Name, 1)
	noError(t, err)
	checkVersion(t, v, in, 1)
	checkContent(t, v, body)
	_, err = l.Version(t.Context(), Name, 3)
	wantIs(t, err, store.ErrNotExist)
}

// limits tests that publications beyond the limits are refused.
func limits(run runner, open func(*testing.T) (store.Objects, store.Layers)) {
	run("beyond the limits", func(t *testing.T) {
		o, l := open(t)
		body := Body(Random(1000, 3))
		mustPut(t, o, "layer/zip/x.zip", body)
		content := o.Location("layer/zip/x.zip")
		for what, in := range map[string]store.Publication{
			"no name":       {Content: content},
			"bad name":      {Name: "my layer", Content: content},
			"long name":     {Name: strings.Repeat("n", 141), Content: content},
			"description":   {Name: Name, Content: content, Description: strings.Repeat("ü", 257)},
			"licence":       {Name: Name, Content: content, License: strings.Repeat("l", 513)},
			"runtimes":      {Name: Name, Content: content, Runtimes: slices.Repeat([]string{"python3.13"}, 16)},
			"architectures": {Name: Name, Content: content, Architectures: []string{"aarch64"}},
		} {
			_, err := l.Publish(t.Context(), in)
			if fault.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0 {
				t.Errorf("%s: %v", what, err)
			}
		}
		in := store.Publication{Name: Name, Content: content, Description: strings.Repeat("ü", 256)}
		if _, err := l.Publish(t.Context(), in); err != nil {
			t.Errorf("a description of 256 characters: %v", err)
		}
	})
}
