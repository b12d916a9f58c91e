package project

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/target"
)

// elsewhere are the fields of a layer that do not change what is in it: where things are,
// how they are fetched, and what is done with the result. A layer in which only these
// change is not published again.
var elsewhere = []string{
	"ACL", "AllowBuild", "Attach", "BuildTimeout", "BuilderPath", "Cache", "Check", "CompatibleArchitectures",
	"CompatibleRuntimes", "Description", "Detect", "FindLinks", "Force", "IndexURL", "Indexes", "KMSKey", "License",
	"Lock", "Locked", "Name", "Output", "Outputs", "Profile", "Project", "Region", "RoleARN", "SSE", "SSMParameter",
	"Share", "Storage", "To",
}

// full has the options that others need to decide something.
var full = spec.Layer{Runtime: "python3.12", Architecture: "arm64",
	Build: spec.Build{Builder: "pip", Container: "auto", Image: "image", Bytecode: []string{spec.AllSources}}}

// other is what is set for the fields that do not take any text.
var other = map[string]string{"Runtime": "python3.13", "Architecture": "x86_64", "Builder": "uv", "Container": ""}

// A record gives the same identity again, for every option that decides what is in a
// layer. An option is either one of these or in [elsewhere].
func TestFromRecordIsTheInverseOfIdentity(t *testing.T) {
	plain := identityOf(t, full)
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
	var without []string
	for _, name := range names {
		l := full
		field := reflect.ValueOf(&l).Elem().FieldByName(name)
		text, ok := other[name]
		switch {
		case ok:
			field.SetString(text)
		case field.Kind() == reflect.Bool:
			field.SetBool(true)
		case field.Kind() == reflect.String:
			field.SetString("something")
		case field.Type() == reflect.TypeFor[[]string]():
			field.Set(reflect.ValueOf([]string{"one", "two"}))
		default:
			without = append(without, name)
			continue
		}
		was := identityOf(t, l)
		if was.Digest() == plain.Digest() {
			without = append(without, name)
			continue
		}
		again, err := FromRecord(spec.Layer{}, &publish.Record{Target: was.Target, Options: was.Options, BytecodePython: l.BytecodePython})
		if err != nil {
			t.Fatal(err)
		}
		if got := identityOf(t, again); got.Digest() != was.Digest() {
			t.Errorf("%s is lost: %+v became %+v", name, was, got)
		}
	}
	slices.Sort(without)
	if !slices.Equal(without, elsewhere) {
		t.Errorf("the identity of a layer does not have %q, want %q", without, elsewhere)
	}
}

func identityOf(t *testing.T, l spec.Layer) publish.Identity {
	t.Helper()
	parsed, err := target.Parse(l.Runtime, l.Architecture)
	if err != nil {
		t.Fatal(err)
	}
	return (&Project{Layer: l, Target: parsed}).Identity()
}

func TestFromRecordRefusesOtherLayouts(t *testing.T) {
	_, err := FromRecord(spec.Layer{}, &publish.Record{ARN: "arn:aws:lambda:eu-central-1:123456789012:layer:deps:3", Target: "python3.12/arm64", Options: map[string][]string{"rules": {"0"}}, Tool: "lamella 0.1"})
	if catalogue.KindOf(err) != fault.Destination || !slices.ContainsFunc(fault.Hints(err), func(h string) bool { return strings.Contains(h, "lamella 0.1") }) {
		t.Errorf("%v %q", err, fault.Hints(err))
	}
}
