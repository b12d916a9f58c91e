package aws

import (
	"net/http"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/time/rate"
)

// Requests that Lambda's control plane takes in a second, of an account in a
// region and all its users together, before it throttles (Lambda developer
// guide, "Lambda quotas": 15 for the rest of the control plane API). Some are
// left to the others.
const (
	requestsPerSecond = 10
	requestsAtOnce    = 10
)

// RateLimit keeps requests below what Lambda permits in one account and region. It
// may be used by several goroutines at once; a nil RateLimit does not hold up.
type RateLimit struct{ limiter *rate.Limiter }

// NewRateLimit returns the pace of one account and region.
func NewRateLimit() *RateLimit {
	return &RateLimit{rate.NewLimiter(requestsPerSecond, requestsAtOnce)}
}

// limit returns client at this pace. Repetitions by the SDK count.
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
