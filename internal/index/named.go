package index

import (
	"strings"

	"github.com/lamella-build/lamella/internal/index/codeartifact"
)

// Index is an index that has a name, by which the environment can give it
// credentials.
type Index struct {
	Name string
	URL  string // simple API base; "" where CodeArtifact tells it
	// CodeArtifact: log in by a token for this repository. nil: by what else is found.
	CodeArtifact *codeartifact.Repository
}

// EnvName is how environment variables spell a name, such as that of an index: in
// capitals, "_" for all that is no letter and no digit (uv's manual, "Package indexes").
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

// fromEnvironment returns the credential that the environment has for the index
// called name: lamella's own variable for a bearer token, uv's, Poetry's. user is
// who the index's URL names, "" for nobody.
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
