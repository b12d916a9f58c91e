package index

import (
	"strings"

	"github.com/lamella-build/lamella/internal/index/codeartifact"
)

// Index is an index with an optional name, by which the environment can provide credentials
// for it.
type Index struct {
	Name string
	URL  string // base URL of the simple API; "" if CodeArtifact provides it
	// CodeArtifact, if not nil, is the repository to log in to with a token.
	CodeArtifact *codeartifact.Repository
}

// EnvName converts a name, such as that of an index, to the form used in environment
// variables: in upper case, with "_" for everything that is not a letter or digit (uv's
// manual, "Package indexes").
func EnvName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, name)
}

// fromEnvironment returns the credentials in the environment for the index with the given
// name: lamella's own variable for a bearer token, or the variables of uv or Poetry. user
// is the user in the index's URL, or "".
func fromEnvironment(env func(string) string, name, user string) Credential {
	if name == "" || env == nil {
		return Credential{}
	}
	name = EnvName(name)
	if v := "LAMELLA_INDEX_" + name + "_TOKEN"; env(v) != "" {
		return Credential{Token: env(v), From: v}
	}
	for _, prefix := range []string{"UV_INDEX_" + name, "POETRY_HTTP_BASIC_" + name} {
		c := Credential{User: env(prefix + "_USERNAME"), Password: env(prefix + "_PASSWORD"), From: prefix + "_PASSWORD"}
		if c.none() {
			continue
		}
		if c.Password == "" {
			c.From = prefix + "_USERNAME"
		}
		if c.User == "" {
			c.User = user
		}
		return c
	}
	return Credential{}
}
