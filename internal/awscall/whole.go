package awscall

import (
	"bytes"
	"context"
	"io"
	"net/http"
)

// Doer sends requests, like *http.Client and the SDK's own client.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// WholeAnswers returns client, but completely reads the responses to requests with a body
// before it returns them.
//
// The SDK closes a request's body as soon as the header of the response arrives. At that
// time, net/http may still be checking where the body ends, or be sending a body that the
// service has already rejected. net/http treats the closed body as a failure and closes the
// connection, and the rest of the response, with the reason for the rejection, is lost.
func WholeAnswers(client Doer) Doer { return wholeAnswers{client, limits} }

// maxAhead is the maximum number of bytes that are read ahead. Responses to requests with a
// body have a few kilobytes. The rest of a longer response remains in the connection for the
// reader; see [Bounded].
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
	if err != nil { // the reader gets the error after the bytes that arrived
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
