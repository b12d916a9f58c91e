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

// Pool opens each cache only once, so that all builds in a process share what they learn
// about it. The zero value is ready to use. A Pool is safe for concurrent use.
type Pool struct {
	mu     sync.Mutex
	caches map[place]*Cache
}

type place struct {
	uri     string
	account aws.Account
}

// Open returns the cache at uri, such as "s3://bucket/prefix", accessed with account. It
// returns nil if uri is "". The error is a fault.Error of Kind Usage. Open sends no request.
func (p *Pool) Open(uri string, account aws.Account, events event.Sink) (*Cache, error) {
	if uri == "" {
		return nil, nil //nolint:nilnil // a nil *Cache is valid
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
