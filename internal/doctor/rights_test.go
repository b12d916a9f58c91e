package doctor

import (
	"crypto/sha256"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/spec"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

// state is what doctor must not change.
type state struct {
	keys      []string
	versions  []int64
	parameter string
	function  fakeaws.Configured
	grants    int
}

func stateOf(s *fakeaws.Server) state {
	return state{keys: s.Keys("bucket"), versions: s.Versions("web"), parameter: s.ParameterValue("/layers/web"), function: s.Look("api"), grants: s.Grants("web")}
}

// published puts a version, a parameter and a function that uses the version into the
// account.
func published(t *testing.T, server *fakeaws.Server) {
	t.Helper()
	o, l, err := aws.New(t.Context(), store.Prefix{Bucket: "bucket"}, aws.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server.Configure("api", fakeaws.Configured{}, false)
	server.SetParameter("/layers/web", "String", "arn:aws:lambda:eu-central-1:123456789012:layer:web:1")
	sum := sha256.Sum256([]byte("zip"))
	if _, err := o.Put(t.Context(), "layer.zip", store.Body{Reader: strings.NewReader("zip"), Size: 3, SHA256: sum[:]}); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Publish(t.Context(), store.Publication{Name: "web", Content: o.Location("layer.zip"), Runtimes: []string{"python3.13"}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Grant(t.Context(), "web", 1, store.Grant{ID: "mine", Principal: "210987654321"}); err != nil {
		t.Fatal(err)
	}
}

// everything configured has all permissions tried.
func everything(attach ...string) spec.Layer {
	return spec.Layer{Name: "web", Version: spec.Version{Share: []string{"210987654321"}},
		Destination: spec.Destination{SSMParameter: "/layers/{layer}", KMSKey: "alias/layers", Attach: attach}}
}

// TestRightsDeniedOneByOne: of a layer that has everything configured, each permission that is
// denied is found by its name, and the others are not affected. Nothing changes, whether there
// is a version or not.
func TestRightsDeniedOneByOne(t *testing.T) {
	for _, there := range []bool{false, true} {
		for op, want := range map[string][]string{
			"":                            nil,
			"PutParameter":                {"ssm:PutParameter"},
			"GetParameter":                {"ssm:GetParameter"},
			"AddLayerVersionPermission":   {"lambda:AddLayerVersionPermission"},
			"DeleteLayerVersion":          {"lambda:DeleteLayerVersion"},
			"ListFunctions":               {"lambda:ListFunctions"},
			"GetFunction":                 {"lambda:GetFunction"},
			"UpdateFunctionConfiguration": {"lambda:UpdateFunctionConfiguration"},
			"GenerateDataKey":             nil, // the key's policy may permit S3
		} {
			t.Run(op, func(t *testing.T) {
				server := fakeaws.New(t, "bucket")
				server.Use(t)
				server.Configure("api", fakeaws.Configured{}, false)
				if there {
					published(t, server)
				}
				if op != "" {
					server.Inject(fakeaws.Fault{Op: op, Times: 100, Status: 400, Code: "AccessDeniedException", Message: "no identity-based policy allows it"})
				}
				before := stateOf(server)
				d := examine(t, everything("tag:team=x", "ap*"))[0]
				if got := failed(d); !slices.Equal(got, want) {
					t.Errorf("failed: %q, want %q", got, want)
				}
				if after := stateOf(server); !reflect.DeepEqual(after, before) {
					t.Errorf("doctor changed %+v to %+v", before, after)
				}
				untried := []string{"s3:DeleteObject"}
				if op == "GenerateDataKey" {
					untried = []string{"kms:GenerateDataKey", "s3:DeleteObject"}
				}
				if op == "ListFunctions" {
					untried = []string{"lambda:UpdateFunctionConfiguration", "s3:DeleteObject"}
				}
				if got := notTried(d); !slices.Equal(got, untried) {
					t.Errorf("not tried: %q, want %q", got, untried)
				}
				for _, c := range d.Checks {
					if c.Err != nil && (fault.KindOf(c.Err) != fault.Destination || len(fault.Hints(c.Err)) == 0) {
						t.Errorf("%s: %v, hints %q", c.Name, c.Err, fault.Hints(c.Err))
					}
				}
			})
		}
	}
}

func notTried(d Destination) (names []string) {
	for _, c := range d.Checks {
		if c.Untried != "" {
			names = append(names, c.Name)
		}
	}
	return names
}

// TestRightsOfOthers: what a deploy does not need is marked with the command that does, and
// what is not configured is not tried. Functions are listed by one request.
func TestRightsOfOthers(t *testing.T) {
	server := fakeaws.New(t, "bucket")
	server.Use(t)
	server.Configure("api", fakeaws.Configured{}, false)
	needs := map[string]string{}
	for _, c := range examine(t, spec.Layer{Name: "web"})[0].Checks {
		needs[c.Name] = c.For
	}
	for name, want := range map[string]string{"lambda:AddLayerVersionPermission": "share", "lambda:DeleteLayerVersion": "prune", "s3:DeleteObject": "prune", "lambda:PublishLayerVersion": ""} {
		if got, ok := needs[name]; !ok || got != want {
			t.Errorf("%s is for %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"ssm:PutParameter", "kms:GenerateDataKey", "lambda:ListFunctions", "lambda:UpdateFunctionConfiguration"} {
		if _, ok := needs[name]; ok {
			t.Errorf("%s was tried", name)
		}
	}

	shared := everything()
	if c := checkOf(examine(t, shared)[0], "lambda:AddLayerVersionPermission"); c.For != "" {
		t.Errorf("a deploy that shares needs no permission to share: %+v", c)
	}
	before := server.Count("ListFunctions")
	if c := checkOf(examine(t, everything("none-*"))[0], "lambda:UpdateFunctionConfiguration"); c.Untried == "" {
		t.Errorf("no function matches: %+v", c)
	}
	if n := server.Count("ListFunctions") - before; n != 1 {
		t.Errorf("functions are listed %d times", n)
	}
	absent := examine(t, everything("absent"))[0]
	if got := failed(absent); !slices.Equal(got, []string{"lambda:GetFunction"}) || len(fault.Hints(checkOf(absent, "lambda:GetFunction").Err)) == 0 {
		t.Errorf("failed: %q", got)
	}
}

func checkOf(d Destination, name string) Check {
	for _, c := range d.Checks {
		if c.Name == name {
			return c
		}
	}
	return Check{}
}
