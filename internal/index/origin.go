package index

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// parseURL is like url.Parse, but its error does not repeat the URL.
func parseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if e := (*url.Error)(nil); errors.As(err, &e) {
		return nil, errors.New("invalid URL")
	}
	return u, err
}

// origin returns the scheme, host, and port of u. Credentials are valid for one origin.
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
