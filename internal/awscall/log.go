package awscall

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/lamella-build/lamella/event"
)

// Logged returns client, but emits an event of Kind Debug for each request: the service, the
// operation, the region, the status, and how long the response took. A request that takes
// long is reported as a wait; see [event.Sink.Wait].
func Logged(client Doer, region string, events event.Sink) Doer {
	if events == nil {
		return client
	}
	return logged{client, region, events}
}

type logged struct {
	client Doer
	region string
	events event.Sink
}

func (l logged) Do(r *http.Request) (*http.Response, error) {
	answered := l.begin(operation(r))
	response, err := l.client.Do(r)
	if err != nil {
		answered(0)
	} else {
		answered(response.StatusCode)
	}
	return response, err
}

// begin is called when a request is sent. The caller must call answered with the status of
// the response, or with 0 if there was none.
func (l logged) begin(operation string) (answered func(status int)) {
	start := time.Now()
	done := l.events.Wait(operation + " in " + l.region)
	return func(status int) {
		done()
		result := "no answer"
		if status != 0 {
			result = fmt.Sprint(status)
		}
		l.events.Emit(event.Event{Kind: event.Debug, Op: "request",
			Message: fmt.Sprintf("%s in %s: %s after %d ms", operation, l.region, result, time.Since(start).Milliseconds())})
	}
}

// Log makes an SDK client emit the same events as [Logged]. It is for clients that the SDK
// creates itself, to assume roles and to log in.
func Log(events event.Sink) func(*middleware.Stack) error {
	each := middleware.DeserializeMiddlewareFunc("lamellaLog", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (out middleware.DeserializeOutput, metadata middleware.Metadata, err error) {
		l := logged{events: events, region: awsmiddleware.GetRegion(ctx)}
		answered := l.begin(awsmiddleware.GetServiceID(ctx) + " " + awsmiddleware.GetOperationName(ctx))
		out, metadata, err = next.HandleDeserialize(ctx, in)
		if response, ok := out.RawResponse.(*smithyhttp.Response); ok {
			answered(response.StatusCode)
		} else {
			answered(0)
		}
		return out, metadata, err
	})
	return func(stack *middleware.Stack) error { return stack.Deserialize.Add(each, middleware.After) }
}

// operation returns the service and the operation that r calls, such as "S3 PutObject".
func operation(r *http.Request) string {
	ctx := r.Context()
	if name := awsmiddleware.GetOperationName(ctx); name != "" {
		return awsmiddleware.GetServiceID(ctx) + " " + name
	}
	target := r.Header.Get("X-Amz-Target") // such as AmazonSSM.GetParameter
	return strings.ReplaceAll(cmp.Or(strings.TrimPrefix(target, "Amazon"), r.Method+" "+r.URL.Host), ".", " ")
}
