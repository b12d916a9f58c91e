package awscall

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"

	"github.com/lamella-build/lamella/event"
)

// Logged returns client, but each request is an event of kind Debug: service, operation,
// region, status and how long the answer took. One that takes long is a wait, see [event.Sink.Wait].
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
	start := time.Now()
	defer l.events.Wait(operation(r) + " in " + l.region)()
	response, err := l.client.Do(r)
	result := "no answer"
	if err == nil {
		result = fmt.Sprint(response.StatusCode)
	}
	l.events.Emit(event.Event{Kind: event.Debug, Op: "request",
		Message: fmt.Sprintf("%s in %s: %s after %d ms", operation(r), l.region, result, time.Since(start).Milliseconds())})
	return response, err
}

// operation names what r asks for, "S3 PutObject".
func operation(r *http.Request) string {
	ctx := r.Context()
	if name := awsmiddleware.GetOperationName(ctx); name != "" {
		return awsmiddleware.GetServiceID(ctx) + " " + name
	}
	target := r.Header.Get("X-Amz-Target") // AmazonSSM.GetParameter
	return strings.ReplaceAll(cmp.Or(strings.TrimPrefix(target, "Amazon"), r.Method+" "+r.URL.Host), ".", " ")
}
