package index

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// A page arrives in several pieces, as from a real index.
func TestProbe(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/pieces/pip/", func(w http.ResponseWriter, _ *http.Request) {
		for n := range 5 {
			fmt.Fprintf(w, "<a href=\"pip-%d.0-py3-none-any.whl\">pip-%d.0-py3-none-any.whl</a>\n", n, n)
			w.(http.Flusher).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	})
	mux.HandleFunc("/broken/pip/", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
	})
	mux.HandleFunc("/denied/pip/", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	for path, works := range map[string]bool{"pieces": true, "absent": true, "broken": false, "denied": false} {
		probes := Settings{URL: server.URL + "/" + path}.Probe(t.Context())
		if len(probes) != 1 || (probes[0].Err == nil) != works {
			t.Errorf("%s: %+v, want one that works: %t", path, probes, works)
		}
	}
}
