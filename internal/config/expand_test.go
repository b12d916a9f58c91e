package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
)

// expand expands flags and a file for the project "app".
func expand(flags, file Settings) ([]Variant, error) {
	return Expand("app", Source{Settings: flags, Origin: Key.Flag}, Source{Settings: file, Origin: func(k Key) string { return k.Name + " in lamella.toml" }})
}

// short is a variant in one line: "name runtime arch region profile role".
func short(v Variant) string {
	s := v.Settings
	return strings.Join(strings.Fields(strings.Join([]string{s.Name, s.Runtime.First(), s.Arch.First(), s.Region.First(), s.Profile, s.RoleARN}, " ")), " ")
}

func TestExpand(t *testing.T) {
	regions := OneOrMore{"us-east-1", "eu-west-1"}
	accounts := []Settings{{Profile: "a", Region: regions}, {Profile: "b", Region: OneOrMore{"us-east-1"}}, {RoleARN: "arn:aws:iam::123456789012:role/r"}}
	for _, test := range []struct {
		name        string
		flags, file Settings
		want        []string
	}{
		{"one", Settings{}, Settings{Runtime: OneOrMore{"python3.13"}}, []string{"app python3.13"}},
		{"a name of its own", Settings{}, Settings{Name: "web"}, []string{"web"}},
		{"targets", Settings{}, Settings{Name: "{name}-{runtime}-{arch}", Runtime: OneOrMore{"python3.12", "python3.13"}, Arch: OneOrMore{"x86_64", "arm64"}},
			[]string{"app-python312-x86_64 python3.12 x86_64", "app-python312-arm64 python3.12 arm64",
				"app-python313-x86_64 python3.13 x86_64", "app-python313-arm64 python3.13 arm64"}},
		{"no arch is x86_64", Settings{}, Settings{Name: "{name}-{arch}"}, []string{"app-x86_64"}},
		{"regions", Settings{}, Settings{Region: regions}, []string{"app us-east-1", "app eu-west-1"}},
		{"a flag for one takes back several", Settings{Region: OneOrMore{"eu-west-1"}}, Settings{Region: regions}, []string{"app eu-west-1"}},
		{"flags for several take back one", Settings{Region: regions}, Settings{Region: OneOrMore{"sa-east-1"}}, []string{"app us-east-1", "app eu-west-1"}},
		{"layers", Settings{}, Settings{Runtime: OneOrMore{"python3.13"}, Layer: []Settings{{Name: "a"}, {Name: "b", Runtime: OneOrMore{"python3.9"}}}},
			[]string{"a python3.13", "b python3.9"}},
		{"a flag is stronger than a layer", Settings{Runtime: OneOrMore{"python3.11"}}, Settings{Layer: []Settings{{Name: "a", Runtime: OneOrMore{"python3.9"}}}}, []string{"a python3.11"}},
		{"destinations", Settings{}, Settings{Destination: accounts}, []string{"app us-east-1 a", "app eu-west-1 a", "app us-east-1 b", "app arn:aws:iam::123456789012:role/r"}},
		{"each layer to each destination", Settings{}, Settings{Layer: []Settings{{Name: "x"}, {Name: "y"}}, Destination: accounts[1:]},
			[]string{"x us-east-1 b", "x arn:aws:iam::123456789012:role/r", "y us-east-1 b", "y arn:aws:iam::123456789012:role/r"}},
		{"chosen by profile", Settings{Profile: "b"}, Settings{Destination: accounts}, []string{"app us-east-1 b"}},
		{"chosen by role", Settings{RoleARN: "arn:aws:iam::123456789012:role/r"}, Settings{Destination: accounts}, []string{"app arn:aws:iam::123456789012:role/r"}},
		{"chosen by region", Settings{Region: OneOrMore{"us-east-1"}}, Settings{Destination: accounts}, []string{"app us-east-1 a", "app us-east-1 b"}},
		{"chosen by both", Settings{Region: OneOrMore{"us-east-1"}, Profile: "a"}, Settings{Destination: accounts}, []string{"app us-east-1 a"}},
		{"a region of none", Settings{Region: OneOrMore{"sa-east-1"}, Profile: "b"}, Settings{Destination: accounts}, []string{"app sa-east-1 b"}},
		{"a destination is weaker than a layer", Settings{}, Settings{Layer: []Settings{{Name: "x", Region: OneOrMore{"sa-east-1"}}}, Destination: accounts[1:2]}, []string{"x sa-east-1 b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			variants, err := expand(test.flags, test.file)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, v := range variants {
				got = append(got, short(v))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestExpandErrors(t *testing.T) {
	for _, test := range []struct {
		name        string
		flags, file Settings
		want        string
	}{
		{"several targets of one name", Settings{}, Settings{Arch: OneOrMore{"x86_64", "arm64"}, Runtime: OneOrMore{"python3.13"}}, "python3.13 on arm64"},
		{"two layers of one name", Settings{}, Settings{Layer: []Settings{{Name: "a"}, {Name: "a"}}}, "layer a"},
		{"a region twice", Settings{}, Settings{Region: OneOrMore{"us-east-1", "us-east-1"}}, "twice"},
		{"one parameter for two layers", Settings{}, Settings{SSMParameter: "/p", Layer: []Settings{{Name: "a"}, {Name: "b"}}}, "/p"},
		{"an unknown placeholder", Settings{To: "s3://b/{layers}"}, Settings{}, "{layers}"},
		{"an unknown placeholder in a list", Settings{}, Settings{Outputs: []string{"a.json", "{Name}.json"}}, "{Name}"},
		{"an empty placeholder", Settings{}, Settings{SSMParameter: "/{}"}, "{}"},
		{"a placeholder that a name cannot have", Settings{Name: "web-{region}"}, Settings{}, "{region}"},
		{"a name in itself", Settings{Name: "{layer}"}, Settings{}, "{layer}"},
		{"an account in a path", Settings{Output: "{account}.zip"}, Settings{}, "{account}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := expand(test.flags, test.file)
			if catalogue.KindOf(err) != fault.Usage || !strings.Contains(fmt.Sprint(err), test.want) || len(fault.Hints(err)) == 0 {
				t.Errorf("got %v %q, want %q", err, fault.Hints(err), test.want)
			}
		})
	}
	// The same parameter in two regions or accounts are two.
	if _, err := expand(Settings{}, Settings{SSMParameter: "/p", Region: OneOrMore{"us-east-1", "eu-west-1"}}); err != nil {
		t.Error(err)
	}
}

// {name} is the project in every key that may hold it, also in a table. What depends on the
// version or its destination stays for later.
func TestExpandName(t *testing.T) {
	file := Settings{
		Name: "{name}-deps", To: "s3://b/{name}/{layer}", SSMParameter: "/{name}/{region}", Output: "dist/{name}.zip", Outputs: []string{"{name}.json", "{layer}.{name}.tfvars"},
		Layer: []Settings{{}, {Name: "{name}", To: "s3://c/{name}/{region}"}},
	}
	variants, err := expand(Settings{}, file)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range variants {
		s := v.Settings
		got = append(got, s.Name, s.To, s.SSMParameter, s.Output, strings.Join(s.Outputs, " "))
	}
	want := []string{
		"app-deps", "s3://b/app/{layer}", "/app/{region}", "dist/app.zip", "app.json {layer}.app.tfvars",
		"app", "s3://c/app/{region}", "/app/{region}", "dist/app.zip", "app.json {layer}.app.tfvars",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	variants, err = expand(Settings{To: "out/{name}"}, Settings{Destination: []Settings{{Region: OneOrMore{"us-east-1"}, To: "s3://d/{name}"}}})
	if err != nil || variants[0].Settings.To != "out/app" {
		t.Errorf("by a flag: %+v, %v", variants, err)
	}
}
