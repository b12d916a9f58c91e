package deploy

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/spec"
)

// deployed is a deployment of version 1 in a region of account 1 or 2.
func deployed(name, region, profile, account string) Deployed {
	return Deployed{Layer: spec.Layer{Name: name, Runtime: "python3.13", Destination: spec.Destination{Region: region, Profile: profile}},
		Result: &publish.Result{ARN: "arn:aws:lambda:" + region + ":" + account + ":layer:" + name + ":1", Version: 1}}
}

func TestOutputKeys(t *testing.T) {
	failed := deployed("a", "r2", "", "1")
	failed.Result, failed.Err = nil, errors.New("no")
	for _, test := range []struct {
		outcomes []Deployed
		want     []string
	}{
		{[]Deployed{deployed("a", "r1", "", "1"), deployed("b", "r1", "", "1")}, []string{"a", "b"}},
		{[]Deployed{deployed("a", "r1", "", "1"), deployed("a", "r2", "", "1")}, []string{"a/r1", "a/r2"}},
		{[]Deployed{deployed("a", "r1", "p", "1"), deployed("a", "r1", "q", "2")}, []string{"a/r1/1", "a/r1/2"}},
		{[]Deployed{deployed("a", "r1", "", "1"), failed}, []string{"a/r1"}}, // as if it had not failed
	} {
		var got []string
		for _, o := range Outputs(test.outcomes) {
			got = append(got, o.Key)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

// Each file has the layers that name it; one that would lack a layer stays as it is.
func TestWriteOutputs(t *testing.T) {
	dir := t.TempDir()
	both, one := filepath.Join(dir, "both.env"), filepath.Join(dir, "one.env")
	a, b := deployed("a", "r1", "", "1"), deployed("b", "r1", "", "1")
	a.Layer.Outputs, b.Layer.Outputs = []string{both, one}, []string{both}
	if left, err := WriteOutputs([]Deployed{a, b}); err != nil || left != nil {
		t.Fatal(left, err)
	}
	read := func(path string) string {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	arn := "LAYER_ARN_A=arn:aws:lambda:r1:1:layer:a:1\nLAYER_VERSION_A=1\n"
	whole := arn + "LAYER_ARN_B=arn:aws:lambda:r1:1:layer:b:1\nLAYER_VERSION_B=1\n"
	if read(one) != arn || read(both) != whole {
		t.Errorf("got %q and %q", read(one), read(both))
	}

	b.Err = errors.New("no")
	a.Result.Version = 2
	if left, err := WriteOutputs([]Deployed{a, b}); err != nil || !slices.Equal(left, []string{both}) {
		t.Error(left, err)
	}
	if read(both) != whole || read(one) == arn {
		t.Errorf("got %q and %q", read(one), read(both))
	}
	a.Layer.Outputs = []string{"layers"}
	if _, err := WriteOutputs([]Deployed{a}); catalogue.KindOf(err) != fault.Usage {
		t.Error(err)
	}
}

func TestCheckParameter(t *testing.T) {
	for _, name := range []string{"", "plain", "/layers/web", "/a/b.c-d_e/web/arn"} {
		if err := checkParameter(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"/", "/a/", "a/b", "/a//b", "/a b", "/aws/x", "ssm-x", "/SSM/x", "/ä", strings.Repeat("a", 1000), "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16"} {
		if err := checkParameter(name); catalogue.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
