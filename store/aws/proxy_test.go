package aws

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/store"
)

// TestProxyRefuses: what a proxy answers is final, unless it may answer otherwise the next time,
// and nothing was sent to AWS. net/http reads the variables of a process only once, so the
// requests are those of another process.
func TestProxyRefuses(t *testing.T) {
	if os.Getenv("PROXY_TEST_ENDPOINTS") != "" {
		askThrough(t)
		return
	}
	var mu sync.Mutex
	asked := map[string]int{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked[r.Host]++
		status, _ := strconv.Atoi(r.Host[1:4])
		w.WriteHeader(status)
	}))
	defer proxy.Close()
	cases := []struct {
		endpoint, host string
		once           bool
		want           []string
	}{
		{"https://s407.invalid", "s407.invalid:443", true, []string{"the proxy 127.0.0.1:", "returned 407 Proxy Authentication Required", "export HTTPS_PROXY=http://USER:PASSWORD@"}},
		{"https://s403.invalid", "s403.invalid:443", true, []string{"the proxy 127.0.0.1:", "returned 403 Forbidden", "ask whoever runs the proxy"}},
		{"https://s503.invalid", "s503.invalid:443", false, []string{"the proxy 127.0.0.1:", "returned 503 Service Unavailable", "try again later"}},
		{"http://s407.invalid", "s407.invalid", true, nil},
	}
	var endpoints []string
	for _, c := range cases {
		endpoints = append(endpoints, c.endpoint)
	}
	run := exec.Command(os.Args[0], "-test.run=^TestProxyRefuses$", "-test.v")
	run.Env = append(os.Environ(), "PROXY_TEST_ENDPOINTS="+strings.Join(endpoints, " "))
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		run.Env = append(run.Env, name+"="+proxy.URL)
	}
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, c := range cases {
		_, said, ok := strings.Cut(string(out), "\nget "+c.endpoint+": ")
		said, _, _ = strings.Cut(said, "\nget ")
		for _, want := range append(c.want, "publish: outcome unknown: false") {
			if !ok || !strings.Contains(said, want) {
				t.Errorf("%s: %q is not in\n%s", c.endpoint, want, said)
			}
		}
		if n := asked[c.host]; n == 0 || c.once && n != 2 || !c.once && n < 4 { // for the object and for the layer
			t.Errorf("%s: the proxy was asked %d times", c.endpoint, n)
		}
	}
}

// askThrough sends requests to endpoints and prints the errors.
func askThrough(t *testing.T) {
	fakeaws.New(t).Use(t)
	for _, endpoint := range strings.Fields(os.Getenv("PROXY_TEST_ENDPOINTS")) {
		t.Setenv("AWS_ENDPOINT_URL", endpoint)
		o, l := connect(t, store.Prefix{Bucket: bucket})
		_, _, err := o.Get(t.Context(), "k")
		fmt.Printf("\nget %s: %v\n%s\n", endpoint, err, strings.Join(fault.Hints(err), "\n"))
		_, err = l.Publish(t.Context(), store.Publication{Name: "deps", Content: o.Location("k")})
		fmt.Printf("publish: outcome unknown: %v %v\n", err == nil || errors.Is(err, store.ErrUnknownOutcome), err)
	}
}
