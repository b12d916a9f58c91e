package aws

import (
	"net/http"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/time/rate"
)

// The limits are below the 15 requests per second that Lambda's control plane accepts from
// all users of an account in a region together (Lambda developer guide, "Lambda quotas"), so
// that some requests are left for other users.
const (
	requestsPerSecond = 10
	requestsAtOnce    = 10
)

// RateLimit keeps requests below Lambda's rate limit for one account and region. It is safe
// for concurrent use. A nil RateLimit does not limit anything.
type RateLimit struct{ limiter *rate.Limiter }

// NewRateLimit returns the rate limit of one account and region for one of several processes
// that share it. processes must be at least 1.
func NewRateLimit(processes int) *RateLimit {
	return &RateLimit{rate.NewLimiter(rate.Limit(requestsPerSecond)/rate.Limit(processes), max(requestsAtOnce/processes, 1))}
}

// limit returns client with this rate limit, which also applies to the SDK's retries.
func (p *RateLimit) limit(client awssdk.HTTPClient) awssdk.HTTPClient {
	if p == nil {
		return client
	}
	return paced{client, p.limiter}
}

type paced struct {
	client  awssdk.HTTPClient
	limiter *rate.Limiter
}

func (p paced) Do(r *http.Request) (*http.Response, error) {
	if err := p.limiter.Wait(r.Context()); err != nil {
		return nil, err
	}
	return p.client.Do(r)
}
