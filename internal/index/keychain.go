package index

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/index/codeartifact"
)

// Keychain provides the credentials for indexes from everywhere that pip, uv, and Poetry
// look for them, and the tokens of CodeArtifact. It keeps them only in memory. It is safe
// for concurrent use.
//
// Credentials belong to a realm, which is an index and the files beside it. They are never
// sent to another scheme, host, or port.
type Keychain struct {
	env   func(string) string
	netrc func() (netrcFile, error)

	events atomic.Pointer[event.Sink] // sink of the first client, for requests to CodeArtifact

	mu     sync.Mutex
	realms []*realm
	logins map[codeartifact.Repository]*codeartifact.Login
	// unplaced are the indexes whose URL only CodeArtifact knows.
	unplaced []Index
	placing  sync.Mutex // held while their URLs are requested
}

// realm is an index with the files beside it.
type realm struct {
	url   *url.URL // without user information
	name  string   // "" if it has none
	user  *url.Userinfo
	login *codeartifact.Login // nil if the index is not known to be on CodeArtifact

	late    sync.Mutex // held while the keyring or CodeArtifact is asked
	answer  Credential // their answer
	decided bool       // there is nobody else to ask
}

// NewKeychain returns a keychain that uses the environment env: variables, the netrc file,
// and the keyring command. If env is nil, the keychain is empty.
func NewKeychain(env func(string) string) *Keychain {
	return &Keychain{env: env, netrc: openNetrc(env), logins: map[codeartifact.Repository]*codeartifact.Login{}}
}

// emit passes on the events of requests to CodeArtifact to the first client's sink.
func (k *Keychain) emit(e event.Event) {
	if events := k.events.Load(); events != nil {
		events.Emit(e)
	}
}

// introduce adds indexes. It ignores an index with an invalid URL; using that index results
// in an error.
func (k *Keychain) introduce(indexes []Index) {
	for _, index := range indexes {
		if index.URL == "" && index.CodeArtifact != nil {
			k.mu.Lock()
			if !slices.Contains(k.unplaced, index) {
				k.unplaced = append(k.unplaced, index)
			}
			k.mu.Unlock()
			continue
		}
		if u, err := parseURL(index.URL); err == nil && isHTTP(u) {
			k.add(u, index)
		}
	}
}

// place returns the URL of the index. It asks CodeArtifact if necessary.
func (k *Keychain) place(ctx context.Context, index Index) (string, error) {
	if index.URL != "" || index.CodeArtifact == nil {
		return index.URL, nil
	}
	k.mu.Lock()
	login := k.login(*index.CodeArtifact)
	k.mu.Unlock()
	endpoint, err := login.Endpoint(ctx)
	if err != nil {
		return "", err
	}
	u, err := parseURL(endpoint)
	if err != nil {
		return "", err
	}
	k.add(u, index)
	return endpoint, nil
}

// login returns the only Login for a repository. The caller must hold k.mu.
func (k *Keychain) login(r codeartifact.Repository) *codeartifact.Login {
	if k.logins[r] == nil {
		k.logins[r] = &codeartifact.Login{Repository: r, Events: k.emit}
	}
	return k.logins[r]
}

// add adds the index at u and removes the user information from u. If there are several
// indexes at the same URL, each may add what the others lack.
func (k *Keychain) add(u *url.URL, index Index) {
	user := u.User
	u.User = nil
	bare := *u
	k.mu.Lock()
	defer k.mu.Unlock()
	r := &realm{url: &bare, name: index.Name, user: user}
	if index.CodeArtifact != nil {
		r.login = k.login(*index.CodeArtifact)
	}
	for _, known := range k.realms {
		if r.name == "" && r.login == nil && user != nil && sameUser(known.user, user) && origin(known.url) == origin(u) {
			return // a file beside its index
		}
		if known.url.Path == u.Path && origin(known.url) == origin(u) && (known.name == r.name || r.name == "") {
			if known.user == nil {
				known.user = user
			}
			if known.login == nil {
				known.login = r.login
			}
			return
		}
	}
	k.realms = append(k.realms, r)
}

func sameUser(a, b *url.Userinfo) bool { return a != nil && a.String() == b.String() }

// near returns the realms that u may belong to, most likely first: those that share the
// longest part of its path. The files of an index are usually beside it.
func (k *Keychain) near(u *url.URL) []*realm {
	k.mu.Lock()
	defer k.mu.Unlock()
	var near []*realm
	for _, r := range k.realms {
		if origin(r.url) == origin(u) {
			near = append(near, r)
		}
	}
	slices.SortStableFunc(near, func(a, b *realm) int { return common(b.url, u) - common(a.url, u) })
	return near
}

// common returns the number of leading path segments that a and b have in common.
func common(a, b *url.URL) int {
	as, bs := strings.Split(strings.Trim(a.Path, "/"), "/"), strings.Split(strings.Trim(b.Path, "/"), "/")
	n := 0
	for n < len(as) && n < len(bs) && as[n] == bs[n] {
		n++
	}
	return n
}

