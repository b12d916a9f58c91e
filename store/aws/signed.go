package aws

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"

	"github.com/lamella-build/lamella/internal/awscall"
	"github.com/lamella-build/lamella/internal/backoff"
	"github.com/lamella-build/lamella/internal/proxy"
)

// signedService is a service that is called with signed POST requests, because too few of
// its actions are used to justify its SDK client.
type signedService struct {
	name        string // for messages
	id          string // SDK ID, by which configured endpoints are found
	host        string // in the host name of the endpoint and in the signature
	contentType string
	pause       time.Duration // half of the wait before the second attempt; the wait doubles with each further attempt
	// failure returns the code and the message in an error response. status is the code if
	// the response has none.
	failure func(text []byte, status string) (code, message string)
}

// signedAttempts is the number of times that a request is sent if the service fails or does
// not respond.
const signedAttempts = 5

// ask sends a request, which must be repeatable, until read accepts the response. If read
// returns an error, ask tries again.
func (l *Layers) ask(ctx context.Context, s signedService, header map[string]string, body []byte, read func([]byte) error) error {
	var busy backoff.Backoff
	for attempt := 1; ; attempt++ {
		again, err := l.askOnce(ctx, s, header, body, read)
		if err == nil || ctx.Err() != nil {
			return err
		}
		waited, waitErr := l.patience.Wait(ctx, &busy, s.name, err)
		switch {
		case waitErr != nil:
			return waitErr
		case waited:
			attempt--
		case !again || attempt >= signedAttempts:
			return err
		default:
			if err := backoff.Sleep(ctx, s.pause<<attempt); err != nil {
				return err
			}
		}
	}
}

func (l *Layers) askOnce(ctx context.Context, s signedService, header map[string]string, body []byte, read func([]byte) error) (again bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.endpoint(ctx, s.id, s.host), bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	r.Header.Set("Content-Type", s.contentType)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	if err := l.sign(ctx, r, body, s.host); err != nil {
		return false, err
	}
	answer, text, err := awscall.Read(l.http, r, "the response of "+s.name) //nolint:bodyclose // Read closes it
	if err != nil {
		refusal, refused := errors.AsType[*proxy.Refusal](err)
		return !errors.As(err, new(*awscall.LimitError)) && (!refused || refusal.RetryableError()), err
	}
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		err := read(text)
		return err != nil, err
	}
	code, message := s.failure(text, fmt.Sprintf("status %d", answer.StatusCode))
	refusal := &awscall.Refusal{APIError: &smithy.GenericAPIError{Code: code, Message: message}, Status: answer.StatusCode, Header: answer.Header}
	return answer.StatusCode >= 500 && !awscall.IsBusy(refusal), refusal
}

// sign signs a request to a service. service is its name in signatures.
func (l *Layers) sign(ctx context.Context, r *http.Request, body []byte, service string) error {
	if l.config.Credentials == nil {
		return errors.New("get credentials: none configured")
	}
	credentials, err := l.config.Credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("get credentials: %w", err)
	}
	sum := sha256.Sum256(body)
	return v4.NewSigner().SignHTTP(ctx, credentials, r, hex.EncodeToString(sum[:]), service, l.region, time.Now())
}

// endpoint returns the URL of a service, given its SDK ID and host name: the endpoint
// configured for the service (AWS_ENDPOINT_URL_SSM), the endpoint configured for all
// services (AWS_ENDPOINT_URL), or the region's.
func (l *Layers) endpoint(ctx context.Context, id, host string) string {
	for _, source := range l.config.ConfigSources {
		named, ok := source.(interface {
			GetServiceBaseEndpoint(ctx context.Context, sdkID string) (string, bool, error)
		})
		if !ok {
			continue
		}
		if base, found, err := named.GetServiceBaseEndpoint(ctx, id); found && err == nil {
			return strings.TrimRight(base, "/") + "/"
		}
	}
	if base := awssdk.ToString(l.config.BaseEndpoint); base != "" {
		return strings.TrimRight(base, "/") + "/"
	}
	domain := map[string]string{"aws-cn": "amazonaws.com.cn"}[partition(l.region)]
	return "https://" + host + "." + l.region + "." + cmp.Or(domain, "amazonaws.com") + "/"
}
