// Package index reads Python package indexes: it finds the files of a project and fetches
// wheels into the cache.
//
// An index is anything with the simple API (PEP 503 HTML, PEP 691 JSON); folders and pages
// of wheels, pip's "find links", are also supported. [Discover] determines which indexes to
// ask, and a [Client] asks them. Files are matched by hash, never by name alone: a file that
// has a hash from the lock is the right one wherever it comes from, so the order of the
// sources affects only speed, not content. Only for a package without hashes does the first
// source that has the project decide.
//
// The client sends only necessary requests. It does not look up a wheel that is in the
// cache. The cache also remembers which file has which hash. Therefore, with a warm cache,
// there are no requests, and no index needs to be configured.
//
// Passwords are kept only in memory. URLs in errors and events are redacted with package
// secret.
package index

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/resolve"
)

// Settings specify where to look for files. Discover completes them.
type Settings struct {
	// Indexes are the indexes in the configuration. They are asked first, in this order.
	Indexes   []Index
	ExtraURLs []string // additional indexes, asked before URL
	URL       string   // base URL of the main index's simple API; "" until it is discovered
	FindLinks []string // folders (paths or file: URLs) and pages (http URLs) of wheels
	// Named lists indexes with names, by which the environment can provide credentials for
	// them. An index is not asked just because it is listed here.
	Named []Index
	// NoIndex means that only FindLinks are used, and never an index.
	NoIndex bool
	// Offline means that no requests are sent. For a file that is neither in the cache nor
	// in a folder of FindLinks, the error is resolve.ErrOffline.
	Offline bool
	// Override means that the user chose URL (with a flag or in the configuration), so that
	// it is used even for files whose URL is in the lock.
	Override bool
	// Policies specify how individual indexes are treated.
	Policies []Policy
	// Network specifies how servers are reached.
	Network Network
	// DefaultURL finds the main index if URL is empty. It is called once, and only when an
	// index is needed. If it is nil, there is no default.
	DefaultURL func(context.Context) (string, error)
	// Keychain provides credentials. If it is nil, only those in URLs are known.
	Keychain *Keychain
}

// Arriving examines a wheel during its download.
type Arriving interface {
	Grow(size int64)         // announces that the first size bytes have arrived
	Verify(size int64) error // like Client.Verify, after all bytes have arrived
	Close()                  // always called, even if bytes are missing
}

// Client lists and fetches files. It implements resolve.Finder and is safe for concurrent
// use.
type Client struct {
	// Verify checks a fetched wheel once, before it enters the cache, as wheel.Verify does. It
	// must be set before Fetch is called. d is the hash of the wheel, and its name in the
	// cache; name is its file name. An error with this name as its Subject is not wrapped.
	Verify func(d digest.Digest, name string, r io.ReaderAt, size int64) error
	// Arriving examines a wheel during its download, so that little is left to verify when
	// it is complete, as wheel.NewArriving does. If it is nil, Verify does everything at
	// the end.
	Arriving func(d digest.Digest, name string, r io.ReaderAt) Arriving
	// Cached, if not nil, is called with each wheel that Fetch finds in the cache.
	Cached func(d resolve.Distribution)
	// Fetched, if not nil, is called with each wheel that Fetch has put into the cache,
	// while other downloads continue. It is called from several goroutines, and Fetch waits
	// for it.
	Fetched func(d resolve.Distribution, path string)
	// Excuses reports whether an error of Verify is only a warning for a wheel whose hash
	// is in the lock, such as a wheel.RecordError. If it is nil, every error counts.
	Excuses func(error) bool
	// Relock, if not nil, returns the command that locks a distribution again, for hints.
	Relock func(name string) string

	// Shared, if not nil, is asked for files that are not in the cache, before any index.
	// Files from indexes are added to it.
	Shared *shared.Cache

	settings Settings
	keychain *Keychain
	cache    *cache.Cache
	events   event.Sink
	http     *http.Client
	limits   limits
	slots    chan struct{} // contains one element for each file that is being received

	defaultMu   sync.Mutex
	defaultDone bool
	defaultURL  string // result of settings.DefaultURL

	mu      sync.Mutex
	told    map[string]bool    // keys of messages that were emitted and are not repeated
	listed  map[string]bool    // URLs of the files that Find has found in this run
	claimed map[string]*search // unconfirmed claims of the shared cache, by file name
	remotes map[digest.Digest]*Remote
	ahead   *fetching // started by FetchAhead; nil without it
	refuted bool      // the shared cache is no longer trusted
}

// NewClient returns a client with the given settings that stores the files it fetches in c.
func NewClient(s Settings, c *cache.Cache, events event.Sink) *Client {
	l := defaultLimits()
	if s.Keychain == nil {
		s.Keychain = NewKeychain(nil)
	}
	s.Keychain.events.CompareAndSwap(nil, &events)
	s.introduce()
	return &Client{
		settings: s,
		keychain: s.Keychain,
		cache:    c,
		events:   events,
		http:     newHTTPClient(l, &s.Network),
		limits:   l,
		slots:    make(chan struct{}, parallel),
		told:     map[string]bool{},
		listed:   map[string]bool{},
	}
}

// introduce adds all indexes to the keychain, starting with those that have a name.
func (s Settings) introduce() {
	s.Keychain.introduce(s.Indexes)
	s.Keychain.introduce(s.Named)
	for _, u := range append(slices.Clone(s.ExtraURLs), s.URL) {
		s.Keychain.introduce([]Index{{URL: u}})
	}
}

func (c *Client) debug(message string) {
	c.events.Emit(event.Event{Kind: event.Debug, Op: "download", Message: message})
}
