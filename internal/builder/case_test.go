package builder_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/builder"
)

func TestNamesThatDifferByCaseOnly(t *testing.T) {
	var notes []string
	sink := func(e event.Event) {
		if e.Kind == event.Note {
			notes = append(notes, e.Message)
		}
	}
	a := makeWheel(t, "a", "Crypto/Hash.py=1", "crypto/x.py=1", "LICENSE=1")
	b := makeWheel(t, "b", "crypto/hash.py=2", "Crypto/hash.py=3", "other/LICENSE=1")
	tree, err := builder.Native(t.Context(), []builder.Input{a, b}, builder.Options{}, sink)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	want := []string{"python/crypto/hash.py and python/Crypto/Hash.py ", "python/Crypto/Hash.py and python/Crypto/hash.py "}
	if !slices.EqualFunc(notes, want, strings.HasPrefix) {
		t.Errorf("got %q, want %q", notes, want)
	}
}
