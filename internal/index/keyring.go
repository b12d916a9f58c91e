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

// keyringPatience is how long the user may take to unlock the keyring.
const keyringPatience = time.Minute

// askKeyring asks the command "keyring", if it is installed, for the password of
// an index, as pip and uv do: by the index's URL, then by its host. user may be
// "": then the keyring has to know it, too. The zero Credential means that it
// knows nothing.
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
		if err := command.RunInGroup(asked); err != nil { // it has none, or is too old to find one without a user
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

// findKeyring returns the path of the command, "" if there is none or the user
// told pip or uv not to use it.
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
