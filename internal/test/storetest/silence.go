package storetest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/lamella-build/lamella/store"
)

// Part is a part of what a back end keeps, or answers with.
type Part string

// The parts on which a decision to publish or to delete rests.
const (
	Versions  Part = "the list of versions"
	Version   Part = "a version"
	Numbers   Part = "the numbers given so far"
	Policy    Part = "who a version is shared with"
	Functions Part = "the list of functions"
	Using     Part = "what a function uses"
	Listing   Part = "the list of objects"
	Metadata  Part = "the metadata of an object"
)

// Fragile is a back end whose parts a test can damage.
type Fragile struct {
	store.Objects
	store.Layers
	// Damage replaces the content of a part by other bytes. For a part that is a
	// listing, it makes the listing fail; content does not matter.
	Damage func(t *testing.T, part Part, content string)
}

// silences are contents that say nothing, or not enough.
var silences = []string{"", "\n", "{", "null", "{}", "[]x", "[{}]", "{\"", "\x00\x00\x00\x00", "true", "{\"layers\":null}"}

// Silence tests that what is damaged, cut off or unreadable is an error, and never
// taken for "there is none". open gives a back end with one object "zip", version 1
// of the layer "deps" that is made of it and shared, and a function that uses it.
func Silence(t *testing.T, open func(*testing.T) Fragile) {
	const layer = "deps"
	for _, c := range []struct {
		part Part
		ask  map[string]func(t *testing.T, f Fragile) error
	}{
		{Versions, map[string]func(*testing.T, Fragile) error{
			"Versions": func(t *testing.T, f Fragile) error { _, err := f.Versions(t.Context(), layer); return err },
			"Publish":  publishAgain,
		}},
		{Version, map[string]func(*testing.T, Fragile) error{
			"Versions": func(t *testing.T, f Fragile) error { _, err := f.Versions(t.Context(), layer); return err },
			"Version":  func(t *testing.T, f Fragile) error { _, err := f.Version(t.Context(), layer, 1); return err },
			"Grants":   func(t *testing.T, f Fragile) error { _, err := f.Grants(t.Context(), layer, 1); return err },
			"Publish":  publishAgain,
		}},
		{Numbers, map[string]func(*testing.T, Fragile) error{"Publish": publishAgain}},
		{Policy, map[string]func(*testing.T, Fragile) error{
			"Grants": func(t *testing.T, f Fragile) error { _, err := f.Grants(t.Context(), layer, 1); return err },
			"Grant": func(t *testing.T, f Fragile) error {
				return f.Grant(t.Context(), layer, 1, store.Principal("111122223333").Grant())
			},
		}},
		{Functions, map[string]func(*testing.T, Fragile) error{"Users": users}},
		{Using, map[string]func(*testing.T, Fragile) error{"Users": users}},
		{Listing, map[string]func(*testing.T, Fragile) error{
			"List": func(t *testing.T, f Fragile) error { _, err := f.List(t.Context(), ""); return err },
			"List below": func(t *testing.T, f Fragile) error {
				_, err := f.List(t.Context(), "layer/")
				return err
			},
		}},
		{Metadata, map[string]func(*testing.T, Fragile) error{
			"Head": func(t *testing.T, f Fragile) error { _, err := f.Head(t.Context(), "zip"); return err },
			"Get":  func(t *testing.T, f Fragile) error { _, _, err := f.Get(t.Context(), "zip"); return err },
		}},
	} {
		for name, ask := range c.ask {
			t.Run(string(c.part)+"/"+name, func(t *testing.T) {
				noError(t, ask(t, open(t))) // undamaged
				contents := silences
				if c.part == Versions || c.part == Functions || c.part == Listing {
					contents = []string{""}
				}
				for _, content := range contents {
					f := open(t)
					f.Damage(t, c.part, content)
					if err := ask(t, f); err == nil || errors.Is(err, store.ErrNotExist) || errors.Is(err, store.ErrExist) {
						t.Errorf("%q: got %v", content, err)
					}
				}
			})
		}
	}
}

// publishAgain makes a further version of what Silence finds.
func publishAgain(t *testing.T, f Fragile) error {
	v, err := f.Publish(t.Context(), store.Publication{Name: "deps", Content: f.Location("zip")})
	if err == nil && v.Version != 2 {
		return fmt.Errorf("version %d was made: %w", v.Version, store.ErrExist) // its number was given before
	}
	return err
}

// users asks who uses the layer, who must not be overlooked.
func users(t *testing.T, f Fragile) error {
	v, err := f.Version(t.Context(), "deps", 1)
	if err != nil {
		return err
	}
	arn, _ := store.ParseARN(v.ARN)
	found, err := f.Users(t.Context(), arn.Unversioned().String())
	if err == nil && len(found) == 0 {
		return store.ErrNotExist
	}
	return err
}
