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

// LimitError is the error for a response that exceeds a limit of package bound. Trying again
// does not help.
type LimitError struct {
	Answer string // such as "AWS's response to ListFunctions"
	Why    string // such as "is larger than 4 MB"
}

func (e *LimitError) Error() string { return e.Answer + " " + e.Why }

// exceeds reports whether err is a *LimitError.
func exceeds(err error) bool { return errors.As(err, new(*LimitError)) }

// answers holds the limits for responses that are read into memory.
type answers struct{ time time.Duration }

var limits = answers{bound.AnswerTime}

// Bounded makes an SDK client read each response completely before it decodes it. The client
// fails with a *LimitError if the response has too many bytes or values, or takes too long.
// Objects returned by GetObject remain streams, which have a minimum rate; their readers
// know how large they may be.
//
// Bounded must be added last, so that everything else that reads a body gets the bounded
// one.
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
		response.Body = http.NoBody // the SDK reads the rest of a rejected response
		return out, metadata, err
	case err != nil:
		response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(data), failing{err})) // the reader gets the error after the bytes that arrived
	default:
		response.Body = io.NopCloser(bytes.NewReader(data))
	}
	return out, metadata, nil
}

// Read sends r and reads the complete response. what names the response in a *LimitError.
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

// read returns the content of a body and, if the content is incomplete, an error. It cancels
// the request, whose context is ctx, if it takes too long.
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

// values returns the approximate number of JSON values, or of XML elements and attributes,
// in data. Each can take a hundred times as much memory once it is decoded.
func values(data []byte) (n int) {
	for _, separator := range []string{",", "[", "{", "<", "="} { // includes those in strings
		n += bytes.Count(data, []byte(separator))
	}
	return n
}

type closing func() error

func (c closing) Close() error { return c() }
