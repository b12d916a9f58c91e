package testenv

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
)

// Recorder stands between a program and a server and keeps the requests that
// went through.
type Recorder struct {
	URL string

	server   *httptest.Server
	mu       sync.Mutex
	requests []string
}

// NewRecorder starts a Recorder in front of the server at target.
func NewRecorder(target string) (*Recorder, error) {
	destination, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	recorder := &Recorder{}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(destination)
		r.Out.Host = r.In.Host // it is signed, and moto's answers name it
	}}
	recorder.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder.mu.Lock()
		recorder.requests = append(recorder.requests, r.Method+" "+r.URL.Path)
		recorder.mu.Unlock()
		proxy.ServeHTTP(w, r)
	}))
	recorder.URL = recorder.server.URL
	return recorder, nil
}

// Record is NewRecorder for a test, which closes it.
func Record(t testing.TB, target string) *Recorder {
	t.Helper()
	recorder, err := NewRecorder(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(recorder.Close)
	return recorder
}

// Close stops r.
func (r *Recorder) Close() { r.server.Close() }

// Take returns the requests since the last call, "GET /bucket/key", in order.
func (r *Recorder) Take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	requests := r.requests
	r.requests = nil
	return requests
}
