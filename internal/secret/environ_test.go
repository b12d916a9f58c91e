package secret

import (
	"slices"
	"strings"
	"testing"
)

func TestInEnvironment(t *testing.T) {
	for variable, want := range map[string]string{
		"AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI":                                                    "wJalrXUtnFEMI",
		"AWS_SESSION_TOKEN=FwoGZXIvYXdzEBY":                                                      "FwoGZXIvYXdzEBY",
		"github_token=ghp_0123456789":                                                            "ghp_0123456789",
		"UV_INDEX_CORP_PASSWORD=pass=word":                                                       "pass=word",
		"POETRY_HTTP_BASIC_CORP_PASSWORD=pass word":                                              "pass word",
		"DATABASE_URL=postgres://u:hunter2@db/x":                                                 "hunter2",
		"UV_INDEX=corp=https://u:p%40ss@h/s https://t0ken@i/s":                                   "p%40ss p@ss t0ken",
		"LAMELLA_FILE_0=machine h login u password x1y2\nmachine i login u password \"a \\\"b\"": `a "b x1y2`,

		"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE":                "",
		"AWS_SHARED_CREDENTIALS_FILE=/home/me/.aws/credentials": "",
		"GOOGLE_APPLICATION_CREDENTIALS=/home/me/key.json":      "",
		"PWD=/home/me/project":                                  "",
		"PIP_INDEX_URL=https://${USER}:${PASSWORD}@h/simple":    "",
		"UV_DEFAULT_INDEX=https://index.example/simple":         "",
		"GIT_SSH=ssh://git@host/repo":                           "",
		"USE_TOKEN=true":                                        "",
		"SECRET_NAME=production-database":                       "",
		"SSH_AUTH_SOCK=/tmp/ssh-x/agent.1":                      "",
		"PROMPT=enter the password here":                        "",
		"EMPTY":                                                 "",
	} {
		if got := strings.Join(InEnvironment([]string{variable}), " "); got != want {
			t.Errorf("%s: got %q, want %q", variable, got, want)
		}
	}
	if got := InEnvironment(nil, "default login u password s3cret # p", "machine h\n\tlogin u\n\tpassword other"); !slices.Equal(got, []string{"other", "s3cret"}) {
		t.Errorf("netrc: got %q", got)
	}
}

func TestHide(t *testing.T) {
	hide, longest := Hide([]string{"abcd", "abcdefgh", "a/b c"})
	if got := hide("abcdefgh abcd-abcde a/b c a%2Fb%20c a%2Fb+c"); got != "*** ***-***e *** *** ***" || longest != len("a%2Fb%20c") {
		t.Errorf("got %q, %d", got, longest)
	}
	if hide, longest := Hide(nil); hide("abcd") != "abcd" || longest != 0 {
		t.Error("nothing is to be hidden")
	}
}
