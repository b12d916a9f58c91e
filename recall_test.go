package lamella

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/target"
)

// What a record says of the options makes the same identity again, for every
// option that decides what is in a layer.
func TestRecallIsTheInverseOfIdentity(t *testing.T) {
	plain := identityOf(t, Layer{})
	fields := reflect.TypeFor[Layer]()
	for i := range fields.NumField() {
		l := Layer{Runtime: "python3.12", Architecture: "arm64"}
		field := reflect.ValueOf(&l).Elem().Field(i)
		switch {
		case field.Kind() == reflect.Bool:
			field.SetBool(true)
		case field.Kind() == reflect.String && field.Type() == reflect.TypeFor[string]() && field.String() == "":
			field.SetString("something")
		case field.Type() == reflect.TypeFor[[]string]():
			field.Set(reflect.ValueOf([]string{"one", "two"}))
		default:
			continue
		}
		was := identityOf(t, l)
		if was.Digest() == plain.Digest() {
			continue // it decides nothing
		}
		var again Layer
		if err := again.recall(&publish.Record{Target: was.Target, Options: was.Options}); err != nil {
			t.Fatal(err)
		}
		if got := identityOf(t, again); got.Digest() != was.Digest() {
			t.Errorf("%s is lost: %+v became %+v", fields.Field(i).Name, was, got)
		}
	}
}

func identityOf(t *testing.T, l Layer) publish.Identity {
	t.Helper()
	if l.Runtime == "" {
		l.Runtime, l.Architecture = "python3.12", "arm64"
	}
	parsed, err := target.Parse(l.Runtime, l.Architecture)
	if err != nil {
		t.Skip(err)
	}
	return (&work{layer: l, target: parsed}).identity()
}

func TestRecallRefusesOtherRules(t *testing.T) {
	var l Layer
	err := l.recall(&publish.Record{Target: "python3.12/arm64", Options: map[string][]string{"rules": {"0"}}, Tool: "lamella 0.1"})
	if fault.KindOf(err) != fault.Destination || !slices.ContainsFunc(fault.Hints(err), func(h string) bool { return strings.Contains(h, "lamella 0.1") }) {
		t.Errorf("%v %q", err, fault.Hints(err))
	}
}
