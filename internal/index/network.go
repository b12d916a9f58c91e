package index

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/net/http/httpproxy"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/proxy"
	"github.com/lamella-build/lamella/internal/secret"
)

// Network specifies how servers are reached, according to the settings of pip, uv, and
// curl. The zero value uses the machine's own certificate authorities and the proxies in
// the process's environment.
type Network struct {
	// CA is a file or folder of certificate authorities in PEM format. They replace all
	// others (pip's cert, REQUESTS_CA_BUNDLE).
	CA Option
	// ClientCert is a file with a certificate and its key in PEM format (pip's
	// client-cert).
	ClientCert Option
	// Proxy is the URL of the proxy for all requests (pip's proxy). If it is "", the
	// following settings apply.
	Proxy Option
	// HTTPProxy and HTTPSProxy are the URLs of proxies. NoProxy lists the hosts that are
	// reached without a proxy, separated by commas. The environment takes precedence
	// (uv.toml).
	HTTPProxy, HTTPSProxy, NoProxy Option
	// Trusted are the hosts, with or without a port, whose certificates are not checked
	// (pip's trusted-host, uv's allow-insecure-host).
	Trusted []string

	env func(string) string // nil means the environment of the process
}

// Option is a value, and where it comes from, for messages.
type Option struct{ Value, From string }

// origin returns o.From for a message, in which the key of a file is quoted, because some
// keys are words, such as cert.
func (o *Option) origin() string {
	if key, file, ok := strings.Cut(o.From, " in "); ok {
		return strconv.Quote(key) + " in " + file
	}
	return o.From
}

// given returns o with its value, for a message.
func (o *Option) given() string {
	if key, file, ok := strings.Cut(o.From, " in "); ok {
		return fmt.Sprintf("%q (%s) from %s", key, o.Value, file)
	}
	return fmt.Sprintf("%s (%s)", o.From, o.Value)
}

func (o *Option) fill(next Option) {
	if o.Value == "" {
		*o = next
	}
}

// fill sets the settings that n lacks.
func (n *Network) fill(next Network) {
	n.CA.fill(next.CA)
	n.ClientCert.fill(next.ClientCert)
	n.Proxy.fill(next.Proxy)
	n.HTTPProxy.fill(next.HTTPProxy)
	n.HTTPSProxy.fill(next.HTTPSProxy)
	n.NoProxy.fill(next.NoProxy)
	n.Trusted = append(n.Trusted[:len(n.Trusted):len(n.Trusted)], next.Trusted...)
}

// variable returns the first of the given variables that is set.
func variable(env func(string) string, names ...string) Option {
	for _, name := range names {
		if value := strings.TrimSpace(env(name)); value != "" {
			return Option{value, name}
		}
	}
	return Option{}
}

// networkEnvironment reads the variables that all tools support. Those of pip and uv take
// precedence.
func networkEnvironment(env func(string) string) Network {
	return Network{CA: variable(env, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), env: env}
}

func (n *Network) getenv(name string) string {
	if n.env == nil {
		return os.Getenv(name)
	}
	return n.env(name)
}

// transport returns the transport for all requests.
func (n *Network) transport(l limits) http.RoundTripper {
	proxy, err := n.proxy()
	if err != nil {
		return unusable{err}
	}
	return redirects{&byScheme{proxy: proxy, plain: n.plain(l, proxy), secure: whenNeeded(sync.OnceValue(func() http.RoundTripper { return n.secure(l, proxy) }))}}
}

type proxyFunc = func(*http.Request) (*url.URL, error)

// plain returns the transport for requests without TLS.
func (n *Network) plain(l limits, choose proxyFunc) *http.Transport {
	return &http.Transport{
		Proxy:                  choose,
		OnProxyConnectResponse: proxy.Connected,
		DialContext:            (&net.Dialer{Timeout: l.dial}).DialContext,
		TLSHandshakeTimeout:    l.dial,
		ResponseHeaderTimeout:  l.response,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    parallel,
		IdleConnTimeout:        l.idle,
		MaxResponseHeaderBytes: bound.Header,
	}
}

// secure returns the transport for requests with TLS.
func (n *Network) secure(l limits, proxy proxyFunc) http.RoundTripper {
	config, err := n.tls()
	if err != nil {
		return unusable{err}
	}
	checked := n.plain(l, proxy)
	checked.TLSClientConfig = config
	if len(n.Trusted) == 0 {
		return checked
	}
	unchecked := checked.Clone()
	if unchecked.TLSClientConfig == nil {
		unchecked.TLSClientConfig = &tls.Config{}
	}
	unchecked.TLSClientConfig.InsecureSkipVerify = true
	return &byHost{network: n, checked: checked, unchecked: unchecked}
}

