package aws

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/awscall"
)

// Account selects the credentials and the region of requests. The zero value leaves both
// to the SDK's configuration chain.
type Account struct {
	Profile string // in the shared configuration files; "" for AWS_PROFILE or the default
	RoleARN string // to assume with the profile's credentials; "" for none
	Region  string // "" for AWS_REGION or the profile's
}

// config completes a by the SDK's configuration chain.
func (a Account) config(ctx context.Context, patience *awscall.Patience) (awssdk.Config, error) {
	load := []func(*config.LoadOptions) error{
		config.WithLogger(logging.Nop{}), // it would write to stderr
		config.WithAPIOptions([]func(*middleware.Stack) error{patience.Add("PublishLayerVersion")}),
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
			Hints: []string{"export AWS_REGION=eu-central-1", "or: --region eu-central-1"}}
	}
	cfg.APIOptions = append(cfg.APIOptions, (&whole{region: cfg.Region}).install)
	if a.RoleARN != "" {
		role := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), a.RoleARN,
			func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = "lamella" })
		cfg.Credentials = awssdk.NewCredentialsCache(role)
	}
	return cfg, nil
}
