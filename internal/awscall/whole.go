package awscall

import (
	"bytes"
	"io"
	"net/http"
)

// Doer sends requests; *http.Client and the SDK's own client are such.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// WholeAnswers returns client with answers to requests that have a body read
// before they are passed on.
//
// The SDK closes a request's body as soon as the head of the answer is there.
// net/http may not be done with it: it has yet to look whether the body ends where
// it should, or is still sending what the service refuses already. It takes the
// closed body for a failure and drops the connection, and with it what is still to
// come of the answer: the reason of a refusal.
func WholeAnswers(client Doer) Doer { return wholeAnswers{client} }

// maxAnswer bounds what is read ahead, in bytes. Answers to requests with a body
// are a few kilobytes; what is longer is left in the connection.
const maxAnswer = 1 << 20

type wholeAnswers struct{ client Doer }

func (w wholeAnswers) Do(r *http.Request) (*http.Response, error) {
	response, err := w.client.Do(r)
	if err != nil || r.Body == nil || r.Body == http.NoBody {
		return response, err
	}
	rest := response.Body
	ahead, err := io.ReadAll(io.LimitReader(rest, maxAnswer))
	response.Body = &readAhead{Reader: io.MultiReader(bytes.NewReader(ahead), rest), Closer: rest}
	if err != nil { // it is the reader's to see, after what did arrive
		response.Body = &readAhead{Reader: io.MultiReader(bytes.NewReader(ahead), failing{err}), Closer: rest}
	}
	return response, nil
}

type readAhead struct {
	io.Reader
	io.Closer
}

// failing is a reader that has failed.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
