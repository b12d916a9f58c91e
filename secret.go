package lamella

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/lamella-build/lamella/fault"
)

// openToStore is open for a layer whose lock file will be stored.
func openToStore(ctx context.Context, l Layer, env Env) (*work, error) {
	w, err := open(ctx, l, env)
	if err != nil {
		return nil, err
	}
	return w, w.checkSecrets()
}

// checkSecrets refuses a lock file with a password in it: its bytes are stored
// beside every version that is published, for all to read who can read the
// layer's home.
func (w *work) checkSecrets() error {
	var lines []string
	for i, line := range bytes.Split(w.manifest.Data, []byte("\n")) {
		if host := secretHost(line); host != "" {
			lines = append(lines, fmt.Sprintf("%s:%d: credentials for %s", w.manifest.Name, i+1, host))
		}
	}
	if lines == nil {
		return nil
	}
	return &fault.Error{Kind: fault.Lock, Op: "publish", Subject: w.path, Details: lines,
		Err: errors.New("it has a password in a URL, and it is stored beside every version, for all who can read the layer's home"),
		Hints: []string{
			"take the password out of the URL, and put it where lamella and the other tools find it: machine HOST login USER password PASSWORD in ~/.netrc, or UV_INDEX_NAME_PASSWORD",
			"in a requirements.txt a variable may stand for it: https://${USER}:${PASSWORD}@index.example/simple",
			"then change the password: it has been in a file that is shared",
		}}
}

var (
	userAndPassword = regexp.MustCompile(`://[^\s"'<>/@:]*:([^\s"'<>/@]+)@([^\s"'<>/@:]+)`)
	// A user without a password is a token if it is as long as one.
	userAlone = regexp.MustCompile(`https?://([^\s"'<>/@:]{20,})@([^\s"'<>/@:]+)`)
	// What stands for a password: a variable, or the stars of who took one out.
	placeholder = regexp.MustCompile(`^(\$\{?\w+\}?|\*+)$`)
)

// secretHost returns the host of the first URL in line that has a secret as its
// user information, "" if none has.
func secretHost(line []byte) string {
	for _, pattern := range []*regexp.Regexp{userAndPassword, userAlone} {
		for _, m := range pattern.FindAllSubmatch(line, -1) {
			if !placeholder.Match(m[1]) {
				return string(m[2])
			}
		}
	}
	return ""
}
