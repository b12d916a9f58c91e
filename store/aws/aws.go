// Package aws stores layers in Amazon S3 and AWS Lambda.
//
// The region, credentials, and endpoints come from the AWS SDK's configuration chain: the
// environment (such as AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, and AWS_ENDPOINT_URL),
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
	Storage
	// RateLimit is shared by everything that sends requests to Lambda in one account and
	// region. Nil means no limit.
	RateLimit *RateLimit
	// Events receives a Note when lamella waits for a busy service.
	Events event.Sink
	// Sleep replaces the pause before a busy service is tried again. Nil means a real pause.
	Sleep func(context.Context, time.Duration) error
	// IdleTimeout is how long a connection may be idle before it is closed. 0 means 20
	// seconds for S3 and 2 minutes for Lambda.
	IdleTimeout time.Duration
}

// Storage selects how objects are stored. The zero value leaves that to the bucket.
type Storage struct {
	// KMSKey is the ID, ARN, or alias of the key that encrypts objects. "" leaves encryption
	// to the bucket.
	KMSKey string
	// SSE is the encryption to request: "AES256" or "aws:kms". "" means aws:kms with a
	// KMSKey, and otherwise the bucket's default.
	SSE string
	// ACL is the canned ACL of objects: "bucket-owner-full-control", or "" for none.
	ACL string
}

// Connection holds what all layers and buckets that one account uses in a region share: the
// SDK's configuration, the credentials, and the HTTP connections. It is safe for concurrent
// use.
type Connection struct {
	layers  *Layers
	objects func() *s3.Client
}

// Connect returns the connection of an account and region. It sends no request and ignores
// o.Storage. The error is a fault.Error of Kind Destination, for example if the profile or
// the region is missing.
func Connect(ctx context.Context, o Options) (*Connection, error) {
	patience := &awscall.Patience{Events: o.Events, Sleep: o.Sleep}
	cfg, err := o.config(ctx, patience)
	if err != nil {
		return nil, err
	}
	connect := func(idle time.Duration) awscall.Doer {
		return awscall.Logged(limitIdle(cfg.HTTPClient, cmp.Or(o.IdleTimeout, idle)), cfg.Region, o.Events)
	}
	c := &Connection{objects: sync.OnceValue(func() *s3.Client {
		return s3.NewFromConfig(cfg, configureS3, func(options *s3.Options) {
			options.HTTPClient = awscall.WholeAnswers(connect(idleS3))
			options.Retryer = patient(options.Retryer)
		})
	})}
	c.layers = &Layers{region: cfg.Region, config: cfg, patience: patience, http: connect(idleS3), client: sync.OnceValue(func() *lambda.Client {
		return lambda.NewFromConfig(cfg, func(options *lambda.Options) {
			options.HTTPClient = o.RateLimit.limit(awscall.WholeAnswers(connect(idleLambda)))
			options.Retryer = patient(options.Retryer)
		})
	})}
	return c, nil
}

// Open returns the objects below prefix, and the layers of the account and region. It sends
// no request. The error is a fault.Error of Kind Usage for an unknown encryption or ACL.
func (c *Connection) Open(prefix store.Prefix, s Storage) (*Objects, *Layers, error) {
	if err := s.check(); err != nil {
		return nil, nil, err
	}
	return &Objects{prefix: prefix, region: c.layers.region, kmsKey: s.KMSKey, sse: s.SSE, acl: s.ACL, client: c.objects}, c.layers, nil
}

// New returns the objects below prefix, and the layers of the account and region, with a
// connection of their own. It sends no request. It returns the same errors as [Connect] and
// [Connection.Open].
func New(ctx context.Context, prefix store.Prefix, o Options) (*Objects, *Layers, error) {
	if err := o.Storage.check(); err != nil {
		return nil, nil, err
	}
	c, err := Connect(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	return c.Open(prefix, o.Storage)
}

// configureS3 sets what differs from the SDK's defaults.
func configureS3(o *s3.Options) {
	// Few servers other than AWS support host names of the form bucket.host.
	if o.BaseEndpoint != nil {
		o.UsePathStyle = true
	}
	// A composite checksum cannot be verified, and the SDK would log that each time.
	o.DisableLogOutputChecksumValidationSkipped = true
}

var (
	_ store.Objects = (*Objects)(nil)
	_ store.Layers  = (*Layers)(nil)

	str = awssdk.String
)
