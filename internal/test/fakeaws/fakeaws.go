// Package fakeaws answers the handful of S3 and Lambda requests that lamella
// sends, in memory, for tests: it counts them and fails them on demand in ways
// that servers in good health never do. Not for use outside tests.
package fakeaws

import (
	"cmp"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is one account in one region.
type Server struct {
	URL string
	// PageSize is how many layer versions a listing gives at a time; 0 is 50.
	PageSize int
	// Versioned says that the buckets keep old versions of objects. It is only
	// what GetBucketVersioning answers.
	Versioned bool
	// Region that the buckets are in; requests signed for another are redirected. "" takes any.
	Region string
	// MinPart is the size in bytes that all parts of an upload but the last have at
	// least; 0 is 5 MiB.
	MinPart int
	// NoCopyChecksum leaves the SHA-256 out of the answers of UploadPartCopy.
	NoCopyChecksum bool
	// Account that the layers are in; "" is 123456789012.
	Account string
	// Place is the region in the ARNs; "" is eu-central-1.
	Place string
	// SSE and ACL refuse writes that do not ask for them. "" takes any.
	SSE, ACL string
	// KMSKey refuses writes that do not ask for encryption by this key. "" takes any.
	KMSKey string
	// Before and After are called with each operation, right before and after it
	// is carried out, for what happens meanwhile. Set them while nobody asks.
	Before, After func(op string)
	// Seen is called with each request before it is carried out.
	Seen func(op string, r *http.Request)

	mu      sync.Mutex
	buckets map[string]map[string]*object
	uploads map[string]*upload
	layers  map[string]*layer
	named   map[string]Function
	// parameters are values by name; see SetParameter.
	parameters map[string]parameter
	configured map[string]*Configured
	revisions  int                // given so far
	traffic    map[string]Traffic // by function:alias:version
	faults     []*Fault
	requests   []string

	sentBytes, copiedBytes int64
}

// Fault is an answer other than the right one.
type Fault struct {
	Op      string // the operation it is for: "PutObject"; "" for any
	Suffix  string // of the key, "" for any
	Times   int    // how often; 0 is once
	Act     bool   // carry the request out all the same, before the fault
	Skip    int    // how many matching requests go through before
	Drop    bool   // close the connection instead of answering
	Hang    bool   // do not answer until the client gives up
	Cut     bool   // carry the request out and send half of the answer
	Status  int
	Code    string // the service's error code
	Message string
	Header  map[string]string
	More    string // follows the answer again and again until the client gives up
	// Change makes another answer of the right one: false if it does not concern
	// this operation, which then goes through without using the fault up. Without
	// Act it is given an answer of status 200 that says nothing.
	Change func(op string, a *Answer) bool
}

// New starts a server on the loopback and stops it when the test ends. Buckets
// are those named.
func New(t testing.TB, buckets ...string) *Server {
	s, stop := Start(buckets...)
	t.Cleanup(stop)
	return s
}

// Start is New outside a test: whoever starts the server stops it.
func Start(buckets ...string) (s *Server, stop func()) {
	s = newServer(buckets)
	server := httptest.NewServer(s)
	s.URL = server.URL
	return s, server.Close
}

func newServer(buckets []string) *Server {
	s := &Server{buckets: map[string]map[string]*object{}, uploads: map[string]*upload{}, layers: map[string]*layer{}, named: map[string]Function{}, parameters: map[string]parameter{},
		configured: map[string]*Configured{}, traffic: map[string]Traffic{}}
	for _, b := range buckets {
		s.buckets[b] = map[string]*object{}
	}
	return s
}

// Use points the AWS SDK's chain at s for the rest of the test.
func (s *Server) Use(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": s.URL, "AWS_REGION": "eu-central-1", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
		"AWS_ENDPOINT_URL_S3": "", "AWS_ENDPOINT_URL_LAMBDA": "", "AWS_MAX_ATTEMPTS": "", "AWS_CA_BUNDLE": "",
	} {
		t.Setenv(name, value)
	}
}

// Inject arranges for faults, each used as often as it says.
func (s *Server) Inject(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		f.Times = max(f.Times, 1)
		s.faults = append(s.faults, &f)
	}
}

// Requests lists the operations asked for since the last Reset, in order.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count says how often an operation was asked for since the last Reset.
func (s *Server) Count(op string) (n int) {
	for _, r := range s.Requests() {
		if r == op {
			n++
		}
	}
	return n
}

// Reset forgets requests and faults.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.faults = nil, nil
}

