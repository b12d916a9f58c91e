package project

import (
	"context"
	"fmt"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/spec"
)

// OpenToPublish is like [Open], but returns an error if the lock file contains credentials,
// because the lock file will be stored with the published version.
func OpenToPublish(ctx context.Context, l spec.Layer, env spec.Env) (*Project, error) {
	p, err := Open(ctx, l, env)
	if err != nil {
		return nil, err
	}
	return p, p.checkSecrets()
}

// checkSecrets rejects a lock file that contains credentials: it is stored beside every
// version, where everybody who can read the S3 prefix can read it.
func (p *Project) checkSecrets() error {
	found := secret.Find(p.Manifest.Name, p.text())
	if len(found) == 0 {
		return nil
	}
	e := &fault.Error{Kind: fault.Lock, Subject: p.LockPath,
		Message: p.LockPath + " has credentials in a URL, which everyone who can read the layer's S3 prefix could read"}
	for _, f := range found {
		line := fmt.Sprintf("%s:%d: credentials for %s", p.Manifest.Name, f.Line, f.Host)
		if f.Parameter != "" {
			line += fmt.Sprintf(" in the URL parameter %s", f.Parameter)
		}
		e.Details = append(e.Details, line)
	}
	e.Hints = []string{
		"remove them from the URL, and add them to ~/.netrc (machine HOST login USER password PASSWORD), or to UV_INDEX_NAME_USERNAME and UV_INDEX_NAME_PASSWORD",
		"or, in a requirements.txt, use variables: https://${USER}:${PASSWORD}@index.example/simple, or ?token=${TOKEN}",
		"change the password or token, because it has been in a shared file",
	}
	return e
}
