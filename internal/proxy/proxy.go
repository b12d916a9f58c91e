// Package proxy explains why a proxy does not forward a request. A proxy is not the server
// behind it: its answers say nothing about that server, and most of them are final.
package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Refusal is the error for a proxy that does not forward a request.
type Refusal struct {
	Status   int         // of the proxy's response
	Header   http.Header // of the proxy's response
	Host     string      // host and port of the proxy, or "" if they are not known
	LoggedIn bool        // whether the URL of the proxy has a username or password
}

func (r *Refusal) Error() string {
	who := "the proxy"
	if r.Host != "" {
		who += " " + r.Host
	}
	text := fmt.Sprintf("%s returned %d %s", who, r.Status, http.StatusText(r.Status))
	if r.LoggedIn && r.Status == http.StatusProxyAuthRequired {
		text += " despite the username and password in its URL"
	}
	return text
}

// RetryableError reports whether another attempt may help. The AWS SDK looks for this method.
func (r *Refusal) RetryableError() bool {
	return r.Status >= 500 || r.Status == http.StatusTooManyRequests || r.Status == http.StatusRequestTimeout
}

// Connected is an http.Transport.OnProxyConnectResponse. Without it, the error of net/http for a
// proxy that opens no tunnel has neither the status nor the proxy.
func Connected(_ context.Context, proxy *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		return nil
	}
	return &Refusal{Status: response.StatusCode, Header: response.Header, Host: proxy.Host, LoggedIn: proxy.User != nil}
}

// IsSOCKSRefusal reports whether a SOCKS proxy rejected the username and password, or requires
// some (RFC 1928, RFC 1929). net/http has no other sign of it.
func IsSOCKSRefusal(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && strings.HasPrefix(op.Op, "socks") && op.Err != nil && strings.Contains(op.Err.Error(), "authentication")
}

// Hints returns the hints for a request to a URL with this scheme and host.
func (r *Refusal) Hints(scheme, host string) []string {
	variable := "HTTPS_PROXY"
	if scheme == "http" {
		variable = "HTTP_PROXY"
	}
	switch {
	case r.Status == http.StatusProxyAuthRequired && r.LoggedIn:
		return []string{"correct the username and password in the URL of the proxy (" + variable + ", or the configuration of pip or uv)"}
	case r.Status == http.StatusProxyAuthRequired:
		return []string{"add credentials for the proxy: export " + variable + "=http://USER:PASSWORD@proxy.example:3128"}
	case r.RetryableError():
		return []string{"try again later, or use another proxy: export " + variable + "=http://proxy.example:3128"}
	}
	return []string{"ask whoever runs the proxy to allow requests to " + host, "or connect to it directly: export NO_PROXY=" + host}
}
