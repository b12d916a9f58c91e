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
	path       string // path of the program
	dir        string // path of the work tree
	repository string // URL without credentials
	env        []string
	timeout    time.Duration
	subject    string
	events     event.Sink
}

// checkout makes the folder dir a work tree of d's locked commit, with its submodules, as
// pip and uv do, and with its history, which some build backends use to determine the
// version.
func checkout(ctx context.Context, d *resolve.Distribution, dir string, timeout time.Duration, events event.Sink) error {
	path, err := exec.LookPath("git")
	if err != nil {
		return &fault.Error{Kind: fault.Machine, Message: fmt.Sprintf("%s comes from a Git repository, but git is not on PATH", describe(d)), Subject: describe(d),
			Hints: []string{"install Git", "or exclude " + d.Name + ": --exclude " + d.Name}}
	}
	repository, credentials := split(d.Source.Repository)
	if strings.HasPrefix(repository, "-") || strings.Contains(repository, "::") {
		return &fault.Error{Kind: fault.Lock, Message: fmt.Sprintf("%s comes from %q, which is not the URL of a Git repository", describe(d), repository), Subject: describe(d),
			Hints: []string{"correct the URL of " + d.Name + " in the project, and update the lock file"}}
	}
	g := &git{path: path, dir: dir, repository: repository, env: gitEnv(credentials), timeout: timeout, subject: describe(d), events: events}
	commit := d.Source.Commit
	steps := [][]string{
		{"init", "--quiet"},
		{"remote", "add", "origin", repository},
		// This fetches no file contents; checkout fetches them as needed. Servers without
		// partial clones send everything.
		{"fetch", "--quiet", "--filter=blob:none", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*"},
	}
	for _, args := range steps {
		if err := g.run(ctx, args...); err != nil {
			return err
		}
	}
	if g.run(ctx, "cat-file", "-e", commit+"^{commit}") != nil { // on no branch or tag, such as the commit of a pull request
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

// credentials are the user and password in the URL of a repository.
type credentials struct{ scheme, host, user, password string }

// gitEnv returns the variables that make git work the same on every machine: line ends as
// committed, no prompts, no hooks, and no transports that run a command from the URL. They
// also contain the credentials, because every user of the machine can read command-line
// arguments.
func gitEnv(c credentials) []string {
	env := []string{"GIT_TERMINAL_PROMPT=0", "GIT_ALLOW_PROTOCOL=https:http:ssh:git:file"}
	settings := []string{"core.autocrlf", "false", "core.hooksPath", os.DevNull, "advice.detachedHead", "false", "init.defaultBranch", "main"}
	if c.host != "" { // the helper applies only to this host
		env = append(env, "LAMELLA_GIT_USER="+c.user, "LAMELLA_GIT_PASSWORD="+c.password)
		helper := "credential." + c.scheme + "://" + c.host + ".helper"
		settings = append(settings, helper, "", // replaces the user's own helpers
			helper, `!f() { test "$1" = get && echo "username=$LAMELLA_GIT_USER" && echo "password=$LAMELLA_GIT_PASSWORD"; }; f`)
	}
	first, err := strconv.Atoi(os.Getenv("GIT_CONFIG_COUNT")) // after the user's own settings
	if err != nil {
		first = 0
	}
	for i := 0; i < len(settings); i += 2 {
		n := strconv.Itoa(first + i/2)
		env = append(env, "GIT_CONFIG_KEY_"+n+"="+settings[i], "GIT_CONFIG_VALUE_"+n+"="+settings[i+1])
	}
	return append(env, "GIT_CONFIG_COUNT="+strconv.Itoa(first+len(settings)/2))
}

// gitPlace are variables that make git use another folder. They are set if a hook runs
// lamella.
var gitPlace = []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE"}

// split separates the user name and password from the URL of a repository.
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

// describe returns the name and version of a distribution, for messages.
func describe(d *resolve.Distribution) string {
	return strings.TrimSpace(d.Name + " " + d.Version)
}
