package awscall

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// endpoint is the endpoint for all services (AWS_ENDPOINT_URL, or endpoint_url in the
// profile), to be used for the roles that a profile assumes. The SDK creates their clients
// before it reads this setting, and would send their requests to AWS.
type endpoint struct{ base *string }

// options makes the clients for a profile's roles use e and, unless ask is nil, ask for MFA
// codes.
func (e *endpoint) options(ask func() (string, error)) []func(*config.LoadOptions) error {
	return []func(*config.LoadOptions) error{
		config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
			o.TokenProvider = ask
			o.Client = assumer{o.Client, e}
		}),
		config.WithWebIdentityRoleCredentialOptions(func(o *stscreds.WebIdentityRoleOptions) {
			if o.Client != nil { // nil if the SDK only checks whether there is a client of ours
				o.Client = identifier{o.Client, e}
			}
		}),
	}
}

// use is an option for requests. AWS_ENDPOINT_URL_STS takes precedence over e.
func (e *endpoint) use(o *sts.Options) {
	if o.BaseEndpoint == nil {
		o.BaseEndpoint = e.base
	}
}

type assumer struct {
	stscreds.AssumeRoleAPIClient
	endpoint *endpoint
}

func (a assumer) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, options ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	out, err := a.AssumeRoleAPIClient.AssumeRole(ctx, in, append(options, a.endpoint.use)...)
	if err != nil {
		err = &roleError{aws.ToString(in.RoleArn), err}
	}
	return out, err
}

type identifier struct {
	stscreds.AssumeRoleWithWebIdentityAPIClient
	endpoint *endpoint
}

func (i identifier) AssumeRoleWithWebIdentity(ctx context.Context, in *sts.AssumeRoleWithWebIdentityInput, options ...func(*sts.Options)) (*sts.AssumeRoleWithWebIdentityOutput, error) {
	return i.AssumeRoleWithWebIdentityAPIClient.AssumeRoleWithWebIdentity(ctx, in, append(options, i.endpoint.use)...)
}

// load is like config.LoadDefaultConfig, but uses the endpoint for all services in all
// clients.
func load(ctx context.Context, ask func() (string, error), options []func(*config.LoadOptions) error) (aws.Config, error) {
	var e endpoint
	cfg, err := config.LoadDefaultConfig(ctx, append(e.options(ask), options...)...)
	e.base = cfg.BaseEndpoint
	return cfg, err
}
