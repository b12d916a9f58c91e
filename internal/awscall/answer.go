package awscall

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/lamella-build/lamella/internal/bound"
)

// LimitError is the error for an answer that exceeds a limit of package bound. Another attempt
// does not help.
type LimitError struct {
	Answer string // "AWS's response to ListFunctions"
	Why    string // "is larger than 4 MB"
}

func (e *LimitError) Error() string { return e.Answer + " " + e.Why }

// exceeds reports whether err is a *LimitError.
func exceeds(err error) bool { return errors.As(err, new(*LimitError)) }

// answers are the limits of answers that are read into memory.
type answers struct{ time time.Duration }

var limits = answers{bound.AnswerTime}

// Bounded makes an SDK client read each answer completely before it decodes it, and fail with
// a *LimitError if that takes too many bytes, values or minutes. Objects that GetObject
// returns stay streams, which have a minimum rate; their readers know how large they may be.
//
// It must be the last to be added, so that what else looks at a body gets the bounded one.
func Bounded(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("lamellaBound", limits.bound), middleware.After)
}

func (a answers) bound(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
	op := awsmiddleware.GetOperationName(ctx)
	ctx, cancel := context.WithCancelCause(ctx)
	out, metadata, err := next.HandleDeserialize(ctx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	switch {
	case err != nil || !ok || response.Body == nil || response.Body == http.NoBody:
		cancel(nil)
		return out, metadata, err
	case op == "GetObject" && response.StatusCode < 300:
		body := response.Body
		response.Body = &readAhead{bound.Reader(bound.Steady(body), bound.Wheel, "objects that lamella reads"), closing(func() error { defer cancel(nil); return body.Close() })}
		return out, metadata, nil
	}
	defer cancel(nil)
	defer response.Body.Close()
	data, err := a.read(ctx, cancel, response.Body, "AWS's response to "+op)
	switch {
	case exceeds(err):
		response.Body = http.NoBody // the SDK reads what is left of a refused answer
		return out, metadata, err
	case err != nil:
		response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(data), failing{err})) // for the reader, after what did arrive
	default:
		response.Body = io.NopCloser(bytes.NewReader(data))
	}
	return out, metadata, nil
}

// Read sends r and reads the answer, called what in a *LimitError, completely.
func Read(client Doer, r *http.Request, what string) (*http.Response, []byte, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	response, err := client.Do(r.WithContext(ctx))
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	data, err := limits.read(ctx, cancel, response.Body, what)
	return response, data, err
}

// read returns what a body has and, if that is not all, an error as well. It cancels the
// request, whose context is ctx, when the time is up.
func (a answers) read(ctx context.Context, cancel context.CancelCauseFunc, body io.Reader, what string) ([]byte, error) {
	slow := &LimitError{what, fmt.Sprintf("took longer than %s", a.time)}
	defer time.AfterFunc(a.time, func() { cancel(slow) }).Stop()
	data, err := io.ReadAll(bound.Reader(body, bound.Answer, what))
	switch {
	case errors.As(err, new(*bound.Exceeded)):
		return nil, &LimitError{what, "is larger than " + bound.Size(bound.Answer)}
	case err != nil && errors.Is(context.Cause(ctx), slow):
		return nil, slow
	case values(data) > bound.AnswerValues:
		return nil, &LimitError{what, fmt.Sprintf("has more than %d values", bound.AnswerValues)}
	}
	return data, err
}

// values is about how many values of JSON, or elements and attributes of XML, there are in data.
// Each can take a hundred times as much memory when it is decoded.
func values(data []byte) (n int) {
	for _, separator := range []string{",", "[", "{", "<", "="} { // those in strings as well
		n += bytes.Count(data, []byte(separator))
	}
	return n
}

type closing func() error

func (c closing) Close() error { return c() }
