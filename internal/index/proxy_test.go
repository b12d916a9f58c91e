package index

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lamella-build/lamella/resolve"
)

// TestProxyRefuses: what a proxy answers is final, unless it may answer otherwise the next time.
// It is the proxy that the error is about, not the index.
func TestProxyRefuses(t *testing.T) {
	for _, c := range []struct {
		scheme, user string
		status       int
		want         []string
		once         bool
	}{
		{"http", "", 407, []string{"the proxy returned 407 Proxy Authentication Required", "export HTTP_PROXY=http://USER:PASSWORD@"}, true},
		{"https", "", 407, []string{"the proxy 127.0.0.1:", "returned 407 Proxy Authentication Required", "export HTTPS_PROXY=http://USER:PASSWORD@"}, true},
		{"https", "me:s3cret@", 407, []string{"407 Proxy Authentication Required despite the username and password", "correct the username"}, true},
		{"https", "", 401, []string{"the proxy 127.0.0.1:", "401 Unauthorized", "ask whoever runs the proxy"}, true},
		{"https", "", 403, []string{"the proxy 127.0.0.1:", "403 Forbidden", "ask whoever runs the proxy", "NO_PROXY=index.invalid"}, true},
		{"https", "", 404, []string{"the proxy 127.0.0.1:", "404 Not Found"}, true},
		{"https", "", 204, []string{"the proxy 127.0.0.1:", "204 No Content"}, true},
		{"https", "", 429, []string{"the proxy 127.0.0.1:", "429 Too Many Requests (after ", "try again later"}, false},
		{"https", "", 503, []string{"the proxy 127.0.0.1:", "503 Service Unavailable (after ", "try again later"}, false},
	} {
		var asked atomic.Int32
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			w.WriteHeader(c.status)
		}))
		b := newBench(t)
		n := Network{Proxy: Option{strings.Replace(proxy.URL, "://", "://"+c.user, 1), "PIP_PROXY"}}
		b.use(Settings{URL: c.scheme + "://index.invalid/simple", Network: n})
		b.client.http = newHTTPClient(b.client.limits, &n)
		tries := int32(b.client.limits.tries)
		if c.once {
			tries = 1
		}
		_, err := b.client.Find(t.Context(), b.pinned(demoName))
		failed(t, err, c.want...)
		if got := asked.Swap(0); got != tries {
			t.Errorf("%s, %d: %d requests for a page, want %d", c.scheme, c.status, got, tries)
		}
		d := b.distribution(demoName)
		d.File.URL = c.scheme + "://index.invalid/" + demoName
		_, err = b.client.Fetch(t.Context(), []resolve.Distribution{d})
		failed(t, err, c.want...)
		if got := asked.Load(); got != tries {
			t.Errorf("%s, %d: %d requests for a file, want %d", c.scheme, c.status, got, tries)
		}
		if strings.Contains(err.Error(), "s3cret") {
			t.Error("the password is told:", err)
		}
		proxy.Close()
	}
}

// TestSOCKSRefuses: a SOCKS proxy that wants another username and password, or any, is asked once.
func TestSOCKSRefuses(t *testing.T) {
	for user, answers := range map[string][][]byte{"": {{5, 0xff}}, "me:s3cret@": {{5, 2}, {1, 1}}} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var asked atomic.Int32
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				asked.Add(1)
				for _, answer := range answers {
					_, _ = c.Read(make([]byte, 512))
					_, _ = c.Write(answer)
				}
				_, _ = io.Copy(io.Discard, c)
				_ = c.Close()
			}
		}()
		b := newBench(t)
		n := Network{Proxy: Option{"socks5://" + user + l.Addr().String(), "PIP_PROXY"}}
		b.use(Settings{URL: "https://index.invalid/simple", Network: n})
		b.client.http = newHTTPClient(b.client.limits, &n)
		_, err = b.client.Find(t.Context(), b.pinned(demoName))
		failed(t, err, "authentication")
		if got := asked.Load(); got != 1 || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("user %q: %d connections, want 1; %v", user, got, err)
		}
		l.Close()
	}
}
