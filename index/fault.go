package index

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/lamella-build/lamella/fault"
)

// statusError is an answer that is not what was asked for.
type statusError struct {
	code int
	auth bool // credentials had been sent
}

func (e *statusError) Error() string {
	text := fmt.Sprintf("the server answered %d %s", e.code, http.StatusText(e.code))
	if e.auth && isDenied(e.code) {
		text += " although credentials were sent"
	}
	return text
}

func isDenied(code int) bool {
	return code == http.StatusUnauthorized || code == http.StatusForbidden ||
		code == http.StatusProxyAuthRequired
}

// isAbsent reports an answer that says: there is no such page or file.
func isAbsent(err error) bool {
	e := (*statusError)(nil)
	return errors.As(err, &e) && (e.code == http.StatusNotFound || e.code == http.StatusGone)
}

// checkStatus returns nil for the statuses 200 and 206, a *transient for those
// that a later try may change, else a *statusError.
func checkStatus(resp *http.Response) error {
	code := resp.StatusCode
	if code == http.StatusOK || code == http.StatusPartialContent {
		return nil
	}
	auth := resp.Request.Header.Get("Authorization") != ""
	err := &statusError{code: code, auth: auth}
	if code >= 500 || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout {
		return &transient{err: err, after: retryAfter(resp)}
	}
	return err
}

// requestFault reports that u could not be had, with what can be done about it.
// A context's own error and what is a fault.Error already are passed through.
func requestFault(u *url.URL, err error) error {
	// Compared with ==, for net's timeouts claim to be a DeadlineExceeded too.
	if err == nil || err == context.Canceled || err == context.DeadlineExceeded {
		return err
	}
	if e := (*fault.Error)(nil); errors.As(err, &e) {
		return err
	}
	return &fault.Error{Kind: fault.Index, Op: "get", Subject: Redact(u.String()), Err: err, Hints: requestHints(u, err)}
}

func requestHints(u *url.URL, err error) []string {
	var (
		status      *statusError
		certificate *tls.CertificateVerificationError
		dns         *net.DNSError
	)
	host := u.Hostname()
	switch {
	case errors.As(err, &status) && isDenied(status.code):
		return []string{
			fmt.Sprintf("give credentials for %s in the index URL, --index-url %s://USER:PASSWORD@%s/…,", host, u.Scheme, u.Host),
			fmt.Sprintf("or in ~/.netrc: machine %s login USER password PASSWORD", host),
		}
	case isAbsent(err):
		return []string{"the file is gone from there: name an index that has it, --index-url URL, or make the lock file anew"}
	case errors.As(err, &status) && status.code == http.StatusTooManyRequests:
		return []string{host + " limits requests: try again later"}
	case errors.As(err, &status) && status.code >= 500:
		return []string{host + " is out of order: try again later, or name another index, --index-url URL"}
	case errors.As(err, &certificate):
		return []string{"if your network has a certificate authority of its own: SSL_CERT_FILE=/path/to/ca.pem"}
	case errors.Is(err, errRedirect):
		return []string{"the index sends downloads to a place that is not safe: name another, --index-url URL"}
	case errors.As(err, &dns) && dns.IsNotFound:
		return []string{"check the host's name; behind a proxy, set HTTPS_PROXY=http://proxy.example:3128"}
	case errors.Is(err, errCredentials):
		return []string{"mend the file, or name another: NETRC=/path/to/netrc"}
	case status == nil:
		return []string{"check the network and, behind a proxy, HTTPS_PROXY; or name another index, --index-url URL"}
	}
	return nil
}
