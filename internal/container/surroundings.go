package container

import (
	"os"
	"path/filepath"
	"strings"
)

// AddSurroundings makes the container use the proxies and trust the certificates named by
// this machine's environment variables. getenv returns a variable; nil means os.Getenv.
func (r *Run) AddSurroundings(getenv func(string) string) {
	if getenv == nil {
		getenv = os.Getenv
	}
	if r.Env == nil {
		r.Env = map[string]string{}
	}
	if r.Secrets == nil {
		r.Secrets = map[string]string{}
	}
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"} {
		for _, name := range []string{name, strings.ToLower(name)} {
			if value := getenv(name); value != "" {
				r.Secrets[name] = value // the URL may contain a password
			}
		}
	}
	trust := []string{"PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"}
	for _, name := range trust {
		bundle, err := filepath.Abs(getenv(name))
		if info, missing := os.Stat(bundle); err != nil || missing != nil || !info.Mode().IsRegular() {
			continue
		}
		r.Mounts = append(r.Mounts, Mount{Source: bundle, Target: certificates, ReadOnly: true})
		for _, name := range trust {
			r.Env[name] = certificates
		}
		return
	}
}

// certificates is the path of this machine's certificates in a container.
const certificates = "/lamella/certificates.pem"
