package testindex

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// CodeArtifact stands in for the two calls of AWS CodeArtifact by which a client
// logs in to a repository (its API reference: GetAuthorizationToken,
// GetRepositoryEndpoint). The repository itself is a Server, which accepts the
// newest token only.
type CodeArtifact struct {
	URL string // for AWS_ENDPOINT_URL_CODEARTIFACT

	index *Server
	mu    sync.Mutex
	last  string   // token
	calls []string // "token DOMAIN OWNER", "endpoint DOMAIN REPOSITORY"
}

// StartCodeArtifact answers for the repository s until tb ends.
func StartCodeArtifact(tb testing.TB, s *Server) *CodeArtifact {
	c := &CodeArtifact{index: s}
	c.Expire()
	h := httptest.NewServer(c)
	tb.Cleanup(h.Close)
	c.URL = h.URL
	return c
}

// Expire ends the token that was given last. Nobody knows the next one yet.
func (c *CodeArtifact) Expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next()
}

// next makes a token. c.mu is held.
func (c *CodeArtifact) next() {
	c.last = fmt.Sprintf("s3cret-token-%d-%d", len(c.calls), time.Now().UnixNano())
	c.index.RequireUser("aws", c.last)
}

// Calls returns the calls so far.
func (c *CodeArtifact) Calls() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string{}, c.calls...)
}

// ServeHTTP answers one call.
func (c *CodeArtifact) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	q := r.URL.Query()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case q.Get("domain") == "forbidden":
		w.Header().Set("X-Amzn-Errortype", "AccessDeniedException")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"message": "you may not"}`)
	case r.Method == http.MethodPost && r.URL.Path == "/v1/authorization-token":
		c.calls = append(c.calls, "token "+q.Get("domain")+" "+q.Get("domain-owner"))
		c.next()
		json.NewEncoder(w).Encode(map[string]any{"authorizationToken": c.last, "expiration": time.Now().Add(12 * time.Hour).Unix()})
	case r.Method == http.MethodGet && r.URL.Path == "/v1/repository/endpoint" && q.Get("format") == "pypi":
		c.calls = append(c.calls, "endpoint "+q.Get("domain")+" "+q.Get("repository"))
		json.NewEncoder(w).Encode(map[string]any{"repositoryEndpoint": c.index.URL + "/"})
	default:
		http.NotFound(w, r)
	}
}
