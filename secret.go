package lamella

import (
	"context"
	"errors"
	"fmt"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/internal/textfile"
)

// openToStore is open for a layer whose lock file will be stored.
func openToStore(ctx context.Context, l Layer, env Env) (*work, error) {
	w, err := open(ctx, l, env)
	if err != nil {
		return nil, err
	}
	return w, w.checkSecrets()
}

// checkSecrets refuses a lock file with credentials in it: its bytes are stored
// beside every version that is published, for all to read who can read the
// layer's home.
func (w *work) checkSecrets() error {
	found := secret.Find(w.manifest.Name, w.text())
	if len(found) == 0 {
		return nil
	}
	e := &fault.Error{Kind: fault.Lock, Op: "publish", Subject: w.path,
		Err: errors.New("it has credentials in a URL, and it is stored beside every version, for all who can read the layer's home")}
	for _, f := range found {
		line := fmt.Sprintf("%s:%d: credentials for %s", w.manifest.Name, f.Line, f.Host)
		if f.Parameter != "" {
			line += fmt.Sprintf(", the parameter %s of the URL", f.Parameter)
		}
		e.Details = append(e.Details, line)
	}
	e.Hints = []string{
		"take them out of the URL, and put them where lamella and the other tools find them: machine HOST login USER password PASSWORD in ~/.netrc, or UV_INDEX_NAME_USERNAME and UV_INDEX_NAME_PASSWORD",
		"in a requirements.txt a variable in capitals may stand for them: https://${USER}:${PASSWORD}@index.example/simple, or ?token=${TOKEN}",
		"then change the password or token: it has been in a file that is shared",
	}
	return e
}

// text is the lock file's content as text.
func (w *work) text() string {
	text, err := textfile.Decode(w.path, w.manifest.Data)
	if err != nil { // of an encoding in which a URL looks the same
		return string(w.manifest.Data)
	}
	return text
}
