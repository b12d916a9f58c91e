package index

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/command"
)

// keyringPatience is the time that the user has to unlock the keyring.
const keyringPatience = time.Minute

// askKeyring asks the command "keyring", if it is installed, for the password of an index,
// as pip and uv do: first by the URL of the index, then by its host. If user is "", it asks
// for the user, too. It returns the zero Credential if the keyring has no password.
func askKeyring(ctx context.Context, env func(string) string, rawURL, host, user string) Credential {
	program := findKeyring(env)
	if program == "" {
		return Credential{}
	}
	ctx, cancel := context.WithTimeout(ctx, keyringPatience)
	defer cancel()
	for _, service := range []string{rawURL, host} {
		args := []string{"get", service, user}
		if user == "" {
			args = []string{"--mode", "creds", "get", service}
		}
		asked := exec.CommandContext(ctx, program, args...)
		asked.WaitDelay = time.Second
		var out bound.Buffer
		asked.Stdout = &out
		if err := command.RunInGroup(asked); err != nil { // no password, or a version that is too old to find one without a user
			continue
		}
		answer := strings.TrimRight(out.String(), "\r\n")
		c := Credential{User: user, Password: answer, From: "the keyring"}
		if user == "" {
			first, second, _ := strings.Cut(answer, "\n")
			c.User, c.Password = strings.TrimRight(first, "\r"), second
		}
		if c.Password != "" {
			return c
		}
	}
	return Credential{}
}

// findKeyring returns the path of the command. It returns "" if there is none, or if pip or
// uv is configured not to use it.
func findKeyring(env func(string) string) string {
	if env == nil || env("PIP_KEYRING_PROVIDER") == "disabled" || env("UV_KEYRING_PROVIDER") == "disabled" {
		return ""
	}
	for _, folder := range filepath.SplitList(env("PATH")) {
		for _, name := range []string{"keyring", "keyring.exe"} {
			path := filepath.Join(folder, name)
			if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && filepath.IsAbs(path) {
				return path
			}
		}
	}
	return ""
}
