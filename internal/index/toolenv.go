package index

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
)

// Tool is a program that can use indexes itself.
type Tool string

// The supported tools.
const (
	UV     Tool = "uv"
	Pip    Tool = "pip"
	Poetry Tool = "poetry"
)

// ToolEnv makes a tool use the same indexes as a Client, with the same credentials. All of
// it is secret: it must be passed in the tool's environment and in a file that only its
// owner can read, never on a command line.
type ToolEnv struct {
	Vars []string // "NAME=value"
	// Netrc is the content of a netrc file with all credentials that belong to a whole
	// host, including those in the user's own file, or "" if there are none. The tool finds
	// the file through the variable NETRC.
	Netrc string
	// Paths are the files and folders on this machine that Vars refer to and that a
	// container needs: certificates.
	Paths []string
	// Getenv returns the variables of this machine that also affect the tool: proxies and
	// certificates. If it is nil, os.Getenv is used.
	Getenv func(string) string
}

// ToolEnv returns the environment for tool. It may ask AWS and the keyring command. Folders
// in FindLinks remain paths on this machine.
//
// It returns an error of kind Usage for credentials that the tool cannot send.
func (s Settings) ToolEnv(ctx context.Context, tool Tool) (ToolEnv, error) {
	if s.Keychain == nil {
		s.Keychain = NewKeychain(nil)
	}
	s.introduce()
	t := &toolEnv{ctx: ctx, tool: tool, keychain: s.Keychain}
	var err error
	switch tool {
	case UV:
		err = t.forUV(s)
	case Pip:
		err = t.forPip(s)
	case Poetry:
		err = t.forPoetry(s)
	default:
		err = fmt.Errorf("index: unknown tool %q", tool)
	}
	if err != nil {
		return ToolEnv{}, err
	}
	paths, err := t.forNetwork(s)
	if err != nil {
		return ToolEnv{}, err
	}
	n, err := s.Keychain.netrc()
	if err != nil {
		return ToolEnv{}, &fault.Error{Kind: fault.Index, Message: "cannot pass credentials to " + string(tool), Subject: string(tool), Err: err,
			Hints: []string{"correct the file, or use another one: export NETRC=/path/to/netrc"}}
	}
	return ToolEnv{Vars: t.vars, Netrc: n.with(t.logins).String(), Paths: paths, Getenv: s.Network.env}, nil
}

// toolEnv is a ToolEnv under construction.
type toolEnv struct {
	ctx      context.Context
	tool     Tool
	keychain *Keychain
	vars     []string
	logins   map[string]login // by host
}

func (t *toolEnv) set(name, value string) {
	if value != "" {
		t.vars = append(t.vars, name+"="+value)
	}
}

// login returns the URL of the index, without user information, and the credentials for it.
// It also adds them to the netrc file, unless there are already credentials for that host.
func (t *toolEnv) login(index Index) (*url.URL, Credential, error) {
	raw, err := t.keychain.place(t.ctx, index)
	if err != nil {
		return nil, Credential{}, err
	}
	u, err := parseURL(raw)
	if err != nil || !isHTTP(u) {
		return nil, Credential{}, notHTTP(raw, err)
	}
	t.keychain.add(u, index)
	c, err := t.keychain.Login(t.ctx, u)
	if err != nil {
		return nil, Credential{}, err
	}
	if c.Token != "" {
		name := strings.TrimSuffix(strings.TrimPrefix(c.From, "LAMELLA_INDEX_"), "_TOKEN")
		return nil, Credential{}, &fault.Error{Kind: fault.Usage, Subject: string(t.tool),
			Message: fmt.Sprintf("%s cannot send the bearer token in %s for %s", t.tool, c.From, u.Host),
			Hints: []string{fmt.Sprintf("use a username and password instead: unset %s; export UV_INDEX_%[2]s_USERNAME=USER UV_INDEX_%[2]s_PASSWORD=PASSWORD", c.From, name),
				"or let lamella install the wheels itself: --builder native"}}
	}
	if _, ok := t.logins[u.Hostname()]; !ok && !c.none() {
		if t.logins == nil {
			t.logins = map[string]login{}
		}
		t.logins[u.Hostname()] = login{c.User, c.Password}
	}
	return u, c, nil
}

// url returns the URL of the index, including its credentials.
func (t *toolEnv) url(index Index) (string, error) {
	u, c, err := t.login(index)
	if err != nil {
		return "", err
	}
	if !c.none() {
		u.User = url.UserPassword(c.User, c.Password)
	}
	return u.String(), nil
}

// further returns the indexes that are asked before the main index.
func (s Settings) further() []Index {
	indexes := slices.Clone(s.Indexes)
	for _, u := range s.ExtraURLs {
		indexes = append(indexes, Index{Name: s.nameOf(u), URL: u})
	}
	return indexes
}

// forUV sets the variables described in uv's manual, "Environment variables".
func (t *toolEnv) forUV(s Settings) error {
	if s.NoIndex {
		t.set("UV_NO_INDEX", "1")
	} else {
		if s.URL != "" {
			u, err := t.url(Index{URL: s.URL})
			if err != nil {
				return err
			}
			t.set("UV_DEFAULT_INDEX", u)
		}
		var urls []string
		for _, index := range s.further() {
			if index.Name != "" { // its credentials have separate variables
				u, _, err := t.login(index)
				if err != nil {
					return err
				}
				urls = append(urls, index.Name+"="+u.String())
				continue
			}
			u, err := t.url(index)
			if err != nil {
				return err
			}
			urls = append(urls, u)
		}
		t.set("UV_INDEX", strings.Join(urls, " "))
		if err := t.byName("UV_INDEX_", slices.Concat(s.Indexes, s.Named)); err != nil {
			return err
		}
	}
	t.set("UV_FIND_LINKS", strings.Join(s.FindLinks, ","))
	return nil
}

// forPip sets the variables described in pip's manual, "Configuration".
func (t *toolEnv) forPip(s Settings) error {
	if s.NoIndex {
		t.set("PIP_NO_INDEX", "1")
	} else {
		if s.URL != "" {
			u, err := t.url(Index{URL: s.URL})
			if err != nil {
				return err
			}
			t.set("PIP_INDEX_URL", u)
		}
		var urls []string
		for _, index := range s.further() {
			u, err := t.url(index)
			if err != nil {
				return err
			}
			urls = append(urls, u)
		}
		t.set("PIP_EXTRA_INDEX_URL", strings.Join(urls, " "))
		for _, index := range s.Named { // a requirements file may refer to it
			if _, _, err := t.login(index); err != nil {
				return err
			}
		}
	}
	t.set("PIP_FIND_LINKS", strings.Join(s.FindLinks, " "))
	return nil
}

// forPoetry sets the variables described in Poetry's manual, "Configuring credentials". The
// indexes that Poetry asks are only in the project's pyproject.toml.
func (t *toolEnv) forPoetry(s Settings) error {
	return t.byName("POETRY_HTTP_BASIC_", slices.Concat(s.Indexes, s.Named))
}

// byName sets the variables with the credentials of named indexes.
func (t *toolEnv) byName(prefix string, indexes []Index) error {
	done := map[string]bool{}
	for _, index := range indexes {
		name := EnvName(index.Name)
		if name == "" || done[name] {
			continue
		}
		done[name] = true
		_, c, err := t.login(index)
		if err != nil {
			return err
		}
		t.set(prefix+name+"_USERNAME", c.User)
		t.set(prefix+name+"_PASSWORD", c.Password)
	}
	return nil
}
