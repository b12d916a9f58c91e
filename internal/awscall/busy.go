package awscall

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/backoff"
)

// Patience waits for services that are busy, for as long as [backoff.Total], and
// says so. It may be used by several goroutines at once.
type Patience struct {
	Events event.Sink
	// Sleep waits; nil is backoff.Sleep. Tests do not wait.
	Sleep func(context.Context, time.Duration) error

	mu   sync.Mutex
	said time.Time
}

// saidFor is how long one line holds: requests that wait side by side say it once.
const saidFor = 20 * time.Second

// Add has a client of the SDK wait for its service. Requests that the SDK repeats
// by itself are repeated within each round. Those of the operations named are not
// waited for: they may not be sent twice without a look at what came of them.
func (p *Patience) Add(except ...string) func(*middleware.Stack) error {
	wait := middleware.FinalizeMiddlewareFunc("lamellaPatience", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (out middleware.FinalizeOutput, metadata middleware.Metadata, err error) {
		var b backoff.Backoff
		for {
			out, metadata, err = next.HandleFinalize(ctx, in)
			if err == nil || slices.Contains(except, awsmiddleware.GetOperationName(ctx)) {
				return out, metadata, err
			}
			again, waitErr := p.Wait(ctx, &b, awsmiddleware.GetServiceID(ctx), err)
			if waitErr != nil {
				return out, metadata, waitErr
			}
			if !again {
				return out, metadata, err
			}
			if stream, ok := in.Request.(interface{ RewindStream() error }); ok {
				if err := stream.RewindStream(); err != nil {
					return out, metadata, err
				}
			}
		}
	})
	return func(stack *middleware.Stack) error { return stack.Finalize.Insert(wait, "Retry", middleware.Before) }
}

// Wait waits after err if it says that the service is busy, and reports whether to
// ask again. The error is that of a context that ended.
func (p *Patience) Wait(ctx context.Context, b *backoff.Backoff, service string, err error) (again bool, _ error) {
	if !IsBusy(err) || ctx.Err() != nil {
		return false, nil
	}
	pause, ok := b.Next(retryAfter(err))
	if !ok {
		return false, nil
	}
	p.say(service, err)
	sleep := p.Sleep
	if sleep == nil {
		sleep = backoff.Sleep
	}
	if err := sleep(ctx, pause); err != nil {
		return false, err
	}
	return true, nil
}

func (p *Patience) say(service string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.said) < saidFor {
		return
	}
	p.said = time.Now()
	p.Events.Emit(event.Event{Kind: event.Note, Op: "wait", Subject: service,
		Message: fmt.Sprintf("%s is busy (%s); trying again for up to %d seconds", service, Code(err), backoff.Total/time.Second)})
}

// busyCodes are those by which services say that there are too many requests (the
// SDK's retry.DefaultThrottleErrorCodes, less those that mean other limits, and
// those of S3 and Systems Manager).
var busyCodes = []string{
	"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled",
	"TooManyRequestsException", "TooManyRequests", "RequestLimitExceeded", "BandwidthLimitExceeded", "SlowDown",
	"TooManyUpdates",
}

// IsBusy reports whether a service refused a request for now, by its code or its status.
func IsBusy(err error) bool {
	status := statusCode(err)
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || slices.Contains(busyCodes, apiCode(err))
}

// Code is the service's word for an error: its code, else the status, "429 Too Many Requests".
func Code(err error) string {
	if code := apiCode(err); code != "" && code != "UnknownError" {
		return code
	}
	status := statusCode(err)
	return fmt.Sprintf("%d %s", status, http.StatusText(status))
}

func apiCode(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// Refusal is an answer of a service that was asked without the SDK.
type Refusal struct {
	smithy.APIError
	Status int
	Header http.Header
}

func (r *Refusal) Unwrap() error { return r.APIError }

func statusCode(err error) int {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Status
	}
	if r, ok := errors.AsType[*awshttp.ResponseError](err); ok && r.Response != nil {
		return r.HTTPStatusCode()
	}
	return 0
}

// retryAfter is what the answer says in Retry-After (RFC 9110, section 10.2.3), 0
// if nothing.
func retryAfter(err error) time.Duration {
	var header http.Header
	if r, ok := errors.AsType[*Refusal](err); ok {
		header = r.Header
	} else if r, ok := errors.AsType[*awshttp.ResponseError](err); ok && r.Response != nil {
		header = r.Response.Header
	}
	said := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(said, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(said); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}
