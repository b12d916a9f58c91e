// Package aws stores layers in Amazon S3 and AWS Lambda.
//
// Region, credentials and endpoints come from the AWS SDK's configuration chain: the
// environment (AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL and others),
// the shared configuration files, SSO, and the machine's role. Nothing is sent before the
// first request.
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

// Options override the SDK's configuration chain. The zero value leaves everything to it.
type Options struct {
	Account
	// RateLimit is shared by everything that sends requests to Lambda in one account
	// and region. Nil is no limit.
	RateLimit *RateLimit
	// KMSKey is the ID, ARN or alias of the key that encrypts objects. "" leaves
	// encryption to the bucket.
	KMSKey string
	// SSE is the encryption to request: "AES256" or "aws:kms". "" is aws:kms with a
	// KMSKey, otherwise the bucket's default.
	SSE string
	// ACL is the canned ACL of objects: "bucket-owner-full-control", or "" for none.
	ACL string
	// Events receives a Note when lamella waits for a busy service.
	Events event.Sink
	// Sleep replaces the wait before a busy service is asked again. Nil waits.
	Sleep func(context.Context, time.Duration) error
	// IdleTimeout is how long a connection may be idle before it is given up; 0 is
	// 20 seconds for S3 and 2 minutes for Lambda.
	IdleTimeout time.Duration
}

// New returns the objects below prefix and the layers of the account and region. It sends no
// request. The error is a fault.Error of Kind Destination, such as for a missing profile or
// region, or of Kind Usage for an unknown encryption or ACL.
func New(ctx context.Context, prefix store.Prefix, o Options) (*Objects, *Layers, error) {
	if err := o.checkStorage(); err != nil {
		return nil, nil, err
	}
	patience := &awscall.Patience{Events: o.Events, Sleep: o.Sleep}
	cfg, err := o.config(ctx, patience)
	if err != nil {
		return nil, nil, err
	}
	connect := func(idle time.Duration) awscall.Doer {
		return awscall.Logged(limitIdle(cfg.HTTPClient, cmp.Or(o.IdleTimeout, idle)), cfg.Region, o.Events)
	}
	objects := &Objects{prefix: prefix, region: cfg.Region, kmsKey: o.KMSKey, sse: o.SSE, acl: o.ACL, client: sync.OnceValue(func() *s3.Client {
		return s3.NewFromConfig(cfg, configureS3, func(options *s3.Options) {
			options.HTTPClient = awscall.WholeAnswers(connect(idleS3))
			options.Retryer = patient(options.Retryer)
		})
	})}
	layers := &Layers{region: cfg.Region, config: cfg, patience: patience, http: connect(idleS3), client: sync.OnceValue(func() *lambda.Client {
		return lambda.NewFromConfig(cfg, func(options *lambda.Options) {
			options.HTTPClient = o.RateLimit.limit(awscall.WholeAnswers(connect(idleLambda)))
			options.Retryer = patient(options.Retryer)
		})
	})}
	return objects, layers, nil
}

// configureS3 sets what differs from the SDK's defaults.
func configureS3(o *s3.Options) {
	// Few servers other than AWS support bucket.host names.
	if o.BaseEndpoint != nil {
		o.UsePathStyle = true
	}
	// A composite checksum cannot be verified, which the SDK would log each time.
	o.DisableLogOutputChecksumValidationSkipped = true
}

var (
	_ store.Objects = (*Objects)(nil)
	_ store.Layers  = (*Layers)(nil)

	str = awssdk.String
)
