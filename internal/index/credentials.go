package index

import (
	"context"
	"fmt"
	"net/url"

	"github.com/lamella-build/lamella/event"
)

// credential returns the credentials to send with a request for u.
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

// tell reports where the credentials for u's server come from, and warns if they are sent
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

// once emits the event for each key only once.
func (c *Client) once(kind event.Kind, key, subject, message string) {
	c.mu.Lock()
	seen := c.told[key]
	c.told[key] = true
	c.mu.Unlock()
	if !seen {
		c.events.Emit(event.Event{Kind: kind, Op: "download", Subject: subject, Message: message})
	}
}

// learn parses rawURL and returns it without its user information, which it keeps for the
// whole origin, because the files of an index are usually on the same server.
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