// byScheme reads the certificate authorities, which may be hundreds of files, only for a
// request that needs them: for an https URL, or through a proxy that uses TLS.
type byScheme struct {
	proxy  proxyFunc
	plain  *http.Transport
	secure whenNeeded
	used   atomic.Bool // whether secure was used
}

func (b *byScheme) RoundTrip(req *http.Request) (*http.Response, error) {
	if proxy, err := b.proxy(req); err == nil && req.URL.Scheme == "http" && (proxy == nil || proxy.Scheme != "https") {
		return b.plain.RoundTrip(req)
	}
	b.used.Store(true)
	return b.secure.RoundTrip(req)
}

func (b *byScheme) CloseIdleConnections() {
	b.plain.CloseIdleConnections()
	if b.used.Load() {
		b.secure.CloseIdleConnections()
	}
}

// unusable returns err for every request.
type unusable struct{ err error }

func (u unusable) RoundTrip(*http.Request) (*http.Response, error) { return nil, u.err }

// byHost skips the certificate check for trusted hosts.
type byHost struct {
	network            *Network
	checked, unchecked *http.Transport
}

func (b *byHost) RoundTrip(req *http.Request) (*http.Response, error) {
	if b.network.trusts(req.URL) {
		return b.unchecked.RoundTrip(req)
	}
	return b.checked.RoundTrip(req)
}

func (b *byHost) CloseIdleConnections() {
	b.checked.CloseIdleConnections()
	b.unchecked.CloseIdleConnections()
}

// trusts reports whether u's certificate must not be checked. A host without a port stands
// for all its ports.
func (n *Network) trusts(u *url.URL) bool {
	for _, host := range n.Trusted {
		if _, rest, ok := strings.Cut(host, "://"); ok {
			host = strings.TrimRight(rest, "/")
		}
		if host == "*" || strings.EqualFold(host, u.Host) || strings.EqualFold(strings.Trim(host, "[]"), u.Hostname()) {
			return true
		}
	}
	return false
}

