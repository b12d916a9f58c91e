package doctor

import (
	"reflect"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/spec"
)

// examine returns what is found of layers that go to s3://bucket.
func examine(t *testing.T, layers ...spec.Layer) (found []Destination) {
	t.Helper()
	x := examination{destinations: new(deploy.Destinations)}
	for _, l := range layers {
		l.Runtime, l.To = "python3.13", "s3://bucket/home/{layer}"
		found = append(found, x.destination(t.Context(), l))
	}
	return found
}

// failed are the names of the checks that failed, and "identity".
func failed(d Destination) (names []string) {
	catalogue.Record(d.IdentityErr)
	if d.IdentityErr != nil {
		names = append(names, "identity")
	}
	for _, c := range d.Checks {
		catalogue.Record(c.Err)
		if c.Err != nil {
			names = append(names, c.Name)
		}
	}
	return names
}

// TestDestinationTrouble: each trouble is found, once, by its name.
func TestDestinationTrouble(t *testing.T) {
	denied := func(op string) func(*fakeaws.Server) {
		return func(s *fakeaws.Server) {
			s.Inject(fakeaws.Fault{Op: op, Times: 100, Status: 403, Code: "AccessDenied", Message: "no identity-based policy allows it"})
		}
	}
	for name, test := range map[string]struct {
		spoil func(*fakeaws.Server)
		layer spec.Layer
		want  []string
	}{
		"nothing":                     {func(*fakeaws.Server) {}, spec.Layer{}, nil},
		"no versioning":               {func(*fakeaws.Server) {}, spec.Layer{Version: spec.Version{Storage: spec.StorageReference}}, []string{"versioning"}},
		"versioning":                  {func(s *fakeaws.Server) { s.Versioned = true }, spec.Layer{Version: spec.Version{Storage: spec.StorageReference}}, nil},
		"no listing":                  {denied("ListObjectsV2"), spec.Layer{}, []string{"bucket"}},
		"no reading":                  {denied("GetObject"), spec.Layer{}, []string{"s3:GetObject"}},
		"no writing":                  {denied("PutObject"), spec.Layer{}, []string{"s3:PutObject"}},
		"encryption":                  {func(s *fakeaws.Server) { s.SSE = "AES256" }, spec.Layer{}, []string{"s3:PutObject"}},
		"no versions":                 {denied("ListLayerVersions"), spec.Layer{}, []string{"lambda:ListLayerVersions"}},
		"no version":                  {denied("GetLayerVersion"), spec.Layer{}, []string{"lambda:GetLayerVersion"}},
		"no publishing":               {denied("PublishLayerVersion"), spec.Layer{}, []string{"lambda:PublishLayerVersion"}},
		"no parameter":                {denied("GetParameter"), spec.Layer{Destination: spec.Destination{SSMParameter: "/layers/{layer}"}}, []string{"ssm:GetParameter"}},
		"no writing of the parameter": {denied("PutParameter"), spec.Layer{Destination: spec.Destination{SSMParameter: "/layers/{layer}"}}, []string{"ssm:PutParameter"}},
		"no functions": {func(s *fakeaws.Server) {
			s.Configure("web", fakeaws.Configured{}, false)
			denied("ListFunctions")(s)
		}, spec.Layer{Destination: spec.Destination{Attach: []string{"web"}}}, []string{"lambda:ListFunctions"}},
		"other region": {func(s *fakeaws.Server) { s.Region = "eu-west-1" }, spec.Layer{}, []string{"bucket"}},
		"a server that names the region, and does not insist": {func(s *fakeaws.Server) { s.Place = "eu-west-1" }, spec.Layer{}, []string{"bucket"}},
		"expired": {func(s *fakeaws.Server) {
			s.Inject(fakeaws.Fault{Times: 100, Status: 403, Code: "ExpiredToken"})
		}, spec.Layer{}, []string{"identity"}},
	} {
		t.Run(name, func(t *testing.T) {
			server := fakeaws.New(t, "bucket")
			server.Use(t)
			test.spoil(server)
			test.layer.Name = "web"
			before := stateOf(server)
			d := examine(t, test.layer)[0]
			if got := failed(d); !slices.Equal(got, test.want) {
				t.Errorf("failed: %q, want %q; %+v", got, test.want, d)
			}
			for _, c := range d.Checks {
				if c.Err != nil && (fault.KindOf(c.Err) != fault.Destination || len(fault.Hints(c.Err)) == 0) {
					t.Errorf("%s: %v, hints %q", c.Name, c.Err, fault.Hints(c.Err))
				}
			}
			if after := stateOf(server); !reflect.DeepEqual(after, before) {
				t.Errorf("doctor changed %+v to %+v", before, after)
			}
		})
	}
}

// TestIgnoringServer: a server that carries out the trials has them undone.
func TestIgnoringServer(t *testing.T) {
	server := fakeaws.New(t, "bucket")
	server.Use(t)
	server.Inject(fakeaws.Fault{Op: "PutObject", Change: func(_ string, a *fakeaws.Answer) bool {
		a.Header["ETag"] = `"d41d8cd98f00b204e9800998ecf8427e"`
		return true
	}})
	d := examine(t, spec.Layer{Name: "web"})[0]
	if got := failed(d); !slices.Equal(got, []string{"s3:PutObject"}) || server.Count("DeleteObject") != 1 {
		t.Errorf("failed %q, requests %q", got, server.Requests())
	}
}

// TestNoAnswer: without credentials or network there is one trouble, not one a check.
func TestNoAnswer(t *testing.T) {
	server := fakeaws.New(t, "bucket")
	server.Use(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	t.Run("no credentials", func(t *testing.T) {
		t.Setenv("AWS_ACCESS_KEY_ID", "")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "")
		if got := failed(examine(t, spec.Layer{Name: "web"})[0]); !slices.Equal(got, []string{"identity"}) {
			t.Errorf("failed: %q", got)
		}
	})
	t.Run("no region", func(t *testing.T) {
		t.Setenv("AWS_REGION", "")
		if got := failed(examine(t, spec.Layer{Name: "web"})[0]); !slices.Equal(got, []string{"identity"}) {
			t.Errorf("failed: %q", got)
		}
	})
	t.Run("offline", func(t *testing.T) {
		t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
		if got := failed(examine(t, spec.Layer{Name: "web"})[0]); !slices.Equal(got, []string{"bucket"}) {
			t.Errorf("failed: %q", got)
		}
	})
	if n := len(server.Requests()); n > 0 {
		t.Errorf("%d requests", n)
	}
}

// TestManyLayers: what layers share is asked for once.
func TestManyLayers(t *testing.T) {
	server := fakeaws.New(t, "bucket")
	server.Use(t)
	found := examine(t, spec.Layer{Name: "a"}, spec.Layer{Name: "b"}, spec.Layer{Name: "c"})
	for _, d := range found {
		if len(failed(d)) > 0 || d.Identity.Account != "123456789012" {
			t.Errorf("%+v", d)
		}
	}
	if n := server.Count("GetCallerIdentity"); n != 1 {
		t.Errorf("asked %d times who it is: %q", n, server.Requests())
	}
}
