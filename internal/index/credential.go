package index

import (
	"errors"
	"net/http"
)

// Credential is what a request proves itself with; the zero value is nothing.
type Credential struct {
	User, Password string // HTTP basic authentication (RFC 7617)
	Token          string // instead of these, a bearer token (RFC 6750)
	// From says where it was found, for messages: "UV_INDEX_CORP_PASSWORD",
	// "/home/me/.netrc", "the keyring".
	From string
}

// String tells where c is from. What is secret shows in no format of fmt.
func (c Credential) String() string {
	if c.none() {
		return "no credentials"
	}
	return "credentials from " + c.From
}

// GoString is String, for %#v.
func (c Credential) GoString() string { return c.String() }

func (c Credential) none() bool { return c.User == "" && c.Password == "" && c.Token == "" }

// lone reports a user without a password: a token in the user's place, or a user
// whose password is kept elsewhere.
func (c Credential) lone() bool { return c.User != "" && c.Password == "" && c.Token == "" }

// same reports that c and d prove the same.
func (c Credential) same(d Credential) bool {
	return c.User == d.User && c.Password == d.Password && c.Token == d.Token
}

// sign puts c into a request's header.
func (c Credential) sign(req *http.Request) {
	switch {
	case c.Token != "":
		req.Header.Set("Authorization", "Bearer "+c.Token)
	case !c.none():
		req.SetBasicAuth(c.User, c.Password)
	}
}

// errCredentials marks an unreadable netrc file.
var errCredentials = errors.New("cannot read the netrc file")