// tls returns the configuration with the certificate authorities and the client
// certificate, or nil for the machine's defaults.
func (n *Network) tls() (*tls.Config, error) {
	config := &tls.Config{}
	if err := n.authorities(config); err != nil {
		return nil, err
	}
	client := n.ClientCert
	client.fill(variable(n.getenv, "SSL_CLIENT_CERT"))
	if client.Value != "" {
		pair, err := tls.LoadX509KeyPair(client.Value, client.Value)
		if err != nil {
			return nil, networkFault(client, fmt.Errorf("it does not contain a certificate and key in PEM format: %w", err))
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if config.RootCAs == nil && config.Certificates == nil {
		return nil, nil
	}
	return config, nil
}

// authorities sets the certificate authorities in config: those in the CA setting, and
// those in SSL_CERT_FILE and SSL_CERT_DIR. If only these two are set, Go uses them itself,
// except on macOS and Windows.
func (n *Network) authorities(config *tls.Config) error {
	own := []Option{variable(n.getenv, "SSL_CERT_FILE"), variable(n.getenv, "SSL_CERT_DIR")}
	switch {
	case n.CA.Value != "":
		config.RootCAs = x509.NewCertPool()
		if err := addAuthorities(config.RootCAs, n.CA); err != nil {
			return err
		}
	case own[0].Value+own[1].Value == "", runtime.GOOS != "darwin" && runtime.GOOS != "windows":
		return nil
	default:
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		config.RootCAs = pool
	}
	for _, o := range own {
		for _, path := range filepath.SplitList(o.Value) {
			if err := addAuthorities(config.RootCAs, Option{path, o.From}); err != nil {
				return err
			}
		}
	}
	return nil
}

// addAuthorities adds the certificates in a file, or in all files in a folder, to pool.
func addAuthorities(pool *x509.CertPool, from Option) error {
	entries, err := os.ReadDir(from.Value)
	if err != nil { // not a folder
		content, err := bound.ReadFile(from.Value, bound.Document, "a file of certificates")
		if err == nil && !pool.AppendCertsFromPEM(content) {
			err = errors.New("it contains no certificate in PEM format")
		}
		if err != nil {
			return networkFault(from, err)
		}
		return nil
	}
	found := false
	for _, entry := range entries {
		if content, err := bound.ReadFile(filepath.Join(from.Value, entry.Name()), bound.Document, "a file of certificates"); err == nil {
			found = pool.AppendCertsFromPEM(content) || found
		}
	}
	if !found {
		return networkFault(from, errors.New("the folder contains no certificate in PEM format"))
	}
	return nil
}

// proxy returns a function that chooses the proxy for a request.
func (n *Network) proxy() (func(*http.Request) (*url.URL, error), error) {
	if n.Proxy.Value != "" {
		u, err := parseProxy(n.Proxy)
		return http.ProxyURL(u), err
	}
	all := variable(n.getenv, "ALL_PROXY", "all_proxy")
	forHTTP, forHTTPS := variable(n.getenv, "HTTP_PROXY", "http_proxy"), variable(n.getenv, "HTTPS_PROXY", "https_proxy")
	for _, o := range []struct{ own, file *Option }{{&forHTTP, &n.HTTPProxy}, {&forHTTPS, &n.HTTPSProxy}} {
		o.own.fill(*o.file)
		o.own.fill(all)
		if o.own.Value == "" {
			continue
		}
		if _, err := parseProxy(*o.own); err != nil {
			return nil, err
		}
	}
	not := variable(n.getenv, "NO_PROXY", "no_proxy")
	not.fill(n.NoProxy)
	choose := (&httpproxy.Config{HTTPProxy: forHTTP.Value, HTTPSProxy: forHTTPS.Value, NoProxy: not.Value}).ProxyFunc()
	return func(req *http.Request) (*url.URL, error) { return choose(req.URL) }, nil
}

// parseProxy parses the URL of a proxy, whose scheme may be missing.
func parseProxy(o Option) (*url.URL, error) {
	raw := o.Value
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw
	}
	u, err := parseURL(raw)
	if err == nil && u.Host == "" {
		err = errors.New("invalid URL")
	}
	if err == nil {
		switch u.Scheme {
		case "http", "https", "socks5", "socks5h":
			return u, nil
		}
		err = fmt.Errorf("the proxy scheme %s is not supported", u.Scheme)
	}
	o.Value = secret.Redact(raw)
	if strings.Contains(raw, "@") && !strings.Contains(o.Value, "@") {
		o.Value += ", username and password not shown"
	}
	return nil, networkFault(o, err, "set "+o.origin()+" to a URL such as http://proxy.example:3128 or socks5://proxy.example:1080")
}

// networkFault returns the error for a setting that cannot be used. Such a setting is never
// ignored, because requests without it might not go the way that the user wants.
func networkFault(o Option, err error, hints ...string) error {
	if len(hints) == 0 {
		hints = []string{"correct " + o.origin() + ", or remove it"}
	}
	return &fault.Error{Kind: fault.Usage, Message: "cannot use " + o.given(), Subject: o.From, Err: err, Hints: hints}
}

// redirects rejects redirects to invalid URLs, because the message of net/http's own error
// would contain the URL.
type redirects struct{ http.RoundTripper }

func (r redirects) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.RoundTripper.RoundTrip(req)
	if err != nil {
		return resp, err
	}
	location := resp.Header.Get("Location")
	if resp.StatusCode/100 != 3 || location == "" {
		return resp, nil
	}
	u, err := req.URL.Parse(location)
	switch {
	case err != nil:
		err = fmt.Errorf("%w: %s", errNowhere, destination(req.URL, location))
	case u.Host == "" && (u.Scheme == "http" || u.Scheme == "https"):
		err = fmt.Errorf("%w: %s", errNowhere, destination(req.URL, location))
	case !isHTTP(u):
		err = fmt.Errorf("%w to a URL whose scheme is not http or https: %s", errRedirect, destination(req.URL, location))
	default:
		return resp, nil
	}
	resp.Body.Close()
	return nil, err
}

// destination returns a redirect's location for a message. A location without a host is a part of
// a URL, in which more is a secret than in other texts.
func destination(from *url.URL, location string) string {
	scheme, _, absolute := strings.Cut(location, ":")
	if absolute && !strings.Contains(scheme, "/") || strings.HasPrefix(location, "//") {
		return secret.Redact(location)
	}
	return secret.Redact(from.Scheme + "://" + from.Host + "/" + strings.TrimLeft(location, "/"))
}

func (r redirects) CloseIdleConnections() {
	if c, ok := r.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
