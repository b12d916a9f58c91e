package lamella

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/publish"
)

// deployed is a deployment of version 1 in a region of account 1 or 2.
func deployed(name, region, profile, account string) Deployment {
	return Deployment{Layer: Layer{Name: name, Region: region, Profile: profile, Runtime: "python3.13"},
		Result: &publish.Result{ARN: "arn:aws:lambda:" + region + ":" + account + ":layer:" + name + ":1", Version: 1}}
}

func TestOutputKeys(t *testing.T) {
	failed := deployed("a", "r2", "", "1")
	failed.Result, failed.Err = nil, errors.New("no")
	for _, test := range []struct {
		deployments []Deployment
		want        []string
	}{
		{[]Deployment{deployed("a", "r1", "", "1"), deployed("b", "r1", "", "1")}, []string{"a", "b"}},
		{[]Deployment{deployed("a", "r1", "", "1"), deployed("a", "r2", "", "1")}, []string{"a/r1", "a/r2"}},
		{[]Deployment{deployed("a", "r1", "p", "1"), deployed("a", "r1", "q", "2")}, []string{"a/r1/1", "a/r1/2"}},
		{[]Deployment{deployed("a", "r1", "", "1"), failed}, []string{"a/r1"}}, // as if it had not failed
	} {
		var got []string
		for _, o := range Outputs(test.deployments) {
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
	if left, err := WriteOutputs([]Deployment{a, b}); err != nil || left != nil {
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
	if left, err := WriteOutputs([]Deployment{a, b}); err != nil || !slices.Equal(left, []string{both}) {
		t.Error(left, err)
	}
	if read(both) != whole || read(one) == arn {
		t.Errorf("got %q and %q", read(one), read(both))
	}
	a.Layer.Outputs = []string{"layers"}
	if _, err := WriteOutputs([]Deployment{a}); fault.KindOf(err) != fault.Usage {
		t.Error(err)
	}
}

func TestParameterName(t *testing.T) {
	long := make([]byte, 1000)
	for i := range long {
		long[i] = 'a'
	}
	for name, want := range map[string]string{
		"": "", "plain": "plain", "/layers/{name}": "/layers/web", "{name}": "web", "/a/b.c-d_e/{name}/arn": "/a/b.c-d_e/web/arn",
	} {
		if got, err := (Layer{Name: "web", SSMParameter: name}).parameter(); got != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"/", "/a/", "a/b", "/a//b", "/a b", "/aws/x", "ssm-x", "/SSM/x", "/ä", string(long), "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16"} {
		if got, err := (Layer{Name: "web", SSMParameter: name}).parameter(); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}
