package index

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/resolve"
)

// limits bound how long and how often the network is waited for.
type limits struct {
	dial     time.Duration // until the connection is established
	response time.Duration // from the request until the header
	idle     time.Duration // between two pieces of a body
	window   time.Duration // in which bound.MinBytes of a body have to come
	whole    time.Duration // for all of a body
	backoff  time.Duration // before the second try; doubles with each
	maxWait  time.Duration // before any try, whatever the server asks for
	tries    int
}

func defaultLimits() limits {
	return limits{
		dial:     10 * time.Second,
		response: 30 * time.Second,
		idle:     60 * time.Second,
		window:   bound.Window,
		whole:    bound.Transfer,
		backoff:  500 * time.Millisecond,
		maxWait:  60 * time.Second,
		tries:    5,
	}
}

// parallel is how many files are received at once.
const parallel = 8

// checking is how many more files are checked meanwhile. Each takes up to four open files, of
// which a process may have few.
const checking = 2

// slot waits until a further file may be received. The caller calls release when it has all
// of it: checking it and writing it to disk does not keep the network waiting.
func (c *Client) slot(ctx context.Context) (release func(), err error) {
	select {
	case c.slots <- struct{}{}:
		return func() { <-c.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func newHTTPClient(l limits, n *Network) *http.Client {
	made := sync.OnceValue(func() http.RoundTripper { return n.transport(l) })
	return &http.Client{Transport: whenNeeded(made), CheckRedirect: checkRedirect}
}

// whenNeeded makes the transport for the first request: to read a machine's
// certificates takes longer than to resolve a lock that needs no request.
type whenNeeded func() http.RoundTripper

func (w whenNeeded) RoundTrip(req *http.Request) (*http.Response, error) { return w().RoundTrip(req) }

func (w whenNeeded) CloseIdleConnections() {
	if c, ok := w().(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// errRedirect marks a redirect that is not followed.
var errRedirect = errors.New("refused a redirect")

// errTooMany is an errRedirect after too many that were followed.
var errTooMany = fmt.Errorf("%w: more than 10 redirects", errRedirect)

// checkRedirect follows redirects, but never from https to http, and never takes
// credentials to another origin. (net/http by itself would hand them to
// subdomains and other ports, and tell the old URL with its query in "Referer".)
func checkRedirect(req *http.Request, via []*http.Request) error {
	last := via[len(via)-1]
	if last.URL.Scheme == "https" && req.URL.Scheme != "https" {
		return fmt.Errorf("%w from https to %s", errRedirect, secret.Redact(req.URL.String()))
	}
	if len(via) >= 10 {
		return errTooMany
	}
	req.Header.Del("Referer")
	if origin(req.URL) != origin(via[0].URL) {
		req.Header.Del("Authorization")
	}
	return nil
}

// get sends a GET request for u with the credentials that belong there, and once
// more if it is refused and others can be had. The body must be closed. A nil
// error means an answer with any status.
func (c *Client) get(ctx context.Context, u *url.URL, header http.Header) (*http.Response, error) {
	if c.settings.Offline {
		return nil, fmt.Errorf("%s: %w", secret.Redact(u.String()), resolve.ErrOffline)
	}
	sent, err := c.credential(ctx, u)
	if err != nil {
		return nil, err
	}
	resp, err := c.send(ctx, u, header, sent)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || origin(resp.Request.URL) != origin(u) || c.settings.policyOf(u).Authenticate == "never" {
		return resp, err
	}
	better, err := c.keychain.Refused(ctx, u, sent)
	if err != nil {
		resp.Body.Close()
		return nil, err
	}
	if better.none() {
		return resp, nil
	}
	resp.Body.Close()
	c.tell(u, better)
	return c.send(ctx, u, header, better)
}

// attempt is what a request was sent as. The request's context has it under the
// key attempt{}, for the message should it be refused.
type attempt struct {
	credential Credential
	origin     string
	index      string // the name of the index, "" if it has none
}

// send sends one GET request.
func (c *Client) send(ctx context.Context, u *url.URL, header http.Header, credential Credential) (*http.Response, error) {
	bare := *u
	bare.User, bare.Fragment, bare.RawFragment = nil, "", ""
	defer c.events.Wait("an answer from " + secret.Redact(bare.String()))()
	ctx, cancel := context.WithCancelCause(context.WithValue(ctx, attempt{},
		attempt{credential: credential, origin: origin(u), index: c.keychain.nameOf(u)}))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, bare.String(), nil)
	if err != nil {
		cancel(nil)
		return nil, err
	}
	req.Header = header.Clone()
	req.Header.Set("User-Agent", "lamella")
	credential.sign(req)
	c.debug("GET " + secret.Redact(bare.String()))
	if u.Scheme == "https" && c.settings.Network.trusts(u) {
		c.warnOnce(u.Host, fmt.Sprintf("the certificate of %s is not verified because it is a trusted host", u.Host))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		cancel(nil)
		if e := (*url.Error)(nil); errors.As(err, &e) {
			err = e.Err // without the URL, which the caller names
		}
		return nil, err
	}
	now := time.Now()
	resp.Body = &timedBody{ReadCloser: resp.Body, ctx: ctx, cancel: cancel, limits: c.limits, begin: now, window: now,
		timer: time.AfterFunc(c.limits.idle, func() { cancel(errIdle) })}
	return resp, nil
}

// errIdle is the cause of a request that was given up because nothing came.
var errIdle = errors.New("the server sent no data")

// errSlow is the error for a server that sends, but hardly anything.
var errSlow = errors.New("the download is too slow")

// timedBody is a response body that fails when nothing comes for too long, when it
// comes too slowly, and when all of it takes too long.
type timedBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	limits limits
	begin  time.Time // of the body
	window time.Time // when the bytes that came were last weighed
	came   int64     // bytes since then
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.timer.Reset(b.limits.idle)
	if err != nil {
		if !errors.Is(err, io.EOF) && errors.Is(context.Cause(b.ctx), errIdle) {
			err = fmt.Errorf("%w for %s", errIdle, b.limits.idle)
		}
		return n, err
	}
	b.came += int64(n)
	now := time.Now()
	switch took := now.Sub(b.window); {
	case now.Sub(b.begin) > b.limits.whole:
		return n, fmt.Errorf("%w: it did not finish within %s", errSlow, b.limits.whole)
	case took < b.limits.window:
	case b.came < bound.MinBytes:
		return n, fmt.Errorf("%w: %s in %s", errSlow, bound.Size(b.came), took.Round(time.Second))
	default:
		b.window, b.came = now, 0
	}
	return n, nil
}

func (b *timedBody) Close() error {
	b.timer.Stop()
	err := b.ReadCloser.Close()
	b.cancel(nil)
	return err
}

// transient is an error that may be gone on the next try.
type transient struct {
	err   error
	after time.Duration // the server asked to wait so long
}

func (t *transient) Error() string { return t.err.Error() }
func (t *transient) Unwrap() error { return t.err }

// retry calls try until it succeeds or fails with something else than a
// *transient, at most limits.tries times.
func (c *Client) retry(ctx context.Context, subject string, try func() error) error {
	for n := 1; ; n++ {
		err := try()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		t := (*transient)(nil)
		if !errors.As(err, &t) {
			return err
		}
		switch {
		case n < c.limits.tries:
		case n == 1:
			return t.err
		default:
			return fmt.Errorf("%w (after %d attempts)", t.err, n)
		}
		wait := min(max(c.backoff(n), t.after), c.limits.maxWait)
		c.debug(fmt.Sprintf("%s: %v; next try in %s", subject, err, wait.Round(time.Millisecond)))
		over := c.events.Wait(fmt.Sprintf("attempt %d of %d at %s (%v)", n+1, c.limits.tries, subject, err))
		select {
		case <-ctx.Done():
			over()
			return ctx.Err()
		case <-time.After(wait):
			over()
		}
	}
}

// backoff returns how long to wait after the n-th failure: doubling, and spread
// over half to one and a half of that, so that parallel clients part.
func (c *Client) backoff(n int) time.Duration {
	d := c.limits.backoff << (n - 1)
	return d/2 + rand.N(d+1)
}

// classify makes err, from get or from reading a body, a *transient if another
// try may help.
func classify(err error) error {
	var (
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		dns         *net.DNSError
	)
	switch {
	case errors.Is(err, errRedirect), errors.Is(err, errCredentials), errors.Is(err, errTooMuch), errors.As(err, new(*fault.Error)),
		errors.As(err, &certificate), errors.As(err, &record),
		errors.As(err, &dns) && dns.IsNotFound:
		return err
	}
	return &transient{err: err}
}

// retryAfter reads the header of that name (RFC 9110, 10.2.3), 0 if there is none.
func retryAfter(resp *http.Response) time.Duration {
	v := resp.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(v); err == nil {
		return time.Duration(min(max(seconds, 0), 3600)) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(time.Until(t), 0)
	}
	return 0
}
