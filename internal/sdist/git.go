package sdist

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/command"
	"github.com/lamella-build/lamella/resolve"
)

// git runs git for one distribution.
type git struct {
	path       string // of the program
	dir        string // of the work tree
	repository string // its URL without credentials
	env        []string
	timeout    time.Duration
	subject    string
	events     event.Sink
}

// checkout makes the folder dir a work tree of the commit that d is locked to,
// with its history, from which some build backends take the version, and its
// submodules, as pip and uv have it.
func checkout(ctx context.Context, d *resolve.Distribution, dir string, timeout time.Duration, events event.Sink) error {
	path, err := exec.LookPath("git")
	if err != nil {
		return &fault.Error{Kind: fault.Machine, Op: "fetch", Subject: describe(d), Err: errors.New("it is a repository, and there is no git on the PATH"),
			Hints: []string{"install git", "or leave it out: --exclude " + d.Name}}
	}
	repository, credentials := split(d.Source.Repository)
	if strings.HasPrefix(repository, "-") || strings.Contains(repository, "::") {
		return &fault.Error{Kind: fault.Lock, Op: "fetch", Subject: describe(d), Err: fmt.Errorf("%s is no repository", repository)}
	}
	g := &git{path: path, dir: dir, repository: repository, env: gitEnv(credentials), timeout: timeout, subject: describe(d), events: events}
	commit := d.Source.Commit
	steps := [][]string{
		{"init", "--quiet"},
		{"remote", "add", "origin", repository},
		// Without the content of files, which a checkout fetches as far as it is
		// needed. Servers that cannot do so send all of it.
		{"fetch", "--quiet", "--filter=blob:none", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*"},
	}
	for _, args := range steps {
		if err := g.run(ctx, args...); err != nil {
			return err
		}
	}
	if g.run(ctx, "cat-file", "-e", commit+"^{commit}") != nil { // on no branch and no tag, such as a pull request's
		if err := g.run(ctx, "fetch", "--quiet", "--filter=blob:none", "origin", commit); err != nil {
			return err
		}
	}
	if err := g.run(ctx, "checkout", "--quiet", "--detach", commit); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, ".gitmodules")); err != nil {
		return nil
	}
	return g.run(ctx, "submodule", "--quiet", "update", "--init", "--recursive")
}

func (g *git) run(ctx context.Context, args ...string) error {
	c := command.Command{Path: g.path, Args: args, Dir: g.dir, Env: g.env, Without: gitPlace, Timeout: g.timeout,
		Op: "fetch", Subject: g.subject, Action: "fetching " + g.subject, Name: "git " + args[0]}
	err := command.Run(ctx, c, g.events)
	var e *fault.Error
	if errors.As(err, &e) {
		e.Hints = append(e.Hints, "check that git can reach the repository: git ls-remote "+g.repository)
	}
	return err
}

// credentials are what a repository's URL had before its host.
type credentials struct{ scheme, host, user, password string }

// gitEnv makes git do the same on every machine: line ends as they are
// committed, no questions, no hooks, and only transports that run no command of
// the URL's. Credentials reach it here, since every user of the machine can read
// arguments.
func gitEnv(c credentials) []string {
	env := []string{"GIT_TERMINAL_PROMPT=0", "GIT_ALLOW_PROTOCOL=https:http:ssh:git:file"}
	settings := []string{"core.autocrlf", "false", "core.hooksPath", os.DevNull, "advice.detachedHead", "false", "init.defaultBranch", "main"}
	if c.host != "" { // the helper answers for this host only
		env = append(env, "LAMELLA_GIT_USER="+c.user, "LAMELLA_GIT_PASSWORD="+c.password)
		helper := "credential." + c.scheme + "://" + c.host + ".helper"
		settings = append(settings, helper, "", // instead of the user's own
			helper, `!f() { test "$1" = get && echo "username=$LAMELLA_GIT_USER" && echo "password=$LAMELLA_GIT_PASSWORD"; }; f`)
	}
	first, err := strconv.Atoi(os.Getenv("GIT_CONFIG_COUNT")) // those of the user come first
	if err != nil {
		first = 0
	}
	for i := 0; i < len(settings); i += 2 {
		n := strconv.Itoa(first + i/2)
		env = append(env, "GIT_CONFIG_KEY_"+n+"="+settings[i], "GIT_CONFIG_VALUE_"+n+"="+settings[i+1])
	}
	return append(env, "GIT_CONFIG_COUNT="+strconv.Itoa(first+len(settings)/2))
}

// gitPlace are variables that tell git to work elsewhere. A hook, from which
// lamella may be run, has them.
var gitPlace = []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE"}

// split takes user name and password out of a repository's URL.
func split(repository string) (bare string, c credentials) {
	u, err := url.Parse(repository)
	if err != nil || u.User == nil || u.Scheme != "https" && u.Scheme != "http" {
		return repository, c
	}
	c = credentials{scheme: u.Scheme, host: u.Host, user: u.User.Username()}
	c.password, _ = u.User.Password()
	u.User = nil
	return u.String(), c
}

// describe names a distribution for messages.
func describe(d *resolve.Distribution) string {
	return strings.TrimSpace(d.Name + " " + d.Version)
}
