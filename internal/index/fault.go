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
	"github.com/lamella-build/lamella/internal/proxy"
	"github.com/lamella-build/lamella/internal/secret"
)

// statusError is the error for an HTTP status other than success.
type statusError struct {
	code  int
	sent  Credential // credentials of the request; none if a redirect dropped them
	index string     // name of the index, or ""
	moved string     // host that the request was redirected to, or ""
}

func (e *statusError) Error() string {
	text := fmt.Sprintf("the server returned %d %s", e.code, http.StatusText(e.code))
	if e.moved != "" {
		text = fmt.Sprintf("%s, which it redirects to, returned %d %s", e.moved, e.code, http.StatusText(e.code))
	}
	if !e.sent.none() && isDenied(e.code) {
		text += " despite the credentials from " + e.sent.From
	}
	return text
}

func isDenied(code int) bool {
	return code == http.StatusUnauthorized || code == http.StatusForbidden
}

// isAbsent reports whether the server does not have the page or file.
func isAbsent(err error) bool {
	e := (*statusError)(nil)
	return errors.As(err, &e) && (e.code == http.StatusNotFound || e.code == http.StatusGone)
}

// checkStatus returns nil for the statuses 200 and 206, a *transient for a status that may
// be different after a retry, a *proxy.Refusal for a proxy that requires credentials, and a
// *statusError for any other status.
func checkStatus(resp *http.Response) error {
	code := resp.StatusCode
	if code == http.StatusOK || code == http.StatusPartialContent {
		return nil
	}
	if code == http.StatusProxyAuthRequired {
		return &proxy.Refusal{Status: code, Header: resp.Header}
	}
	asked, _ := resp.Request.Context().Value(attempt{}).(attempt)
	err := &statusError{code: code, index: asked.index}
	if resp.Request.Header.Get("Authorization") != "" {
		err.sent = asked.credential
	}
	if origin(resp.Request.URL) != asked.origin {
		err.moved = resp.Request.URL.Host
	}
	if code >= 500 || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout {
		return &transient{err: err, after: retryAfter(resp.Header)}
	}
	return err
}

// requestFault converts the error of a request for u to a fault.Error with hints. It
// returns the error of a context, and a fault.Error, unchanged.
func requestFault(u *url.URL, err error) error {
	// Compare with ==, because net's timeouts also match DeadlineExceeded.
	if err == nil || err == context.Canceled || err == context.DeadlineExceeded { //nolint:errorlint // see above
		return err
	}
	if e := (*fault.Error)(nil); errors.As(err, &e) {
		return err
	}
	return &fault.Error{Kind: fault.Index, Message: "cannot fetch " + secret.Redact(u.String()), Subject: secret.Redact(u.String()), Err: err, Hints: requestHints(u, err)}
}

func requestHints(u *url.URL, err error) []string {
	var (
		status      *statusError
		refusal     *proxy.Refusal
		certificate *tls.CertificateVerificationError
		dns         *net.DNSError
	)
	host := u.Hostname()
	switch {
	case errors.As(err, &refusal):
		return refusal.Hints(u.Scheme, u.Hostname())
	case errors.As(err, &status) && isDenied(status.code):
		return deniedHints(u, status)
	case isAbsent(err):
		return []string{"update the lock file, or use another index: --index-url URL"}
	case errors.As(err, &status) && status.code == http.StatusTooManyRequests:
		return []string{"try again later, because " + host + " limits requests"}
	case errors.As(err, &status) && status.code >= 500:
		return []string{"try again later, or use an index other than " + host + ": --index-url URL"}
	case errors.As(err, &certificate):
		return []string{"if your network has its own certificate authority, trust its certificate: export SSL_CERT_FILE=/path/to/ca.pem"}
	case errors.Is(err, errTooMany):
		return []string{"this index redirects in a loop; use another index: --index-url URL"}
	case errors.Is(err, errNowhere):
		return []string{"this index redirects to an invalid URL; use another index: --index-url URL"}
	case errors.Is(err, errRedirect):
		return []string{"this index redirects to an unsafe URL; use another index: --index-url URL"}
	case errors.As(err, &dns) && dns.IsNotFound:
		return []string{"check the host name, or, behind a proxy: export HTTPS_PROXY=http://proxy.example:3128"}
	case errors.Is(err, errTooMuch):
		return []string{"ask the owner of the index why the file changed, update the lock file, or use another index: --index-url URL"}
	case errors.Is(err, errCredentials):
		return []string{"correct the file, or use another one: export NETRC=/path/to/netrc"}
	case status == nil:
		return []string{"check the network and the proxy (HTTPS_PROXY), or use another index: --index-url URL"}
	}
	return nil
}

// deniedHints returns hints that say where to add credentials, or which ones to correct.
// They never suggest the command line, which every user of the machine can read.
func deniedHints(u *url.URL, status *statusError) []string {
	host := u.Hostname()
	netrc := fmt.Sprintf("~/.netrc: machine %s login USER password PASSWORD", host)
	switch {
	case status.moved != "":
		return []string{"use an index that serves its own files, because lamella does not send credentials to another host: --index-url URL"}
	case status.sent.From == fromCodeArtifact:
		return []string{"allow codeartifact:ReadFromRepository for your AWS identity; to see the identity, run: aws sts get-caller-identity"}
	case !status.sent.none():
		return []string{fmt.Sprintf("correct the credentials for %s in %s", host, status.sent.From), "check where the credentials come from: lamella doctor"}
	case status.index != "":
		name := EnvName(status.index)
		return []string{fmt.Sprintf("set the credentials: export UV_INDEX_%s_USERNAME=USER UV_INDEX_%s_PASSWORD=PASSWORD", name, name), "or add a line to " + netrc}
	}
	return []string{"add credentials to " + netrc, fmt.Sprintf("or add them to the URL of the index: export PIP_INDEX_URL=https://USER:PASSWORD@%s/simple", u.Host)}
}
