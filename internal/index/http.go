package index

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/proxy"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/resolve"
)

// limits limit the time to wait for the network, and the number of attempts.
type limits struct {
	dial     time.Duration // until the connection is established
	response time.Duration // from the request until the response header
	idle     time.Duration // between two parts of a body
	window   time.Duration // within which at least bound.MinBytes of a body must arrive
	whole    time.Duration // for a whole body
	backoff  time.Duration // before the second attempt; doubles each time
	maxWait  time.Duration // before any attempt, whatever the server asks for
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

// parallel is the number of files that are received at the same time.
const parallel = 8

// checking is the number of additional files that may be checked in the meantime. Each
// needs up to four open files, and the limit for a process may be low.
const checking = 2

// slot waits until another file may be received. The caller must call release when it has
// received all of it, so that checking the file and writing it to disk does not keep the
// network waiting.
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

// whenNeeded creates the transport at the first request, because reading a machine's
// certificates takes longer than resolving a lock that needs no requests.
type whenNeeded func() http.RoundTripper

func (w whenNeeded) RoundTrip(req *http.Request) (*http.Response, error) { return w().RoundTrip(req) }

func (w whenNeeded) CloseIdleConnections() {
	if c, ok := w().(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// errRedirect is the error for a redirect that is not followed.
var errRedirect = errors.New("refused a redirect")

// errTooMany is the errRedirect for too many redirects.
var errTooMany = fmt.Errorf("%w: more than 10 redirects", errRedirect)

// errNowhere is the errRedirect for a redirect to what is no URL.
var errNowhere = fmt.Errorf("%w to an invalid URL", errRedirect)

// checkRedirect follows redirects, but never from https to http, and never sends
// credentials to another origin. (By itself, net/http would send them to subdomains and
// other ports, and reveal the old URL, including its query, in "Referer".)
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

// get sends a GET request for u with the credentials for it. If they are rejected and there
// are other credentials, it tries once more. A nil error means that there is a response,
// with any status. The caller must close its body.
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

// attempt describes how a request was sent. The context of the request holds it under the
// key attempt{}, for the message in case the server rejects the request.
type attempt struct {
	credential Credential
	origin     string
	index      string // name of the index, "" if it has none
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
			err = e.Err // without the URL, which the caller adds
		}
		return nil, err
	}
	now := time.Now()
	resp.Body = &timedBody{ReadCloser: resp.Body, ctx: ctx, cancel: cancel, limits: c.limits, begin: now, window: now,
		timer: time.AfterFunc(c.limits.idle, func() { cancel(errIdle) })}
	return resp, nil
}

// errIdle is the cause of the cancellation of a request if no data arrives.
var errIdle = errors.New("the server sent no data")

// errSlow is the error for a server that sends data too slowly.
var errSlow = errors.New("the download is too slow")

// timedBody is a response body that fails if no data arrives for too long, if data arrives
// too slowly, or if the whole body takes too long.
type timedBody struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	limits limits
	begin  time.Time // when the body began
	window time.Time // when the current window began
	came   int64     // bytes that have arrived in this window
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.timer.Reset(b.limits.idle)
	if err != nil {
		if !errors.Is(err, io.EOF) && errors.Is(context.Cause(b.ctx), errIdle) {
			err = fmt.Errorf("%w for %s", errIdle, number.Duration(b.limits.idle))
		}
		return n, err
	}
	b.came += int64(n)
	now := time.Now()
	switch took := now.Sub(b.window); {
	case now.Sub(b.begin) > b.limits.whole:
		return n, fmt.Errorf("%w: it did not finish within %s", errSlow, number.Duration(b.limits.whole))
	case took < b.limits.window:
	case b.came < bound.MinBytes:
		return n, fmt.Errorf("%w: %s in %s", errSlow, bound.Size(b.came), number.Duration(took.Round(time.Second)))
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

// transient is an error that may not occur again on the next attempt.
type transient struct {
	err   error
	after time.Duration // time that the server asked to wait
}

func (t *transient) Error() string { return t.err.Error() }
func (t *transient) Unwrap() error { return t.err }

// retry calls try until it succeeds or returns an error that is not a *transient, but at
// most limits.tries times.
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

// backoff returns how long to wait after the n-th failure. The time doubles with each
// failure. It varies randomly between half and one and a half times that, so that parallel
// clients spread out.
func (c *Client) backoff(n int) time.Duration {
	d := c.limits.backoff << (n - 1)
	return d/2 + rand.N(d+1)
}

// classify converts err, from get or from reading a body, to a *transient if another
// attempt may help.
func classify(err error) error {
	var (
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		dns         *net.DNSError
		refusal     *proxy.Refusal
	)
	switch {
	case errors.As(err, &refusal) && refusal.RetryableError():
		return &transient{err: err, after: retryAfter(refusal.Header)}
	case errors.As(err, &refusal), proxy.IsSOCKSRefusal(err),
		errors.Is(err, errRedirect), errors.Is(err, errCredentials), errors.Is(err, errTooMuch), errors.As(err, new(*fault.Error)),
		errors.As(err, new(*fs.PathError)), // of a file on this machine, such as on a full disk
		errors.As(err, &certificate), errors.As(err, &record),
		errors.As(err, &dns) && dns.IsNotFound:
		return err
	}
	return &transient{err: err}
}

// retryAfter returns the time in the Retry-After header (RFC 9110, 10.2.3), or 0 if there
// is none.
func retryAfter(header http.Header) time.Duration {
	v := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(v); err == nil {
		return time.Duration(min(max(seconds, 0), 3600)) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(time.Until(t), 0)
	}
	return 0
}
