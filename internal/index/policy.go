package index

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/secret"
)

// Policy specifies how an index is treated (uv's manual, "Package indexes").
type Policy struct {
	URL string // of the index
	// IgnoreCodes are the HTTP statuses that mean that the index does not have the project.
	IgnoreCodes []int
	// Authenticate is "always", "never", or "auto"; "" means "auto".
	Authenticate string
}

// policyOf returns the policy of the index that u most likely belongs to.
func (s Settings) policyOf(u *url.URL) (best Policy) {
	most := -1
	for _, p := range s.Policies {
		base, err := parseURL(p.URL)
		if err == nil && origin(base) == origin(u) && common(base, u) > most {
			best, most = p, common(base, u)
		}
	}
	return best
}

// ignores reports whether err is a response from u that means "not found" under its policy.
func (s Settings) ignores(u *url.URL, err error) bool {
	status := (*statusError)(nil)
	return errors.As(err, &status) && slices.Contains(s.policyOf(u).IgnoreCodes, status.code)
}

// insist looks for the credentials of an index that must not be used without them, even if
// it does not respond with 401. It returns an error if there are none.
func (c *Client) insist(ctx context.Context, u *url.URL, sent Credential) (Credential, error) {
	found, err := c.keychain.Refused(ctx, u, sent)
	if err != nil || !found.none() {
		return found, err
	}
	return found, &fault.Error{Kind: fault.Index, Subject: secret.Redact(u.String()),
		Message: fmt.Sprintf("no credentials found for %s, but uv's configuration requires them (authenticate = \"always\")", secret.Redact(u.String())),
		Hints:   deniedHints(u, &statusError{index: c.keychain.nameOf(u)})}
}
