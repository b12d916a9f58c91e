package awscall

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// Doer sends requests, as *http.Client and the SDK's own client do.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// WholeAnswers returns client, but answers to requests with a body are read completely before
// they are returned.
//
// The SDK closes a request's body as soon as the head of the answer arrives, when net/http may
// still be checking where the body ends, or sending what the service has already refused.
// net/http takes the closed body for a failure and closes the connection, which loses the rest
// of the answer: the reason for a refusal.
func WholeAnswers(client Doer) Doer { return wholeAnswers{client, limits} }

// maxAhead is how many bytes are read ahead at most. Answers to requests with a body have a few
// kilobytes; the rest of longer ones stays in the connection, for the reader, see [Bounded].
const maxAhead = 1 << 20

type wholeAnswers struct {
	client Doer
	limits answers
}

func (w wholeAnswers) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return w.client.Do(r)
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	response, err := w.client.Do(r.WithContext(ctx))
	if err != nil {
		cancel(nil)
		return response, err
	}
	rest := response.Body
	end := closing(func() error { defer cancel(nil); return rest.Close() })
	ahead, err := w.limits.read(ctx, cancel, io.LimitReader(rest, maxAhead), "AWS's response to "+operation(r))
	response.Body = &readAhead{io.MultiReader(bytes.NewReader(ahead), rest), end}
	if err != nil { // for the reader, after what did arrive
		response.Body = &readAhead{io.MultiReader(bytes.NewReader(ahead), failing{err}), end}
	}
	return response, nil
}

type readAhead struct {
	io.Reader
	io.Closer
}

// failing is a reader that always fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
