package fakeaws

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
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

// Spread gives an account and region what another one has: its layers and the objects of
// layers-REGION, with the account and the region replaced in ARNs and in objects.
func (f *Fleet) Spread(from *Server, account, region string) {
	to := f.At(account, region)
	own := strings.NewReplacer(from.Account, account, from.Place, region)
	from.mu.Lock()
	defer from.mu.Unlock()
	to.mu.Lock()
	defer to.mu.Unlock()
	for key, o := range from.buckets["layers-"+from.Place] {
		c := *o
		if text := own.Replace(string(o.data)); text != string(o.data) {
			sum, etag := sha256.Sum256([]byte(text)), md5.Sum([]byte(text))
			c.data, c.etag = []byte(text), hex.EncodeToString(etag[:])
			if c.checksum != "" {
				c.checksum = base64.StdEncoding.EncodeToString(sum[:])
			}
		}
		to.buckets["layers-"+region][key] = &c
	}
	for name, l := range from.layers {
		c := &layer{last: l.last}
		for _, v := range l.versions {
			same := *v
			same.LayerVersionArn = own.Replace(v.LayerVersionArn)
			content := *v.Content
			content.Location = own.Replace(content.Location)
			same.Content = &content
			c.versions = append(c.versions, &same)
		}
		to.layers[name] = c
	}
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