// Object returns an object's bytes, nil if there is none.
func (s *Server) Object(bucket, key string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.buckets[bucket][key]; o != nil {
		return slices.Clone(o.data)
	}
	return nil
}

// Keys lists the keys of a bucket, sorted.
func (s *Server) Keys(bucket string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.buckets[bucket]))
}

// Delete removes an object.
func (s *Server) Delete(bucket, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.buckets[bucket], key)
}

// Uploads says how many multipart uploads are neither completed nor aborted.
func (s *Server) Uploads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.uploads)
}

// reply is an answer before it is sent.
type reply struct {
	status int
	header map[string]string
	body   []byte
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	lambda := strings.HasPrefix(r.URL.Path+"/", layersPath) || strings.HasPrefix(r.URL.Path, functionsPath)
	op, act := s.s3(r)
	switch target := r.Header.Get("X-Amz-Target"); {
	case lambda:
		op, act = s.lambda(r)
	case strings.HasPrefix(target, "TrentService."):
		op, act = strings.TrimPrefix(target, "TrentService."), func() reply { return failure(true, 400, "DryRunOperationException", "") }
	case target != "":
		op, act = s.parameter(r, strings.TrimPrefix(target, "AmazonSSM."))
	}
	if r.Method == http.MethodPost && r.URL.Path == "/" && strings.Contains(r.Header.Get("Content-Type"), "form") {
		body, _ := io.ReadAll(r.Body) // of a client that is gone
		form, _ := url.ParseQuery(string(body))
		op, act = s.form(form)
	}
	if s.Seen != nil {
		s.Seen(op, r)
	}
	if s.Before != nil {
		s.Before(op)
	}
	fault := s.admit(op, r)
	var out reply
	if fault == nil || fault.Act || fault.Cut {
		out = act()
		if s.After != nil {
			s.After(op)
		}
	}
	if fault != nil && fault.Change != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		if !fault.Act {
			out = reply{200, map[string]string{}, nil}
		}
		out = out.changed(op, r, fault)
	}
	if fault != nil {
		switch {
		case fault.Drop:
			panic(http.ErrAbortHandler)
		case fault.Hang:
			_, _ = io.Copy(io.Discard, r.Body) // so that the server notices when the client goes
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		case fault.Cut:
			cut(w, out)
		}
		if fault.Status != 0 {
			// A client that still sends when the answer comes may see a broken
			// connection instead, and try again.
			_, _ = io.Copy(io.Discard, r.Body)
			out = failure(lambda || r.Header.Get("X-Amz-Target") != "", fault.Status, fault.Code, fault.Message)
			maps.Copy(out.header, fault.Header)
		}
	}
	for name, value := range out.header {
		w.Header().Set(name, value)
	}
	if fault != nil && fault.More != "" && r.Method != http.MethodHead {
		goOn(w, r, out, fault.More)
	}
	w.WriteHeader(out.status)
	if r.Method != http.MethodHead && out.status != http.StatusNoContent {
		_, _ = w.Write(out.body)
	}
}

func (s *Server) place() string { return cmp.Or(s.Place, "eu-central-1") }

func (s *Server) account() string { return cmp.Or(s.Account, "123456789012") }

func (s *Server) identity() reply {
	return reply{200, map[string]string{"Content-Type": "text/xml"}, []byte("<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::" +
		s.account() + ":user/me</Arn><UserId>me</UserId><Account>" + s.account() + "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>")}
}

// admit notes a request and takes the fault that waits for it, if any.
func (s *Server) admit(op string, r *http.Request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, op)
	for _, f := range s.faults {
		if f.Op != "" && f.Op != op || f.Times == 0 || !strings.HasSuffix(r.URL.Path, f.Suffix) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.Change != nil && !f.Concerns(op) {
			return nil
		}
		f.Times--
		return f
	}
	return nil
}

// cut sends the head of an answer and half of its body.
func cut(w http.ResponseWriter, out reply) {
	for name, value := range out.header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Length", strconv.Itoa(max(len(out.body), 2)))
	w.WriteHeader(out.status)
	_, _ = w.Write(out.body[:len(out.body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func failure(lambda bool, status int, code, message string) reply {
	if lambda {
		return reply{status, map[string]string{"X-Amzn-Errortype": code, "Content-Type": "application/json"}, []byte(`{"Type":"User","__type":"` + code + `","Message":"` + message + `"}`)}
	}
	return reply{status, map[string]string{"Content-Type": "application/xml"},
		[]byte("<Error><Code>" + code + "</Code><Message>" + message + "</Message></Error>")}
}

func now() time.Time { return time.Now().UTC() }
