package policy

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/store/aws"
)

// TestCachePolicy builds with a shared cache, records each request for it, and demands that
// the policy allows each, that nothing is allowed in vain, and that other verbs and places
// without a cache get nothing.
func TestCachePolicy(t *testing.T) {
	server := fakeaws.New(t, "team")
	server.Use(t)
	calls := map[call]bool{}
	var mu sync.Mutex
	server.Seen = func(op string, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		for _, c := range rights(op, r) {
			switch {
			case c.action == "s3:ListBucket":
				calls[call{c.action, "arn:aws:s3:::team"}] = true // without it, S3 answers 403 for what does not exist
			case strings.HasPrefix(c.action, "s3:") && c.action != "s3:PutObjectAcl":
				calls[c] = true
			}
		}
	}
	for range 2 { // the second reads what the first stored
		cache, err := new(shared.Pool).Open("s3://team/cache", aws.Account{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		cache.Enter()
		found, err := cache.Get(t.Context(), "files/a.json", 100, func(io.Reader, int64) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		if !found {
			cache.PutBytes("files/a.json", []byte("{}"))
		}
		cache.Has(t.Context(), "files/b.json")
		cache.Leave(t.Context())
	}
	if len(calls) != 4 { // read two objects, write one, list
		t.Errorf("the calls were %v", calls)
	}
	at := Place{Region: "eu-central-1", Account: "123456789012", Layer: "deps", Bucket: "bucket", Prefix: "home"}
	without := For([]Place{at}, Verbs...)
	at.Cache = "team/cache"
	with, read := For([]Place{at}, Deploy), For([]Place{at}, Read) // ls resolves a lock file that differs
	rest := slices.DeleteFunc(slices.Clone(Verbs), func(v Verb) bool { return v == Deploy || v == Read })
	for c := range calls {
		if !with.Allows(c.action, c.resource) || !read.Allows(c.action, c.resource) || without.Allows(c.action, c.resource) || For([]Place{at}, rest...).Allows(c.action, c.resource) {
			t.Errorf("%s is denied to deploy or ls, or allowed to others", c)
		}
	}
	for _, denied := range []call{{"s3:DeleteObject", "arn:aws:s3:::team/cache/files/a.json"}, {"s3:GetObject", "arn:aws:s3:::team/cached"},
		{"s3:PutObject", "arn:aws:s3:::team/other/a"}, {"s3:PutObject", "arn:aws:s3:::team2/cache/a"}} {
		if with.Allows(denied.action, denied.resource) {
			t.Errorf("%s is allowed", denied)
		}
	}
	for i, statement := range with.Statement {
		for _, action := range statement.Action {
			for _, resource := range statement.Resource {
				if strings.HasPrefix(resource, "arn:aws:s3:::team") && !needed(with, i, action, resource, calls) {
					t.Errorf("statement %s allows %s on %s, which nothing needs", statement.Sid, action, resource)
				}
			}
		}
	}
	at.Cache = "team" // a whole bucket
	if with = For([]Place{at}, Deploy); !with.Allows("s3:PutObject", "arn:aws:s3:::team/files/a.json") || with.Allows("s3:PutObject", "arn:aws:s3:::team2/files/a.json") {
		t.Error("a cache in a bucket of its own")
	}
}
