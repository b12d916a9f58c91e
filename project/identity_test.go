package project

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/target"
)

// A record gives the same identity again, for every option that decides what is in a
// layer.
func TestFromRecordIsTheInverseOfIdentity(t *testing.T) {
	plain := identityOf(t, spec.Layer{})
	var fields func(v reflect.Value, try func(name string, field reflect.Value))
	fields = func(v reflect.Value, try func(string, reflect.Value)) {
		for i := range v.NumField() {
			if v.Type().Field(i).Anonymous {
				fields(v.Field(i), try)
				continue
			}
			try(v.Type().Field(i).Name, v.Field(i))
		}
	}
	var names []string
	fields(reflect.ValueOf(&spec.Layer{}).Elem(), func(name string, _ reflect.Value) { names = append(names, name) })
	decides := 0
	for _, name := range names {
		l := spec.Layer{Runtime: "python3.12", Architecture: "arm64"}
		field := reflect.ValueOf(&l).Elem().FieldByName(name)
		switch {
		case field.Kind() == reflect.Bool:
			field.SetBool(true)
		case field.Type() == reflect.TypeFor[string]() && field.String() == "":
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
		decides++
		again, err := FromRecord(spec.Layer{}, &publish.Record{Target: was.Target, Options: was.Options})
		if err != nil {
			t.Fatal(err)
		}
		if got := identityOf(t, again); got.Digest() != was.Digest() {
			t.Errorf("%s is lost: %+v became %+v", name, was, got)
		}
	}
	if decides < 11 {
		t.Errorf("only %d options decide what is in a layer", decides)
	}
}

func identityOf(t *testing.T, l spec.Layer) publish.Identity {
	t.Helper()
	if l.Runtime == "" {
		l.Runtime, l.Architecture = "python3.12", "arm64"
	}
	parsed, err := target.Parse(l.Runtime, l.Architecture)
	if err != nil {
		t.Skip(err)
	}
	return (&Project{Layer: l, Target: parsed}).Identity()
}

func TestFromRecordRefusesOtherLayouts(t *testing.T) {
	_, err := FromRecord(spec.Layer{}, &publish.Record{Target: "python3.12/arm64", Options: map[string][]string{"rules": {"0"}}, Tool: "lamella 0.1"})
	if fault.KindOf(err) != fault.Destination || !slices.ContainsFunc(fault.Hints(err), func(h string) bool { return strings.Contains(h, "lamella 0.1") }) {
		t.Errorf("%v %q", err, fault.Hints(err))
	}
}
