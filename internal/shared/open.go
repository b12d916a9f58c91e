package shared

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

// Pool opens each cache once, so that all builds of a process share what they learn of it.
// The zero value is ready, and safe for use by several goroutines.
type Pool struct {
	mu     sync.Mutex
	caches map[place]*Cache
}

type place struct {
	uri     string
	account aws.Account
}

// Open returns the cache at uri, "s3://bucket/prefix", which the account may use. It is nil
// for "". The error is a fault.Error of Kind Usage. It sends no request.
func (p *Pool) Open(uri string, account aws.Account, events event.Sink) (*Cache, error) {
	if uri == "" {
		return nil, nil //nolint:nilnil // a nil *Cache works
	}
	prefix, err := store.ParsePrefix(uri)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Usage, Subject: "cache", Message: fmt.Sprintf("the shared cache must be s3://BUCKET/PREFIX, not %q", uri),
			Hints: []string{"use a bucket: --cache s3://BUCKET/PREFIX", "or move the local cache: export LAMELLA_CACHE_DIR=/path/to/folder"}}
	}
	at := place{strings.TrimSuffix("s3://"+prefix.Bucket+"/"+prefix.Path, "/"), account}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.caches == nil {
		p.caches = map[place]*Cache{}
	}
	if p.caches[at] == nil {
		p.caches[at] = New(at.uri, func(ctx context.Context, region string) (store.Objects, error) {
			o := aws.Options{Account: account, Events: events}
			o.Region = cmp.Or(region, account.Region)
			objects, _, err := aws.New(ctx, prefix, o)
			return objects, err
		}, events)
	}
	return p.caches[at], nil
}
