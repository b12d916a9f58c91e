// Package testindex is a package index on the loopback interface, for tests. It
// serves folders of wheels by the simple API (PEP 503 HTML and PEP 691 JSON),
// counts what it is asked, and misbehaves on request:
//
//	dir := t.TempDir()
//	testindex.MakeWheel(t, dir, "demo", "1.0", "py3-none-any", map[string]string{"demo.py": "x = 1\n"})
//	s := testindex.Start(t, dir)
//	s.Fail("/files/demo", testindex.Fault{Status: 503, Times: 2})
//	… use s.Index …
//	if s.Count("/files/") != 3 { … }
//
// It also makes the wheels ([MakeWheel], [Wheel]).
package testindex

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Server is a running index. Its fields may be set before the first request.
type Server struct {
	URL   string // "http://127.0.0.1:<port>", without a slash at the end
	Index string // the base of the simple API, URL + "/simple"

	HTMLOnly    bool   // never answer with JSON
	ContentType string // of project pages, whatever their content; "" is the right one
	NoHashes    bool   // state no hashes
	NoRange     bool   // ignore Range
	NoETag      bool   // state no ETag
	FilesAt     string // base of the files' URLs, "" is URL + "/files/"

	dirs []string

	mu             sync.Mutex
	user, password string // needed by every request if user is not ""
	token          string // needed as a bearer token if it is not ""
	requests       []Request
	faults         []*rule
}

// Request is a request that the server got.
type Request struct {
	Path   string
	Header http.Header
}

// Fault is a way to misbehave. Set one or more of the fields.
type Fault struct {
	Times      int           // how often; 0 is always
	Delay      time.Duration // before the answer
	Status     int           // answer this status
	RetryAfter string        // with this header
	RedirectTo string        // answer 302 to this URL
	Body       string        // answer with this, status 200
	// Truncate: promise the whole body, send so many bytes of it, break off.
	Truncate int
	// Stall: as Truncate, but keep the connection open and silent.
	Stall bool
}

type rule struct {
	prefix string
	fault  Fault
	used   int
}

// Start serves the wheels in dirs until tb ends. A file is read when it is asked
// for, so wheels may be added later.
func Start(tb testing.TB, dirs ...string) *Server {
	tb.Helper()
	s := &Server{dirs: dirs}
	h := httptest.NewServer(s)
	tb.Cleanup(func() {
		h.CloseClientConnections()
		h.Close()
	})
	s.URL = h.URL
	s.Index = h.URL + "/simple"
	return s
}

// Fail makes requests whose path begins with prefix fail as f says.
func (s *Server) Fail(prefix string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &rule{prefix: prefix, fault: f})
}

// Heal forgets all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Requests returns the requests so far whose path begins with prefix.
func (s *Server) Requests(prefix string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rs []Request
	for _, r := range s.requests {
		if strings.HasPrefix(r.Path, prefix) {
			rs = append(rs, r)
		}
	}
	return rs
}

// Count returns len(Requests(prefix)).
func (s *Server) Count(prefix string) int { return len(s.Requests(prefix)) }

// RequireUser refuses requests without this user and password from now on.
func (s *Server) RequireUser(user, password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.user, s.password = user, password
}

// RequireToken refuses requests without this bearer token from now on.
func (s *Server) RequireToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = token
}

// admits reports whether r carries the credentials that are needed, if any are.
func (s *Server) admits(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != "" && r.Header.Get("Authorization") != "Bearer "+s.token {
		return false
	}
	user, password, _ := r.BasicAuth()
	return s.user == "" || user == s.user && password == s.password
}

// FileURL returns the URL of the named file.
func (s *Server) FileURL(name string) string { return s.URL + "/files/" + name }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := s.fault(r.URL.Path)
	s.mu.Lock()
	s.requests = append(s.requests, Request{Path: r.URL.Path, Header: r.Header.Clone()})
	s.mu.Unlock()
	s.answer(w, r, f)
	if f.Truncate > 0 {
		panic(http.ErrAbortHandler) // breaks the connection off
	}
}

// fault returns the first fault for path that is not used up.
func (s *Server) fault(path string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.faults {
		if strings.HasPrefix(path, r.prefix) && (r.fault.Times == 0 || r.used < r.fault.Times) {
			r.used++
			return r.fault
		}
	}
	return Fault{}
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, f Fault) {
	select {
	case <-time.After(f.Delay):
	case <-r.Context().Done():
		return
	}
	switch {
	case !s.admits(r):
		w.Header().Set("WWW-Authenticate", `Basic realm="testindex"`)
		w.WriteHeader(http.StatusUnauthorized)
	case f.RedirectTo != "":
		http.Redirect(w, r, f.RedirectTo, http.StatusFound)
	case f.Status != 0:
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
		w.WriteHeader(f.Status)
	case f.Body != "":
		w.Write([]byte(f.Body))
	case strings.HasPrefix(r.URL.Path, "/simple/"):
		s.page(w, r)
	case strings.HasPrefix(r.URL.Path, "/files/"):
		s.file(w, r, f)
	default:
		http.NotFound(w, r)
	}
}

// file sends a wheel, with Range as net/http has it.
func (s *Server) file(w http.ResponseWriter, r *http.Request, f Fault) {
	content, err := s.read(strings.TrimPrefix(r.URL.Path, "/files/"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if !s.NoETag {
		sum := sha256.Sum256(content)
		w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	}
	if s.NoRange {
		r.Header.Del("Range")
	}
	if f.Truncate > 0 {
		w = &shortWriter{ResponseWriter: w, left: f.Truncate}
	}
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(content)))
	if f.Stall {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}
}

// read returns the content of the file name in the first folder that has it.
func (s *Server) read(name string) ([]byte, error) {
	err := os.ErrNotExist
	for _, dir := range s.dirs {
		var content []byte
		if content, err = os.ReadFile(filepath.Join(dir, filepath.Base(name))); err == nil {
			return content, nil
		}
	}
	return nil, err
}

// names returns the wheels and sdists in all folders, sorted.
func (s *Server) names() []string {
	var names []string
	for _, dir := range s.dirs {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if n := e.Name(); strings.HasSuffix(n, ".whl") || strings.HasSuffix(n, ".tar.gz") {
				names = append(names, n)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// shortWriter drops what is written beyond left bytes.
type shortWriter struct {
	http.ResponseWriter
	left int
}

func (w *shortWriter) Write(p []byte) (int, error) {
	n := min(len(p), w.left)
	w.left -= n
	if _, err := w.ResponseWriter.Write(p[:n]); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *shortWriter) Flush() { http.NewResponseController(w.ResponseWriter).Flush() }
