package aws

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/storetest"
	"github.com/lamella-build/lamella/store"
)

// reads is every question to AWS on which publishing and deleting rest, by the
// operation that answers it.
var reads = []struct {
	op  string
	ask func(*testing.T, *Objects, *Layers) error
}{
	{"ListLayerVersions", func(t *testing.T, _ *Objects, l *Layers) error { return second(l.Versions(t.Context(), "deps")) }},
	{"GetLayerVersion", func(t *testing.T, _ *Objects, l *Layers) error { return second(l.Version(t.Context(), "deps", 1)) }},
	{"GetLayerVersion", func(t *testing.T, _ *Objects, l *Layers) error { return second(l.Content(t.Context(), "deps", 1)) }},
	{"GetLayerVersionPolicy", func(t *testing.T, _ *Objects, l *Layers) error { return second(l.Grants(t.Context(), "deps", 1)) }},
	{"ListFunctions", func(t *testing.T, _ *Objects, l *Layers) error {
		return second(l.Users(t.Context(), "arn:aws:lambda:eu-central-1:123456789012:layer:deps"))
	}},
	{"ListAliases", func(t *testing.T, _ *Objects, l *Layers) error {
		return l.NameAliases(t.Context(), []store.User{{Function: "web", Version: "1"}})
	}},
	{"PublishLayerVersion", func(t *testing.T, o *Objects, l *Layers) error {
		return second(l.Publish(t.Context(), store.Publication{Name: "deps", Content: o.Location("zip")}))
	}},
	{"HeadObject", func(t *testing.T, o *Objects, _ *Layers) error { return second(o.Head(t.Context(), "zip")) }},
	{"GetObject", func(t *testing.T, o *Objects, _ *Layers) error {
		_, _, err := o.Get(t.Context(), "zip")
		return err
	}},
	{"PutObject", func(t *testing.T, o *Objects, _ *Layers) error {
		return second(o.Put(t.Context(), "new", storetest.Body([]byte("x"))))
	}},
	{"CopyObject", func(t *testing.T, o *Objects, _ *Layers) error {
		return o.CopyFrom(t.Context(), o.Location("zip"), "copy")
	}},
	{"GetObject", askTail},
	{"ListMultipartUploads", askUnfinished},
	{"ListObjectsV2", func(t *testing.T, o *Objects, _ *Layers) error { return second(o.List(t.Context(), "")) }},
	{"GetBucketVersioning", func(t *testing.T, o *Objects, _ *Layers) error { return second(o.Versioned(t.Context())) }},
	{"GetParameter", func(t *testing.T, _ *Objects, l *Layers) error { return second(l.Parameter(t.Context(), "/deps")) }},
	{"ListLayers", func(t *testing.T, _ *Objects, l *Layers) error { return second(l.LayerNames(t.Context())) }},
	{"HeadBucket", func(t *testing.T, o *Objects, _ *Layers) error { return o.TryRegion(t.Context()) }},
	{"GetCallerIdentity", func(t *testing.T, _ *Objects, l *Layers) error { return second(l.LayerARN(t.Context(), "deps")) }},
	{"AssumeRole", func(t *testing.T, _ *Objects, l *Layers) error {
		as := *l
		as.config.Credentials = awssdk.NewCredentialsCache(Account{RoleARN: "arn:aws:iam::123456789012:role/r"}.role(t.Context(), l.config))
		as.client = func() *lambda.Client { return lambda.NewFromConfig(as.config) }
		return second(as.Versions(t.Context(), "deps"))
	}},
	{"PutParameter", func(t *testing.T, _ *Objects, l *Layers) error { return l.SetParameter(t.Context(), "/deps", "x") }},
}

func second[T any](_ T, err error) error { return err }

// TestSilenceIsNotNone gives each question every answer that looks like success
// and says nothing. The error says so, and is never "there is none".
func TestSilenceIsNotNone(t *testing.T) {
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	var group sync.WaitGroup
	for _, read := range reads {
		server, o, l := start(t)
		arrange(t, server, o, l)
		if err := read.ask(t, o, l); err != nil {
			t.Fatalf("%s: %v", read.op, err)
		}
		for _, silence := range fakeaws.Silences {
			if !silence.Concerns(read.op) || silence.Name == "other account" { // TestAccountIsOne
				continue
			}
			silence.Op, silence.Times = read.op, 1000
			server, o, l := start(t)
			arrange(t, server, o, l)
			server.Inject(silence.Fault)
			group.Go(func() {
				err := read.ask(t, o, l)
				if errors.Is(err, store.ErrExist) && read.op == "CopyObject" {
					return // by the first attempt
				}
				if !errors.Is(err, store.ErrIncomplete) || errors.Is(err, store.ErrNotExist) || fault.KindOf(err) != fault.Destination {
					t.Errorf("%s answers %s: %v", read.op, silence.Name, err)
				} else if len(fault.Hints(err)) == 0 || !strings.Contains(err.Error(), read.op) {
					t.Errorf("%s answers %s: the error does not say what to do: %v", read.op, silence.Name, err)
				}
			})
		}
	}
	group.Wait()
}

