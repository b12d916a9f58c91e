package policy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/functions"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
	"github.com/lamella-build/lamella/versions"
)

const (
	layerARN = "arn:aws:lambda:eu-central-1:123456789012:layer:deps"
	foreign  = "arn:aws:lambda:eu-central-1:464622532012:layer:Datadog-Python313:110"
)

var place = Place{Region: "eu-central-1", Account: "123456789012", Layer: "deps", Bucket: "bucket", Prefix: "home", Share: true, Reference: true,
	Parameter: "/layers/deps", KMSKey: "arn:aws:kms:eu-central-1:123456789012:key/k", ACL: true, Functions: []string{"web"}, Layers: []string{foreign}}

// call is a right that a request takes.
type call struct{ action, resource string }

func (c call) String() string { return c.action + " on " + c.resource }

// rights are those that a request takes. Beside its own they are what the service
// checks in the caller's name, which no fake does: the zip that a version is
// published from, the layers of a function, the key of the bucket, the ACL.
func rights(op string, r *http.Request) []call {
	object := "arn:aws:s3:::" + strings.TrimPrefix(r.URL.Path, "/")
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/") // 2018-10-31 layers NAME versions N …, or 2015-03-31 functions NAME …
	part := func(i int) string {
		if i < len(parts) {
			return parts[i]
		}
		return ""
	}
	function := "arn:aws:lambda:eu-central-1:123456789012:function:" + part(2)
	version := layerARN + ":" + part(4)
	decrypt, encrypt := call{"kms:Decrypt", place.KMSKey}, call{"kms:GenerateDataKey", place.KMSKey}
	write := []call{{"s3:PutObject", object}, {"s3:PutObjectAcl", object}, encrypt, decrypt}
	switch op {
	case "HeadObject", "GetObject":
		if strings.Contains(object, "awslambda-layers") {
			return nil // the URL that GetLayerVersion gives
		}
		return []call{{"s3:GetObject", object}, {"s3:ListBucket", place.bucket()}, decrypt}
	case "PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "CopyObject":
		return write
	case "ListMultipartUploads":
		return []call{{"s3:ListBucketMultipartUploads", place.bucket()}}
	case "AbortMultipartUpload":
		return []call{{"s3:AbortMultipartUpload", object}}
	case "DeleteObject":
		return []call{{"s3:DeleteObject", object}}
	case "ListObjectsV2":
		return []call{{"s3:ListBucket", place.bucket()}}
	case "GetBucketVersioning":
		return []call{{"s3:GetBucketVersioning", place.bucket()}}
	case "ListLayerVersions":
		return []call{{"lambda:ListLayerVersions", layerARN}}
	case "PublishLayerVersion":
		return []call{{"lambda:PublishLayerVersion", layerARN}, {"s3:GetObject", place.object("layer/zip/x")}, decrypt}
	case "GetLayerVersion", "GetLayerVersionPolicy", "AddLayerVersionPermission", "RemoveLayerVersionPermission", "DeleteLayerVersion":
		return []call{{"lambda:" + op, version}}
	case "ListFunctions":
		return []call{{"lambda:ListFunctions", "*"}}
	case "GetMetricData":
		return []call{{"cloudwatch:GetMetricData", "*"}}
	case "GetParameter", "PutParameter":
		return []call{{"ssm:" + op, "arn:aws:ssm:eu-central-1:123456789012:parameter/layers/deps"}}
	case "GetFunction":
		if q := r.URL.Query().Get("Qualifier"); q != "" {
			function += ":" + q
		}
		return []call{{"lambda:GetFunction", function}}
	case "UpdateFunctionConfiguration":
		return []call{{"lambda:" + op, function}, {"lambda:GetLayerVersion", foreign}, {"lambda:GetLayerVersion", layerARN + ":2"}}
	case "ListAliases", "ListVersionsByFunction", "PublishVersion", "GetAlias", "UpdateAlias":
		return []call{{"lambda:" + op, function}}
	case "GetCallerIdentity":
		return nil // needs no right
	}
	return []call{{"unknown:" + op, object}}
}

