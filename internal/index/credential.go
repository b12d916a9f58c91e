package index

import (
	"errors"
	"net/http"
)

// Credential holds the credentials of a request. The zero value means that there are none.
type Credential struct {
	User, Password string // HTTP basic authentication (RFC 7617)
	Token          string // bearer token (RFC 6750), instead of User and Password
	// From says where the credentials were found, for messages: "UV_INDEX_CORP_PASSWORD",
	// "/home/me/.netrc", "the keyring".
	From string
}

// String says where c comes from. No format of fmt reveals the secrets.
func (c Credential) String() string {
	if c.none() {
		return "no credentials"
	}
	return "credentials from " + c.From
}

// GoString is like String, for %#v.
func (c Credential) GoString() string { return c.String() }

func (c Credential) none() bool { return c.User == "" && c.Password == "" && c.Token == "" }

// lone reports whether there is a user without a password: either a token in place of the
// user, or a user whose password is stored elsewhere.
func (c Credential) lone() bool { return c.User != "" && c.Password == "" && c.Token == "" }

// same reports whether c and d have the same user, password, and token.
func (c Credential) same(d Credential) bool {
	return c.User == d.User && c.Password == d.Password && c.Token == d.Token
}

// sign adds c to the header of a request.
func (c Credential) sign(req *http.Request) {
	switch {
	case c.Token != "":
		req.Header.Set("Authorization", "Bearer "+c.Token)
	case !c.none():
		req.SetBasicAuth(c.User, c.Password)
	}
}

// errCredentials is wrapped by the errors for an unreadable netrc file.
var errCredentials = errors.New("cannot read the netrc file")
