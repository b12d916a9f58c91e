package index

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// Redact returns rawURL without user, password and the values of its query, fit
// for messages. A malformed URL loses all that might be one of these.
func Redact(rawURL string) string {
	scheme, rest, ok := strings.Cut(rawURL, "//")
	if u, err := url.Parse(rawURL); ok && err == nil {
		u.User = nil
		if u.RawQuery != "" {
			u.RawQuery = "***"
		}
		return u.String()
	}
	if ok { // not valid: a password may hold what should have been escaped
		rest = rest[strings.LastIndexByte(rest, '@')+1:]
		rawURL = scheme + "//" + rest
	}
	if before, _, ok := strings.Cut(rawURL, "?"); ok {
		return before + "?***"
	}
	return rawURL
}

// parseURL is url.Parse whose error does not repeat the URL.
func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if e := (*url.Error)(nil); errors.As(err, &e) {
		return nil, errors.New("not a valid URL")
	}
	return u, err
}

// origin returns scheme, host and port of u: what credentials are valid for.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
