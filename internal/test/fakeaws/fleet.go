package fakeaws

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
)

// Fleet is a Server for each account and region, made when it is first asked for.
// Requests are for the account whose 12 digits end the access key, and for the region
// that they are signed for. Each has a bucket called layers-REGION.
type Fleet struct {
	URL string

	buckets []string // of every account and region, beside layers-REGION
	mu      sync.Mutex
	servers map[[2]string]*Server
}

// NewFleet starts a fleet on the loopback and stops it when the test ends. Every account
// and region has the buckets that are named, and layers-REGION.
func NewFleet(t testing.TB, buckets ...string) *Fleet {
	f := &Fleet{buckets: buckets, servers: map[[2]string]*Server{}}
	server := httptest.NewUnstartedServer(f)
	f.URL = "http://" + server.Listener.Addr().String()
	server.Start()
	t.Cleanup(server.Close)
	return f
}

// At returns the server of an account and region.
func (f *Fleet) At(account, region string) *Server {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := [2]string{account, region}
	if f.servers[at] == nil {
		s := newServer(append([]string{"layers-" + region}, f.buckets...))
		s.URL, s.Account, s.Place = f.URL+"/"+account+"/"+region, account, region // of what is fetched unsigned
		f.servers[at] = s
	}
	return f.servers[at]
}

// Requests counts the requests to all accounts and regions since the last Reset.
func (f *Fleet) Requests() (n int) {
	for _, s := range f.all() {
		n += len(s.Requests())
	}
	return n
}

// Reset forgets requests and faults.
func (f *Fleet) Reset() {
	for _, s := range f.all() {
		s.Reset()
	}
}

func (f *Fleet) all() (all []*Server) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.servers {
		all = append(all, s)
	}
	return all
}

var signedFor = regexp.MustCompile(`Credential=[A-Za-z]*([0-9]{12})/[0-9]{8}/([a-z0-9-]+)/`)

// unsigned is the path of a zip that Lambda serves.
var unsigned = regexp.MustCompile(`^/([0-9]{12})/([a-z0-9-]+)(/.*)`)

// ServeHTTP implements http.Handler.
func (f *Fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m := signedFor.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		if m = unsigned.FindStringSubmatch(r.URL.Path); m != nil {
			r.URL.Path = m[3]
		}
	}
	if m == nil {
		http.Error(w, "not signed by the key of an account", http.StatusForbidden)
		return
	}
	f.At(m[1], m[2]).ServeHTTP(w, r)
}