// For returns the credentials to send with the first request for u: those in the URL
// itself, those known for its index, or those in the netrc file. It returns an error if the
// netrc file cannot be read or if AWS does not return a token.
func (k *Keychain) For(ctx context.Context, u *url.URL) (Credential, error) {
	best := fromURL(u.User)
	for _, r := range k.near(u) {
		if !best.none() && !best.lone() {
			return best, nil
		}
		c, err := k.known(ctx, r)
		if err != nil {
			return Credential{}, err
		}
		if best.none() || best.lone() && c.User == best.User {
			best = c
		}
	}
	if !best.none() && !best.lone() {
		return best, nil
	}
	n, err := k.netrc()
	if err != nil {
		return Credential{}, err
	}
	if c := n.credential(u.Hostname()); !c.none() && (best.none() || c.User == best.User) {
		return c, nil
	}
	return best, nil
}

func fromURL(user *url.Userinfo) Credential {
	if user == nil {
		return Credential{}
	}
	password, _ := user.Password()
	return Credential{User: user.Username(), Password: password, From: "the URL of the index"}
}

// known returns the credentials that are known for a realm.
func (k *Keychain) known(ctx context.Context, r *realm) (Credential, error) {
	k.mu.Lock()
	own, login := fromURL(r.user), r.login
	k.mu.Unlock()
	if !own.none() && !own.lone() {
		return own, nil
	}
	if c := fromEnvironment(k.env, r.name, own.User); !c.none() {
		return c, nil
	}
	if login != nil {
		return token(ctx, login, "")
	}
	r.late.Lock()
	defer r.late.Unlock()
	if !r.answer.none() {
		return r.answer, nil
	}
	return own, nil
}

// token returns a CodeArtifact token as a Credential.
func token(ctx context.Context, login *codeartifact.Login, refused string) (Credential, error) {
	t, err := login.Token(ctx, refused)
	if err != nil {
		return Credential{}, err
	}
	return Credential{User: codeartifact.User, Password: t, From: fromCodeArtifact}, nil
}

const fromCodeArtifact = "CodeArtifact"

// Refused returns what to try after u's server has rejected sent, or the zero Credential if
// there is nothing left to try. For an expired CodeArtifact token, it returns a new one.
// For an index without known credentials, it returns a CodeArtifact token, if its URL looks
// like CodeArtifact, or credentials from the keyring.
func (k *Keychain) Refused(ctx context.Context, u *url.URL, sent Credential) (Credential, error) {
	if sent.none() {
		if c, err := k.afterPlacing(ctx, u); err != nil || !c.none() {
			return c, err
		}
	}
	r := k.realmOf(u)
	r.late.Lock()
	defer r.late.Unlock()
	if !r.answer.none() && !r.answer.same(sent) && (sent.none() || sent.lone()) {
		return r.answer, nil // another goroutine has asked in the meantime
	}
	k.mu.Lock()
	login := r.login
	if login == nil && (sent.none() || sent.User == codeartifact.User) {
		if repository, ok := codeartifact.FromURL(u); ok {
			login = k.login(repository)
			r.login = login
		}
	}
	k.mu.Unlock()
	if login != nil && (sent.none() || sent.User == codeartifact.User && (sent.lone() || sent.From == fromCodeArtifact)) {
		return token(ctx, login, sent.Password)
	}
	if r.decided || !sent.none() && !sent.lone() {
		return Credential{}, nil
	}
	r.decided = true
	r.answer = askKeyring(ctx, k.env, r.url.String(), u.Host, sent.User)
	return r.answer, ctx.Err()
}

// afterPlacing requests the URLs of all indexes that have none yet, because u may belong to
// one of them, and then returns the result of For.
func (k *Keychain) afterPlacing(ctx context.Context, u *url.URL) (Credential, error) {
	k.placing.Lock()
	defer k.placing.Unlock()
	k.mu.Lock()
	unplaced := k.unplaced
	k.mu.Unlock()
	for _, index := range unplaced {
		if _, err := k.place(ctx, index); err != nil {
			return Credential{}, err
		}
	}
	k.mu.Lock()
	k.unplaced = nil
	k.mu.Unlock()
	return k.For(ctx, u) // goroutines that waited find what the first one found
}

// nameOf returns the name of the index that u most likely belongs to, or "" if it has none.
func (k *Keychain) nameOf(u *url.URL) string {
	for _, r := range k.near(u) {
		if r.name != "" {
			return r.name
		}
	}
	return ""
}

// realmOf returns the realm that u most likely belongs to. If none is known on its server,
// it creates one.
func (k *Keychain) realmOf(u *url.URL) *realm {
	if near := k.near(u); len(near) > 0 {
		return near[0]
	}
	k.add(&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}, Index{})
	return k.near(u)[0]
}

// Login returns the credentials for a tool that uses the index at u and cannot ask again:
// the result of For, or else of Refused.
func (k *Keychain) Login(ctx context.Context, u *url.URL) (Credential, error) {
	c, err := k.For(ctx, u)
	if err != nil || !c.none() && !c.lone() {
		return c, err
	}
	better, err := k.Refused(ctx, u, c)
	if err != nil || better.none() {
		return c, err
	}
	return better, nil
}
