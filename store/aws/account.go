package aws

import (
	"context"
	"errors"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/awscall"
)

// Account says in whose name and where requests are made. The zero value leaves
// both to the SDK's chain.
type Account struct {
	Profile string // of the shared configuration files; "" is AWS_PROFILE's, or default
	RoleARN string // assumed with the profile's credentials; "" is none
	Region  string // "" is AWS_REGION or the profile's
}

// config asks the SDK's chain for everything that a does not say.
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
		return cfg, &fault.Error{Kind: fault.Destination, Op: "connect to", Subject: "AWS", Err: errors.New("no region is set"),
			Hints: []string{"export AWS_REGION=eu-central-1 (or yours), or: --region eu-central-1"}}
	}
	cfg.APIOptions = append(cfg.APIOptions, (&whole{region: cfg.Region}).install)
	if a.RoleARN != "" {
		role := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), a.RoleARN,
			func(o *stscreds.AssumeRoleOptions) { o.RoleSessionName = "lamella" })
		cfg.Credentials = awssdk.NewCredentialsCache(role)
	}
	return cfg, nil
}
