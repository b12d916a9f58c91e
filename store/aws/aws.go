// Package aws keeps layers in Amazon S3 and AWS Lambda.
//
// Region, credentials and endpoints come from the AWS SDK's own chain: the
// environment (AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL and
// its kin), the shared configuration files, SSO, and the roles of the machine.
// Nothing is asked of the network before the first request.
package aws

import (
	"cmp"
	"context"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/awscall"
	"github.com/lamella-build/lamella/store"
)

// Options choose among what the SDK's chain offers. The zero value leaves the
// choice to the chain.
type Options struct {
	Account
	// RateLimit is shared by all who send requests to Lambda in one account and region;
	// nil sends as fast as answers come.
	RateLimit *RateLimit
	// KMSKey encrypts what is stored: the key's id, ARN or alias. "" leaves
	// encryption to the bucket.
	KMSKey string
	// SSE is the encryption to ask for: "AES256" or "aws:kms"; "" is aws:kms with a
	// KMSKey, else the bucket's.
	SSE string
	// ACL is the canned ACL of what is stored: "bucket-owner-full-control"; "" is none.
	ACL string
	// Events hears, by a Note, that a busy service is waited for.
	Events event.Sink
	// Sleep waits before a busy service is asked again; nil does. Tests do not wait.
	Sleep func(context.Context, time.Duration) error
	// IdleTimeout is how long a connection may be idle before it is given up; 0 is
	// 20 seconds for S3 and 2 minutes for Lambda.
	IdleTimeout time.Duration
}

// New returns the objects under home and the layers of the account and region
// that the SDK's chain leads to. No request is sent yet. The error is a
// fault.Error of Kind Destination: no such profile, no region.
func New(ctx context.Context, prefix store.Prefix, o Options) (*Objects, *Layers, error) {
	if err := o.checkStorage(); err != nil {
		return nil, nil, err
	}
	patience := &awscall.Patience{Events: o.Events, Sleep: o.Sleep}
	cfg, err := o.config(ctx, patience)
	if err != nil {
		return nil, nil, err
	}
	objects := &Objects{prefix: prefix, region: cfg.Region, kmsKey: o.KMSKey, sse: o.SSE, acl: o.ACL, client: sync.OnceValue(func() *s3.Client {
		return s3.NewFromConfig(cfg, configureS3, func(options *s3.Options) {
			options.HTTPClient = awscall.WholeAnswers(limitIdle(cfg.HTTPClient, cmp.Or(o.IdleTimeout, idleS3)))
			options.Retryer = patient(options.Retryer)
		})
	})}
	layers := &Layers{region: cfg.Region, config: cfg, patience: patience, http: limitIdle(cfg.HTTPClient, cmp.Or(o.IdleTimeout, idleS3)), client: sync.OnceValue(func() *lambda.Client {
		return lambda.NewFromConfig(cfg, func(options *lambda.Options) {
			options.HTTPClient = o.RateLimit.limit(awscall.WholeAnswers(limitIdle(cfg.HTTPClient, cmp.Or(o.IdleTimeout, idleLambda))))
			options.Retryer = patient(options.Retryer)
		})
	})}
	return objects, layers, nil
}

func configureS3(o *s3.Options) {
	// Servers other than AWS seldom answer to bucket.host names.
	if o.BaseEndpoint != nil {
		o.UsePathStyle = true
	}
	// A composite checksum cannot be checked; that is no news for the user's log.
	o.DisableLogOutputChecksumValidationSkipped = true
}

var (
	_ store.Objects = (*Objects)(nil)
	_ store.Layers  = (*Layers)(nil)

	str = awssdk.String
)