// TestDeletedIsGone: that a version is deleted is believed when it is gone.
func TestDeletedIsGone(t *testing.T) {
	server, o, l := start(t)
	arrange(t, server, o, l)
	server.Inject(fakeaws.Fault{Op: "DeleteLayerVersion", Times: 9, Change: func(_ string, a *fakeaws.Answer) bool { a.Status = 204; return true }})
	if err := l.Delete(t.Context(), "deps", 1); !errors.Is(err, store.ErrIncomplete) {
		t.Errorf("got %v", err)
	}
	server.Reset()
	if err := l.Delete(t.Context(), "deps", 1); err != nil || len(server.Versions("deps")) != 1 {
		t.Errorf("got %v", err)
	}
}

// arrange makes two versions of a layer, of which a function has one, more than
// fits on a page.
func arrange(t *testing.T, server *fakeaws.Server, o *Objects, l *Layers) {
	t.Helper()
	server.PageSize = 1
	noError := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	noError(second(o.Put(t.Context(), "zip", storetest.Body([]byte("zip")))))
	noError(second(o.Put(t.Context(), "other", storetest.Body([]byte("other")))))
	var arns []string
	for range 2 {
		v, err := l.Publish(t.Context(), store.Publication{Name: "deps", Content: o.Location("zip")})
		noError(err)
		arns = append(arns, v.ARN)
	}
	noError(l.Grant(t.Context(), "deps", 1, store.Principal("210987654321").Grant()))
	server.SetFunction("web", fakeaws.Function{Layers: map[string][]string{"$LATEST": {arns[1]}, "1": {arns[0]}}, Aliases: map[string]string{"live": "1"}})
	server.SetParameter("/deps", "String", arns[0])
	server.Reset()
}

// TestAccountIsOne: answers about different accounts do not belong together.
func TestAccountIsOne(t *testing.T) {
	for _, op := range []string{"ListLayerVersions", "PublishLayerVersion"} {
		server, o, l := start(t)
		arrange(t, server, o, l)
		server.Inject(fakeaws.Fault{Op: op, Act: true, Times: 9, Change: func(_ string, a *fakeaws.Answer) bool {
			a.Body = []byte(strings.ReplaceAll(string(a.Body), ":123456789012:", ":999999999999:"))
			return true
		}})
		for _, read := range reads {
			if read.op != op {
				continue
			}
			if err := read.ask(t, o, l); !errors.Is(err, store.ErrIncomplete) {
				t.Errorf("%s: %v", op, err)
			}
		}
	}
}

// TestPoliciesThatSayNothing: a policy that cannot be understood is not that of a
// version which is shared with nobody.
func TestPoliciesThatSayNothing(t *testing.T) {
	for _, policy := range []string{
		``, `{}`, `null`, `[]`, `"x"`, `{"Statement":null}`, `{"Statement":"x"}`, `{"Statement":[{}]}`, `{"Statement":[null]}`,
		`{"Statement":[{"Effect":"Allow"}]}`, `{"Statement":[{"Effect":"Allow","Principal":""}]}`, `{"Statement":[{"Effect":"Allow","Principal":{"AWS":[]}}]}`,
		`{"Statement":[{"Principal":"*"}]}`,
	} {
		if grants, err := parsePolicy([]byte(policy)); err == nil {
			t.Errorf("%s: %v", policy, grants)
		}
	}
	for policy, want := range map[string]int{
		`{"Statement":[]}`: 0,
		`{"Statement":{"Sid":"a","Effect":"Allow","Principal":"*"}}`:  1,
		`{"Statement":[{"Sid":"a","Effect":"Deny","Principal":"*"}]}`: 0,
	} {
		if grants, err := parsePolicy([]byte(policy)); err != nil || len(grants) != want {
			t.Errorf("%s: %v, %v", policy, grants, err)
		}
	}
}

// TestEveryOperationHasARule reads the package's source for the operations it uses.
func TestEveryOperationHasARule(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	call := regexp.MustCompile(`(?:client\(\)|FromConfig\(\w+\)|client)\.([A-Z]\w+)\(ctx`)
	used := []string{"AssumeRole", "GetSessionToken"} // by the SDK and awscall for us
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range call.FindAllStringSubmatch(string(source), -1) {
			used = append(used, match[1])
		}
	}
	slices.Sort(used)
	if used = slices.Compact(used); len(used) < 18 {
		t.Errorf("found only %v", used)
	}
	for _, op := range used {
		if _, ok := rules[op]; !ok {
			t.Errorf("%s has no rule for what its answer must say", op)
		}
	}
}
