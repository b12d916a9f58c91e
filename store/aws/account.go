package aws

import (
	"context"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/awscall"
	"github.com/lamella-build/lamella/store"
)

// Account selects the credentials and the region of requests. The zero value leaves both to
// the SDK's configuration chain.
type Account struct {
	Profile string // in the shared configuration files; "" for AWS_PROFILE or the default
	RoleARN string // role to assume with the profile's credentials; "" for none
	Region  string // "" for AWS_REGION or the profile's
}

// config completes a from the SDK's configuration chain. The clients that get credentials
// emit events to patience.Events.
func (a Account) config(ctx context.Context, patience *awscall.Patience) (awssdk.Config, error) {
	wait := patience.Add("PublishLayerVersion")
	load := []func(*config.LoadOptions) error{
		config.WithLogger(logging.Nop{}), // the SDK would write to stderr
		config.WithAPIOptions([]func(*middleware.Stack) error{wait, awscall.Log(patience.Events)}),
	}
	if a.Region != "" {
		load = append(load, config.WithRegion(a.Region))
	}
	if a.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(a.Profile))
	}
	cfg, err := awscall.Load(ctx, a.Profile, load...)
	if err != nil {
		return cfg, explainConfig(err)
	}
	if cfg.Region == "" {
		return cfg, &fault.Error{Kind: fault.Destination, Message: "no AWS region is set",
			Hints: []string{"set the region: export AWS_REGION=eu-central-1", "or set it for this run: --region eu-central-1"}}
	}
	whole := (&whole{region: cfg.Region}).install
	if a.RoleARN != "" {
		own := cfg.Copy()
		own.APIOptions = append(own.APIOptions, whole)
		cfg.Credentials = awssdk.NewCredentialsCache(awscall.OfRole(a.RoleARN, a.role(ctx, own)))
	}
	// The other clients get their logging where they connect.
	cfg.APIOptions = []func(*middleware.Stack) error{wait, whole, awscall.Bounded, awscall.Issued}
	return cfg, nil
}

// role returns the credentials of the role, which it assumes with those in cfg. If that is
// denied and the profile has an MFA device (mfa_serial), it tries again with an MFA code,
// because the role's trust policy may require one.
func (a Account) role(ctx context.Context, cfg awssdk.Config) awssdk.CredentialsProvider {
	assume := func(as awssdk.CredentialsProvider) *stscreds.AssumeRoleProvider {
		own := cfg.Copy()
		own.Credentials = as
		return stscreds.NewAssumeRoleProvider(sts.NewFromConfig(own), a.RoleARN,
			func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = "lamella" })
	}
	plain, serial := assume(cfg.Credentials), awscall.MFASerial(cfg)
	if serial == "" {
		return plain
	}
	withMFA := assume(awscall.WithMFA(ctx, a.Profile, serial, cfg))
	return awssdk.CredentialsProviderFunc(func(ctx context.Context) (awssdk.Credentials, error) {
		c, err := plain.Retrieve(ctx)
		if errorCode(err) == "AccessDenied" {
			c, err = withMFA.Retrieve(ctx)
		}
		return c, err
	})
}

// Number returns the 12 digits of the account: the role's account or, without a role, the
// account of the credentials, which it gets from STS. The request is emitted as an event.
func (a Account) Number(ctx context.Context, events event.Sink) (string, error) {
	if parts := strings.SplitN(a.RoleARN, ":", 6); len(parts) == 6 { // arn:PARTITION:iam::ACCOUNT:role/NAME
		return parts[4], nil
	}
	c, err := Connect(ctx, Options{Account: a, Events: events})
	if err != nil {
		return "", err
	}
	return c.AccountNumber(ctx)
}

// AccountNumber returns the 12 digits of the account that the credentials belong to, which
// it gets from STS.
func (c *Connection) AccountNumber(ctx context.Context) (string, error) {
	text, err := c.layers.LayerARN(ctx, "any")
	arn, _ := store.ParseARN(text)
	return arn.Account, err
}
