package index

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/lamella-build/lamella/resolve"
)

func TestRetryAfter(t *testing.T) {
	in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	tests := []struct {
		header   string
		min, max time.Duration
	}{
		{"", 0, 0}, {"soon", 0, 0}, {"-5", 0, 0}, {"7", 7 * time.Second, 7 * time.Second},
		{"100000", time.Hour, time.Hour},
		{in(30 * time.Second), 20 * time.Second, 30 * time.Second}, {in(-time.Hour), 0, 0},
	}
	for _, test := range tests {
		if got := retryAfter(http.Header{"Retry-After": {test.header}}); got < test.min || got > test.max {
			t.Errorf("Retry-After: %s: %s, want %s to %s", test.header, got, test.min, test.max)
		}
	}
}

func TestBackoffDoubles(t *testing.T) {
	c := &Client{limits: limits{backoff: time.Second}}
	for n, want := 1, time.Second; n < 5; n, want = n+1, 2*want {
		for range 100 {
			if got := c.backoff(n); got < want/2 || got > want*3/2 {
				t.Fatalf("after failure %d: %s, want about %s", n, got, want)
			}
		}
	}
}

// TestRetryAfterIsHonoured: the server asks for a second, lamella would wait 1 ms.
func TestRetryAfterIsHonoured(t *testing.T) {
	b := newBench(t)
	l := b.client.limits
	l.maxWait = 60 * time.Second
	b.limit(l)
	tries := 0
	start := time.Now()
	err := b.client.retry(t.Context(), "x", func() error {
		if tries++; tries == 1 {
			return &transient{err: http.ErrHandlerTimeout, after: 200 * time.Millisecond}
		}
		return nil
	})
	if err != nil || tries != 2 || time.Since(start) < 200*time.Millisecond {
		t.Errorf("%v after %d tries and %s", err, tries, time.Since(start))
	}
}

func TestHTTP2(t *testing.T) {
	b := newBench(t)
	proto := ""
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proto = r.Proto
		w.Write(b.content(demoName))
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	b.client.http.Transport.(whenNeeded)().(redirects).RoundTripper.(*byScheme).secure().(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	d := b.distribution(demoName)
	d.File.URL = s.URL + "/" + demoName
	if _, err := b.client.Fetch(t.Context(), []resolve.Distribution{d}); err != nil || proto != "HTTP/2.0" {
		t.Errorf("%v, by %s", err, proto)
	}
}
