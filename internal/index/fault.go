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
	"github.com/lamella-build/lamella/internal/secret"
)

// statusError is an answer that is not what was asked for.
type statusError struct {
	code  int
	sent  Credential // with the request, nothing if it stayed behind at a redirect
	index string     // the name of the index that was asked, "" if it has none
	moved string     // the host to which the request was redirected, "" if it was not
}

func (e *statusError) Error() string {
	text := fmt.Sprintf("the server answered %d %s", e.code, http.StatusText(e.code))
	if e.moved != "" {
		text = fmt.Sprintf("%s, where it leads to, answered %d %s", e.moved, e.code, http.StatusText(e.code))
	}
	if !e.sent.none() && isDenied(e.code) {
		text += " although credentials were sent, from " + e.sent.From
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
	asked, _ := resp.Request.Context().Value(attempt{}).(attempt)
	err := &statusError{code: code, index: asked.index}
	if resp.Request.Header.Get("Authorization") != "" {
		err.sent = asked.credential
	}
	if origin(resp.Request.URL) != asked.origin {
		err.moved = resp.Request.URL.Host
	}
	if code >= 500 || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout {
		return &transient{err: err, after: retryAfter(resp)}
	}
	return err
}

// requestFault reports that u could not be had, with what can be done about it.
// A context's own error and what is a fault.Error already are passed through.
func requestFault(u *url.URL, err error) error {
	// Compared with ==, for net's timeouts claim to be a DeadlineExceeded too.
	if err == nil || err == context.Canceled || err == context.DeadlineExceeded { //nolint:errorlint // see above
		return err
	}
	if e := (*fault.Error)(nil); errors.As(err, &e) {
		return err
	}
	return &fault.Error{Kind: fault.Index, Op: "get", Subject: secret.Redact(u.String()), Err: err, Hints: requestHints(u, err)}
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
		return deniedHints(host, status)
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
	case errors.Is(err, errTooMuch):
		return []string{"the file is not the one that was locked: ask the index's owner why, name another, --index-url URL, or make the lock file anew"}
	case errors.Is(err, errCredentials):
		return []string{"mend the file, or name another: NETRC=/path/to/netrc"}
	case status == nil:
		return []string{"check the network and, behind a proxy, HTTPS_PROXY; or name another index, --index-url URL"}
	}
	return nil
}

// deniedHints say where to put credentials, or which ones to mend. None of these
// places is the command line, which everybody on the machine can read.
func deniedHints(host string, status *statusError) []string {
	netrc := fmt.Sprintf("in ~/.netrc: machine %s login USER password PASSWORD", host)
	switch {
	case status.moved != "":
		return []string{"credentials do not follow to another host: name an index that serves its files itself, --index-url URL"}
	case status.code == http.StatusProxyAuthRequired:
		return []string{"it is the proxy that asks: HTTPS_PROXY=http://USER:PASSWORD@proxy.example:3128"}
	case status.sent.From == fromCodeArtifact:
		return []string{"allow the action codeartifact:ReadFromRepository to who you are to AWS: aws sts get-caller-identity"}
	case !status.sent.none():
		return []string{fmt.Sprintf("mend the credentials for %s where they come from, %s", host, status.sent.From), "see what was found: lamella doctor"}
	case status.index != "":
		name := EnvName(status.index)
		return []string{fmt.Sprintf("export UV_INDEX_%s_USERNAME=USER UV_INDEX_%s_PASSWORD=PASSWORD", name, name), "or " + netrc}
	}
	return []string{"give credentials for it " + netrc, fmt.Sprintf("or in the variable that names the index: PIP_INDEX_URL=https://USER:PASSWORD@%s/simple", host)}
}
