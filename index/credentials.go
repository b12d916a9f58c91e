package index

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/lamella-build/lamella/event"
)

// Credentials tells user and password for a URL, both "" if it knows none. It may
// be called often and by several goroutines at once.
type Credentials func(u *url.URL) (user, password string, err error)

// errCredentials marks a failure to look for credentials.
var errCredentials = errors.New("cannot read the credentials")

// Netrc returns the credentials in the file $NETRC, else in .netrc (on Windows
// also _netrc) in the home folder. The file is read when first asked for; that
// there is none is fine.
func Netrc(env func(string) string) Credentials {
	load := sync.OnceValues(func() (netrc, error) {
		for _, path := range netrcPaths(runtime.GOOS, env) {
			content, err := os.ReadFile(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return netrc{}, fmt.Errorf("%w: %w", errCredentials, err)
			}
			n, err := parseNetrc(string(content))
			if err != nil {
				return netrc{}, fmt.Errorf("%w: %s: %w", errCredentials, path, err)
			}
			return n, nil
		}
		return netrc{}, nil
	})
	return func(u *url.URL) (string, string, error) {
		n, err := load()
		if err != nil {
			return "", "", err
		}
		user, password := n.lookup(u.Hostname())
		return user, password, nil
	}
}

func netrcPaths(goos string, env func(string) string) []string {
	if path := env("NETRC"); path != "" {
		return []string{path}
	}
	home := homeDir(goos, env)
	if home == "" {
		return nil
	}
	paths := []string{filepath.Join(home, ".netrc")}
	if goos == "windows" {
		paths = append(paths, filepath.Join(home, "_netrc"))
	}
	return paths
}

func homeDir(goos string, env func(string) string) string {
	if goos == "windows" {
		return env("USERPROFILE")
	}
	return env("HOME")
}

// credentials decides what to send with a request for u: what the URL itself
// says, what another URL of the same origin said, and then the settings' word.
func (c *Client) credentials(u *url.URL) (user, password string, err error) {
	info := u.User
	if info == nil {
		c.mu.Lock()
		info = c.userinfo[origin(u)]
		c.mu.Unlock()
	}
	if info != nil {
		user = info.Username()
		password, _ = info.Password()
	} else if c.settings.Credentials != nil {
		if user, password, err = c.settings.Credentials(u); err != nil {
			return "", "", err
		}
	}
	if user == "" && password == "" {
		return "", "", nil
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		c.warnOnce(u.Host, fmt.Sprintf("The password for %s travels unencrypted, for all on the way to read: use https.", u.Host))
	}
	return user, password, nil
}

func (c *Client) warnOnce(about, message string) {
	c.mu.Lock()
	seen := c.warned[about]
	c.warned[about] = true
	c.mu.Unlock()
	if !seen {
		c.events.Emit(event.Event{Kind: event.Warn, Op: "download", Subject: about, Message: message})
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

// keepUserinfo moves u's user information into the client's memory. The first
// one met for an origin stays.
func (c *Client) keepUserinfo(u *url.URL) {
	if u.User == nil {
		return
	}
	c.mu.Lock()
	if _, ok := c.userinfo[origin(u)]; !ok {
		c.userinfo[origin(u)] = u.User
	}
	c.mu.Unlock()
	u.User = nil
}
