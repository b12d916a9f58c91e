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

// Patience waits for busy services, for up to [backoff.Total], and emits a note about it. It
// is safe for concurrent use.
type Patience struct {
	Events event.Sink
	// Sleep replaces backoff.Sleep in tests.
	Sleep func(context.Context, time.Duration) error

	mu   sync.Mutex
	said time.Time
}

// saidFor is the minimum time between two notes, so that concurrent requests emit only one.
const saidFor = 20 * time.Second

// Add makes an SDK client wait for its service, around the SDK's own retries. The operations
// in except do not wait, because they must not be repeated without checking their outcome.
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

// Wait waits if err means that the service is busy, and reports whether to try again. It
// returns an error only if ctx ends.
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
	defer p.Events.Wait(fmt.Sprintf("%s, which throttles requests (%s)", service, Code(err)))()
	if err := sleep(ctx, pause); err != nil {
		return false, err
	}
	return true, nil
}

// say emits a note, unless another note was emitted recently.
func (p *Patience) say(service string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.said) < saidFor {
		return
	}
	p.said = time.Now()
	p.Events.Emit(event.Event{Kind: event.Note, Op: "wait", Subject: service,
		Message: fmt.Sprintf("%s is busy (%s); lamella will keep trying for up to %d seconds", service, Code(err), backoff.Total/time.Second)})
}

// busyCodes are the codes for too many requests: the codes in the SDK's
// retry.DefaultThrottleErrorCodes, except for those about other limits, and the codes of S3
// and Systems Manager.
var busyCodes = []string{
	"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottledException", "RequestThrottled",
	"TooManyRequestsException", "TooManyRequests", "RequestLimitExceeded", "BandwidthLimitExceeded", "SlowDown",
	"TooManyUpdates",
}

// IsBusy reports whether err says, by its code or status, that a service throttles requests.
func IsBusy(err error) bool {
	if exceeds(err) {
		return false
	}
	status := statusCode(err)
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || slices.Contains(busyCodes, apiCode(err))
}

// Code returns the service's code for an error or, if there is none, the status, such as
// "429 Too Many Requests".
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

// Refusal is an error from a service that was called without the SDK.
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

// retryAfter returns the Retry-After of the response (RFC 9110, section 10.2.3), or 0.
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