// TestPolicy runs what each verb is for, records each request, and demands that
// the policy allows each and that no action of a statement is for nothing.
func TestPolicy(t *testing.T) {
	calls := map[Verb]map[call]bool{}
	s := newSuite(t)
	var mu sync.Mutex
	var verb Verb
	s.server.Seen = func(op string, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if calls[verb] == nil {
			calls[verb] = map[call]bool{}
		}
		for _, c := range rights(op, r) {
			calls[verb][c] = true
		}
	}
	for _, step := range s.steps() {
		verb = step.verb
		if err := step.run(t.Context()); err != nil {
			t.Fatalf("%s: %v", step.verb, err)
		}
	}
	calls[Deploy][call{"s3:AbortMultipartUpload", place.object("layer/zip/x")}] = true      // of a large zip that breaks off
	calls[Prune][call{"s3:AbortMultipartUpload", place.object("layer/zip/x")}] = true       // of uploads that were abandoned
	calls[Deploy][call{"s3:ListBucketMultipartUploads", place.bucket()}] = true             // after a large upload
	calls[Deploy][call{"s3:DeleteObject", place.object("layer/zip/incoming-x.zip")}] = true // of a zip that is sent while it is built
	for _, v := range Verbs {
		d := For([]Place{place}, v)
		for c := range calls[v] {
			if !d.Allows(c.action, c.resource) {
				t.Errorf("%s: %s is not allowed", v, c)
			}
		}
		for i, statement := range d.Statement {
			for _, action := range statement.Action {
				for _, resource := range statement.Resource {
					if !needed(d, i, action, resource, calls[v]) {
						t.Errorf("%s: statement %s allows %s on %s, which nothing needs", v, statement.Sid, action, resource)
					}
				}
			}
		}
		if len(calls[v]) < 4 {
			t.Errorf("%s: only %v", v, calls[v])
		}
	}
	whole := For([]Place{place}, Verbs...)
	for _, v := range Verbs {
		for c := range calls[v] {
			if !whole.Allows(c.action, c.resource) {
				t.Errorf("all verbs: %s is not allowed", c)
			}
		}
	}
}

// needed reports whether a call is denied once one action on one resource is gone.
func needed(d Document, i int, action, resource string, calls map[call]bool) bool {
	less := Document{Statement: slices.Clone(d.Statement)}
	s := d.Statement[i]
	without := slices.DeleteFunc(slices.Clone(s.Action), func(a string) bool { return a == action })
	others := slices.DeleteFunc(slices.Clone(s.Resource), func(r string) bool { return r == resource })
	less.Statement[i].Action = without
	less.Statement = append(less.Statement, Statement{Effect: "Allow", Action: []string{action}, Resource: others})
	for c := range calls {
		if d.Allows(c.action, c.resource) && !less.Allows(c.action, c.resource) {
			return true
		}
	}
	return false
}

type suite struct {
	t      *testing.T
	server *fakeaws.Server
	d      publish.Destination
	tick   time.Time
}

func newSuite(t *testing.T) *suite {
	server := fakeaws.New(t, "bucket")
	server.Use(t)
	server.Versioned = true
	o, l, err := aws.New(t.Context(), store.Prefix{Bucket: "bucket", Path: "home"}, aws.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server.SetTraffic("web", "live", "1", fakeaws.Traffic{Calls: 100, P90: 1})
	server.SetTraffic("web", "live", "2", fakeaws.Traffic{Calls: 100, P90: 1})
	return &suite{t, server, publish.Destination{Objects: o, Layers: l, Tool: "lamella test", Parameter: "/layers/deps"}, time.Now()}
}

type step struct {
	verb Verb
	run  func(context.Context) error
}

func (s *suite) steps() []step {
	deploy := func(n int, share ...store.Principal) step {
		return step{Deploy, func(ctx context.Context) error { return s.deploy(ctx, n, share...) }}
	}
	return []step{
		deploy(1, "210987654321"), deploy(2), deploy(3), deploy(4), deploy(5), deploy(6),
		{Read, s.read},
		{Hold, func(ctx context.Context) error {
			_, err := publish.HoldLayer(ctx, s.d, "deps", "", s.tick)
			if err == nil {
				_, err = publish.Release(ctx, s.d, "deps")
			}
			return err
		}},
		{Share, func(ctx context.Context) error {
			for _, with := range []store.Principal{"210987654322", "210987654323"} {
				plan, err := versions.PlanShare(ctx, s.d, "deps", []store.Principal{with}, true)
				if err == nil {
					err = plan.Execute(ctx)
				}
				if err != nil {
					return err
				}
			}
			return nil
		}},
		{Attach, s.attach},
		{Prune, func(ctx context.Context) error {
			plan, err := versions.PlanPrune(ctx, s.d, "deps", versions.PruneOptions{Keep: 1, Now: s.tick.Add(48 * time.Hour)})
			if err == nil {
				_, err = plan.Execute(ctx)
			}
			if err == nil {
				plan, err = versions.PlanPrune(ctx, s.d, "deps", versions.PruneOptions{Keep: 1, Shared: true, Now: s.tick.Add(48 * time.Hour)})
			}
			if err == nil {
				_, err = plan.Execute(ctx)
			}
			return err
		}},
	}
}

func (s *suite) deploy(ctx context.Context, n int, share ...store.Principal) error {
	data := fmt.Sprintf("zip %d", n)
	path := filepath.Join(s.t.TempDir(), "layer.zip")
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(data))
	a := publish.Artifact{Path: path, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data)), Unzipped: 10, Entries: 1, Inputs: digest.SHA256([]byte(data))}
	plan, err := publish.Decide(ctx, s.d, publish.Want{Layer: "deps", Reference: true, Share: share,
		Manifest: publish.Manifest{Name: "uv.lock", Data: []byte(data)}, Identity: publish.Identity{Target: "python3.13/x86_64"},
		Build: func(context.Context) (publish.Artifact, error) { return a, nil }})
	if err != nil {
		return err
	}
	_, err = plan.Execute(ctx)
	return err
}

