// Package index speaks to Python package indexes: it tells which files a project
// has there and fetches wheels into the cache.
//
// An index is anything with the simple API (PEP 503 HTML, PEP 691 JSON); folders
// and pages of wheels, pip's "find links", count too. [Discover] finds out which
// to ask; a [Client] asks them. Everything is matched by hash, never by name
// alone: a file that has a hash of the lock is the right one wherever it came
// from, so the order of the sources decides speed and not content.
//
// The client asks nothing it can do without. A wheel in the cache is not looked
// up, and which file has which hash is remembered in the cache as well, so that
// with a warm cache there are no requests and no index need even be known.
//
// Passwords stay in memory. Every URL in an error or event went through package secret.
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

// Settings say where to look. Discover fills what is not given.
type Settings struct {
	// Indexes that the configuration describes, asked first and in this order.
	Indexes   []Index
	ExtraURLs []string // further indexes, asked before URL
	URL       string   // the index, simple API base; "" until discovered
	FindLinks []string // folders (paths or file: URLs) and pages (http URLs) of wheels
	// Named are the names of indexes, by which the environment can give them
	// credentials. That an index has one does not mean that it is asked.
	Named []Index
	// NoIndex: only FindLinks are looked at, never an index.
	NoIndex bool
	// Offline: no request is sent. What is neither in the cache nor in a folder of
	// FindLinks is resolve.ErrOffline.
	Offline bool
	// Override: URL was asked for by the user (flag or configuration) and is
	// used even for files whose URL the lock states.
	Override bool
	// Policies say how single indexes are treated.
	Policies []Policy
	// Network says how the servers are reached.
	Network Network
	// DefaultURL finds the index if URL is empty, once and only when one is
	// needed. nil: there is none.
	DefaultURL func(context.Context) (string, error)
	// Keychain knows the credentials. nil: only those in the URLs are known.
	Keychain *Keychain
}

// Arriving is a wheel that is being downloaded.
type Arriving interface {
	Grow(size int64)         // so many bytes are there
	Verify(size int64) error // as Client.Verify, now that all bytes are there
	Close()                  // in any case, also while bytes are missing
}

// Client lists and fetches files. It implements resolve.Finder. Safe for use by
// several goroutines at once.
type Client struct {
	// Verify checks a fetched wheel, once, before it enters the cache:
	// wheel.Verify. It must be set before Fetch. The wheel has the hash d, by
	// which it is asked for later. An error that names the file, name, as its Subject
	// needs no other words.
	Verify func(d digest.Digest, name string, r io.ReaderAt, size int64) error
	// Arriving examines a wheel while it is downloaded, so that little is left to
	// verify once it is complete: wheel.NewArriving. nil: Verify does all of it then.
	Arriving func(d digest.Digest, name string, r io.ReaderAt) Arriving
	// Cached is called with each wheel that Fetch finds in the cache. nil: nobody cares.
	Cached func(d resolve.Distribution)
	// Fetched is called with each wheel that Fetch has put into the cache, while others are
	// still on their way, from several goroutines. Fetch waits for it. nil: nobody cares.
	Fetched func(d resolve.Distribution, path string)
	// Excuses reports an error of Verify that is only a warning for a wheel whose
	// hash the lock states: a wheel.RecordError. nil excuses none.
	Excuses func(error) bool
	// Relock is the command that locks the distribution of that name anew, for hints.
	// nil: none is known.
	Relock func(name string) string

	// Shared is asked for what the cache lacks, before any index, and gets what came
	// from an index. nil: there is none.
	Shared *shared.Cache

	settings Settings
	keychain *Keychain
	cache    *cache.Cache
	events   event.Sink
	http     *http.Client
	limits   limits
	slots    chan struct{} // holds one element for each file that is being received

	defaultMu   sync.Mutex
	defaultDone bool
	defaultURL  string // what settings.DefaultURL returned

	mu      sync.Mutex
	told    map[string]bool    // what was said and is not said again
	listed  map[string]bool    // the URLs of the files that Find found in this run
	claimed map[string]*search // what the shared cache says of files, by their names, until a file confirms it
	remotes map[digest.Digest]*Remote
	refuted bool // the shared cache is not believed any more
}

// NewClient returns a client of the given settings that keeps what it fetches in c.
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

// introduce tells the keychain of all indexes, first of those with a name.
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
