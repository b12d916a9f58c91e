package index

import (
	"context"
	"fmt"
	"net/url"

	"github.com/lamella-build/lamella/event"
)

// credential decides what to send with a request for u.
func (c *Client) credential(ctx context.Context, u *url.URL) (Credential, error) {
	policy := c.settings.policyOf(u).Authenticate
	if policy == "never" {
		return Credential{}, nil
	}
	found, err := c.keychain.For(ctx, u)
	if err == nil && found.none() && policy == "always" {
		found, err = c.insist(ctx, u, found)
	}
	if err == nil {
		c.tell(u, found)
	}
	return found, err
}

// tell says where the credentials for u's server are from, and warns if they are sent
// unencrypted.
func (c *Client) tell(u *url.URL, found Credential) {
	if found.none() {
		return
	}
	c.once(event.Debug, u.Host+" "+found.From, u.Host, fmt.Sprintf("using the credentials from %s for %s", found.From, u.Host))
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		c.warnOnce(u.Host, fmt.Sprintf("the password for %s is sent unencrypted; use https", u.Host))
	}
}

func (c *Client) warnOnce(about, message string) { c.once(event.Warn, about, about, message) }

// once emits what goes by the name key a single time.
func (c *Client) once(kind event.Kind, key, subject, message string) {
	c.mu.Lock()
	seen := c.told[key]
	c.told[key] = true
	c.mu.Unlock()
	if !seen {
		c.events.Emit(event.Event{Kind: kind, Op: "download", Subject: subject, Message: message})
	}
}

// learn parses rawURL, keeps its user information for the whole origin, where the
// files of an index commonly lie, and returns the URL without.
func (c *Client) learn(rawURL string) (*url.URL, error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	c.keepUserinfo(u)
	return u, nil
}

// keepUserinfo moves u's user information into the keychain.
func (c *Client) keepUserinfo(u *url.URL) {
	if u.User != nil {
		c.keychain.add(u, Index{})
	}
}