func (s *suite) read(ctx context.Context) error {
	s.server.Configure("web", web(), true, "live")
	if _, err := publish.History(ctx, s.d, "deps"); err != nil {
		return err
	}
	if _, err := versions.Show(ctx, s.d, "deps", "2"); err != nil {
		return err
	}
	if _, err := s.d.Layers.(store.Parameters).Parameter(ctx, "/layers/deps"); err != nil {
		return err
	}
	inventory, err := functions.Read(ctx, s.d.Layers.(store.FunctionReader))
	if err != nil {
		return err
	}
	arn, _ := store.ParseARN(layerARN)
	return s.d.Layers.NameAliases(ctx, inventory.Users(arn))
}

func web() fakeaws.Configured {
	return fakeaws.Configured{Latest: fakeaws.FunctionConfig{Runtime: "python3.13", Architectures: []string{"x86_64"},
		Layers: []fakeaws.FunctionLayer{{Arn: foreign}, {Arn: layerARN + ":1"}}}}
}

func (s *suite) attach(ctx context.Context) error {
	clock := functions.Clock{Now: func() time.Time { return s.tick }, Sleep: func(_ context.Context, d time.Duration) error {
		s.tick = s.tick.Add(d)
		return nil
	}}
	s.server.Configure("web", web(), true, "live")
	for _, o := range []functions.Options{
		{Version: "2", Names: []string{"web"}, Alias: "live", Canary: 0.1},
		{Version: "3", Names: []string{"w*"}, Publish: true},
	} {
		o.Layer, o.Clock = "deps", clock
		plan, err := functions.PlanAttach(ctx, s.d, o)
		if err == nil {
			_, err = plan.Execute(ctx)
		}
		if err != nil {
			return err
		}
	}
	plan, err := functions.PlanRollback(ctx, s.d, functions.Options{Layer: "deps", Names: []string{"web"}, Clock: clock})
	if err == nil {
		_, err = plan.Execute(ctx)
	}
	return err
}

func TestMatching(t *testing.T) {
	for _, test := range []struct {
		pattern, text string
		want          bool
	}{
		{"*", "", true}, {"*", "a", true}, {"", "", true}, {"", "a", false}, {"a", "a", true}, {"a", "ab", false}, {"ab", "a", false},
		{"a*", "abc", true}, {"*c", "abc", true}, {"a*c", "abbc", true}, {"a*c", "abcd", false}, {"a?c", "abc", true}, {"a?c", "ac", false},
		{"layer:deps:*", "layer:deps", false}, {"layer:deps:*", "layer:deps:1", true}, {"layer:deps:*", "layer:deps2:1", false},
	} {
		if got := like(test.pattern, test.text); got != test.want {
			t.Errorf("%q %q: %t", test.pattern, test.text, got)
		}
	}
}

// A resource that another one includes is not listed beside it.
func TestUncovered(t *testing.T) {
	got := uncovered([]string{"layer:*", "b", "layer:web:*", "a*", "b", "ab*", "c?", "cd"})
	if want := []string{"a*", "b", "c?", "layer:*"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// Many layers of one account make one policy, with a statement for each kind of right.
func TestManyPlaces(t *testing.T) {
	var places []Place
	for _, region := range []string{"eu-central-1", "us-east-1"} {
		for _, layer := range []string{"a", "b", "c"} {
			places = append(places, Place{Region: region, Account: "123456789012", Layer: layer, Bucket: "layers-" + region, Prefix: layer})
		}
	}
	d := For(places, Verbs...)
	one := For(places[:1], Verbs...)
	if len(d.Statement) != len(one.Statement) || len(d.JSON()) > 20*len(one.JSON()) {
		t.Errorf("%d statements, of one place %d\n%s", len(d.Statement), len(one.Statement), d.JSON())
	}
	sids := map[string]bool{}
	for _, s := range d.Statement {
		if sids[s.Sid] {
			t.Errorf("two statements are called %s", s.Sid)
		}
		sids[s.Sid] = true
	}
	for _, p := range places {
		for _, s := range For([]Place{p}, Verbs...).Statement {
			for _, action := range s.Action {
				for _, resource := range s.Resource {
					if !d.Allows(action, resource) {
						t.Errorf("%s on %s is not allowed", action, resource)
					}
				}
			}
		}
	}
}
