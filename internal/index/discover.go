package index

import (
	"runtime"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
)

// DefaultIndex is the index to use if nothing else names one. It can be set when the binary
// is built:
//
//	go build -ldflags "-X github.com/lamella-build/lamella/internal/index.DefaultIndex=https://index.example/simple"
var DefaultIndex string

// Discover completes explicit (flags and configuration) with settings from other sources:
// fromLock (the lock file's own indexes), the environment variables of uv and then of pip,
// pip's configuration files, and uv's configuration files: those of the folder project (""
// is the current folder), of the user, and of the machine. Each of URL, ExtraURLs, and
// FindLinks comes from the first source that sets it. DefaultURL provides the last resorts,
// DefaultIndex and the default of an installed pip or uv, so that no program is run unless
// an index is needed.
//
// Discover returns an error if it cannot read a configuration file. It is not an error if
// there is no index; the Client returns one when it needs an index.
func Discover(explicit, fromLock Settings, project string, env func(string) string) (Settings, error) {
	s := explicit
	s.Override = explicit.URL != ""
	s.fillFrom(fromLock)
	s.fillFrom(uvEnvironment(env))
	s.fillFrom(pipEnvironment(env))
	files, err := pipConfiguration(runtime.GOOS, env)
	if err != nil {
		return Settings{}, err
	}
	s.fillFrom(files)
	if files, err = uvConfiguration(runtime.GOOS, project, env); err != nil {
		return Settings{}, err
	}
	s.fillFrom(files)
	s.Network.fill(networkEnvironment(env))
	s.Network.env = env
	if s.DefaultURL == nil {
		s.DefaultURL = defaultURL
	}
	if s.Keychain == nil {
		s.Keychain = NewKeychain(env)
	}
	s.introduce()
	return s, nil
}

// fillFrom sets the settings that s lacks. NoIndex of a later source counts only if no
// earlier source names an index.
func (s *Settings) fillFrom(next Settings) {
	if s.URL == "" && len(s.ExtraURLs) == 0 && next.NoIndex {
		s.NoIndex = true
	}
	if s.URL == "" {
		s.URL = next.URL
	}
	if len(s.ExtraURLs) == 0 {
		s.ExtraURLs = next.ExtraURLs
	}
	if len(s.FindLinks) == 0 {
		s.FindLinks = next.FindLinks
	}
	s.Named = append(slices.Clip(s.Named), next.Named...)
	s.Policies = append(slices.Clip(s.Policies), next.Policies...)
	s.Network.fill(next.Network)
}

// uvEnvironment reads uv's variables ("Environment variables" in its manual).
func uvEnvironment(env func(string) string) Settings {
	var s Settings
	s.URL = s.unnamed(first(env("UV_DEFAULT_INDEX"), env("UV_INDEX_URL")))
	for _, u := range append(strings.Fields(env("UV_INDEX")), strings.Fields(env("UV_EXTRA_INDEX_URL"))...) {
		s.ExtraURLs = append(s.ExtraURLs, s.unnamed(u))
	}
	for link := range strings.SplitSeq(env("UV_FIND_LINKS"), ",") {
		if link = strings.TrimSpace(link); link != "" {
			s.FindLinks = append(s.FindLinks, link)
		}
	}
	s.NoIndex = isTrue(env("UV_NO_INDEX"))
	s.Network.Trusted = strings.Fields(env("UV_INSECURE_HOST"))
	return s
}

// unnamed returns the URL in uv's form "name=URL" and records its name.
func (s *Settings) unnamed(named string) string {
	name, u, ok := strings.Cut(named, "=")
	if !ok || strings.ContainsAny(name, ":/?") {
		return named
	}
	s.Named = append(s.Named, Index{Name: name, URL: u})
	return u
}

// pipEnvironment reads pip's variables. Lists are separated by white space.
func pipEnvironment(env func(string) string) Settings {
	return Settings{
		URL:       first(env("PIP_INDEX_URL"), env("PIP_PYPI_URL")),
		ExtraURLs: strings.Fields(env("PIP_EXTRA_INDEX_URL")),
		FindLinks: strings.Fields(env("PIP_FIND_LINKS")),
		NoIndex:   isTrue(env("PIP_NO_INDEX")),
		Network: Network{CA: variable(env, "PIP_CERT"), ClientCert: variable(env, "PIP_CLIENT_CERT"), Proxy: variable(env, "PIP_PROXY"),
			Trusted: strings.Fields(env("PIP_TRUSTED_HOST"))},
	}
}

func first(values ...string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			return v
		}
	}
	return ""
}

// isTrue interprets a boolean option as pip does.
func isTrue(s string) bool {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "1", "true", "yes", "on", "y", "t":
		return true
	}
	return false
}

func configFault(path string, err error, hints ...string) error {
	if len(hints) == 0 {
		hints = []string{"correct " + path}
	}
	return &fault.Error{Kind: fault.Usage, Message: "cannot read the configuration file " + path, Subject: path, Err: err, Hints: hints}
}
