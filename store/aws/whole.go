package aws

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// whole is SDK middleware that rejects incomplete responses: those that are empty, lack a
// required list or field, concern something else, or are not a response to the operation at
// all. The SDK treats all of them as successful, and an empty list as "there is none". The
// rules define a complete response for each operation.
type whole struct {
	region  string
	account account
}

// incomplete is the error for an incomplete response.
type incomplete struct {
	op  string // such as "ListFunctions"
	why string // a clause that says what is wrong with the response
	err error  // from the SDK; nil if it treated the response as successful
}

// concerns begins the clause for a response about something else, and before ends the clause
// for a response that contradicts earlier ones.
const (
	concerns = "it concerns "
	before   = " before"
)

func (e *incomplete) Error() string {
	what := "is incomplete"
	switch {
	case strings.HasPrefix(e.why, concerns):
		what = "does not match the request"
	case strings.HasSuffix(e.why, before):
		what = "contradicts earlier responses"
	}
	return fmt.Sprintf("AWS's response to %s %s (%s)", e.op, what, e.why)
}
func (e *incomplete) Is(target error) bool { return target == store.ErrIncomplete }
func (e *incomplete) Unwrap() error        { return e.err }

// explainIncomplete is like explain, for an incomplete response.
func explainIncomplete(err error, r request) error {
	hints := []string{"run the same command again; if it fails again, check the proxy (HTTPS_PROXY)"}
	return &fault.Error{Kind: fault.Destination, Message: "cannot " + r.task(), Subject: r.subject, Err: &cause{serviceWords(err), err}, Hints: append(hints, endpointHints()...)}
}

// inputKey is the context key of a request's parameters.
type inputKey struct{}

// headKey is the metadata key of the beginning of a response's body.
type headKey struct{}

// headSize is the number of bytes of a body that are kept to find its root element.
const headSize = 1 << 10

// install adds w to a client.
func (w *whole) install(s *middleware.Stack) error {
	remember := middleware.InitializeMiddlewareFunc("lamellaInput", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		return next.HandleInitialize(middleware.WithStackValue(ctx, inputKey{}, in.Parameters), in)
	})
	const deserializer = "OperationDeserializer"
	return errors.Join(
		s.Initialize.Add(remember, middleware.After),
		s.Deserialize.Insert(middleware.DeserializeMiddlewareFunc("lamellaWhole", w.examine), deserializer, middleware.Before),
		s.Deserialize.Insert(middleware.DeserializeMiddlewareFunc("lamellaHead", keepHead), deserializer, middleware.After),
	)
}

// keepHead keeps the beginning of the body as it is read.
func keepHead(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	if response, ok := out.RawResponse.(*smithyhttp.Response); ok && response.Body != nil {
		head := &headReader{ReadCloser: response.Body}
		response.Body = head
		metadata.Set(headKey{}, head)
	}
	return out, metadata, err
}

type headReader struct {
	io.ReadCloser
	head []byte
}

func (r *headReader) Read(b []byte) (int, error) {
	n, err := r.ReadCloser.Read(b)
	r.head = append(r.head, b[:min(n, headSize-min(len(r.head), headSize))]...)
	return n, err
}

// examine applies the operation's rule to a response that the SDK treated as successful.
func (w *whole) examine(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	op := awsmiddleware.GetOperationName(ctx)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if !ok || response.StatusCode < 200 || response.StatusCode >= 300 {
		return out, metadata, err
	}
	defer func() {
		if err != nil && response.Body != nil {
			_ = response.Body.Close() // the caller gets no body to close
		}
	}()
	if err != nil {
		var garbled *smithy.DeserializationError
		if errors.As(err, &garbled) && !errors.Is(err, io.ErrUnexpectedEOF) {
			err = &incomplete{op, "it is unreadable (" + innermost(err).Error() + ")", err}
		}
		return out, metadata, err
	}
	head, _ := metadata.Get(headKey{}).(*headReader)
	if why := rules[op].check(w, answer{response, head, middleware.GetStackValue(ctx, inputKey{}), out.Result}); why != "" {
		err = &incomplete{op, why, nil}
	}
	return out, metadata, err
}

// answer is a response that the SDK could parse.
type answer struct {
	response *smithyhttp.Response
	head     *headReader // nil if there is no body
	in, out  any         // values of the SDK's types
}

// root returns the name of the body's XML root element, or "" if there is none.
func (a answer) root() string {
	if a.head == nil {
		return ""
	}
	d := xml.NewDecoder(bytes.NewReader(a.head.head))
	for {
		switch token, err := d.Token(); t := token.(type) {
		case xml.StartElement:
			return t.Name.Local
		case nil:
			if err != nil {
				return ""
			}
		}
	}
}

// rule defines what the response to an operation must contain.
type rule struct {
	status []int                                    // nil for any successful status
	root   string                                   // XML root element, or several separated by "|"; "" for any, or no XML
	header string                                   // required header, or several alternatives separated by "|"; "" for none
	says   func(w *whole, in, out any) (why string) // "" if the response is complete
}

// check returns why a response is incomplete, or "" if it is complete.
func (r rule) check(w *whole, a answer) (why string) {
	fits := len(r.status) == 0
	for _, status := range r.status {
		fits = fits || status == a.response.StatusCode
	}
	switch {
	case !fits:
		return fmt.Sprintf("it has the status %d, not %d", a.response.StatusCode, r.status[0])
	case r.root != "" && !slices.Contains(strings.Split(r.root, "|"), a.root()):
		return "it has no " + r.root + " element"
	case r.header != "" && !slices.ContainsFunc(strings.Split(r.header, "|"), func(name string) bool { return a.response.Header.Get(name) != "" }):
		return "it has no header " + strings.ReplaceAll(r.header, "|", " or ")
	case r.says == nil:
		return ""
	}
	return r.says(w, a.in, a.out)
}

// says adapts a typed check of an operation's response to rule.says.
func says[In, Out any](check func(w *whole, in *In, out *Out) string) func(*whole, any, any) string {
	return func(w *whole, in, out any) string {
		typedIn, ok := in.(*In)
		typedOut, also := out.(*Out)
		if !ok || !also || typedOut == nil {
			return "it is of another type"
		}
		return check(w, typedIn, typedOut)
	}
}

// isIncomplete reports whether err is for a response that was readable but incomplete.
func isIncomplete(err error) bool {
	e, ok := errors.AsType[*incomplete](err)
	return ok && e.err == nil
}
