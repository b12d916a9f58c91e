package index

import (
	"os"
	"path/filepath"
	"strings"
)

// forNetwork makes the tool reach servers as lamella does, and returns the files that it
// needs for that. It omits what is only in the environment of the process, because the tool
// reads it there.
func (t *toolEnv) forNetwork(s Settings) (paths []string, err error) {
	n := &s.Network
	path := func(o Option) string {
		if o.Value == "" || err != nil {
			return ""
		}
		var absolute string
		if absolute, err = filepath.Abs(o.Value); err == nil {
			paths = append(paths, absolute)
		}
		return absolute
	}
	ca, client := path(n.CA), path(n.ClientCert)
	if err != nil {
		return nil, err
	}
	trusted := strings.Join(n.Trusted, " ")
	switch t.tool {
	case Pip:
		t.set("PIP_CERT", ca)
		t.set("PIP_CLIENT_CERT", client)
		t.set("PIP_PROXY", n.Proxy.Value)
		t.set("PIP_TRUSTED_HOST", trusted)
	case UV:
		name := "SSL_CERT_FILE"
		if info, err := os.Stat(ca); err == nil && info.IsDir() {
			name = "SSL_CERT_DIR"
		}
		if variable(n.getenv, "SSL_CERT_FILE", "SSL_CERT_DIR").Value == "" { // uv reads these as well
			t.set(name, ca)
		}
		t.set("SSL_CLIENT_CERT", client)
		t.set("UV_INSECURE_HOST", trusted)
	case Poetry:
		t.set("REQUESTS_CA_BUNDLE", ca)
		t.certificatesByName(s, client)
	}
	t.proxies(n)
	return paths, nil
}

// proxies sets the common variables. The environment takes precedence over a tool's
// configuration, but not over pip's "proxy", which applies to all requests.
func (t *toolEnv) proxies(n *Network) {
	for _, p := range []struct {
		name string
		file Option
	}{{"HTTP_PROXY", n.HTTPProxy}, {"HTTPS_PROXY", n.HTTPSProxy}, {"NO_PROXY", n.NoProxy}} {
		if n.Proxy.Value != "" && t.tool != Pip {
			if p.file = n.Proxy; p.name == "NO_PROXY" {
				continue
			}
		} else if variable(n.getenv, p.name, strings.ToLower(p.name)).Value != "" {
			continue
		}
		t.set(p.name, p.file.Value)
		if p.file.Value != "" {
			t.set(strings.ToLower(p.name), p.file.Value)
		}
	}
}

// certificatesByName sets the variables described in Poetry's manual, "Custom certificate
// authority and mutual TLS authentication". Poetry supports certificates only by the name
// of the index.
func (t *toolEnv) certificatesByName(s Settings, client string) {
	done := map[string]bool{}
	for _, index := range append(s.Indexes[:len(s.Indexes):len(s.Indexes)], s.Named...) {
		name := EnvName(index.Name)
		u, err := parseURL(index.URL)
		if name == "" || err != nil || done[name] {
			continue
		}
		done[name] = true
		t.set("POETRY_CERTIFICATES_"+name+"_CLIENT_CERT", client)
		if s.Network.trusts(u) {
			t.set("POETRY_CERTIFICATES_"+name+"_CERT", "false")
		}
	}
}
