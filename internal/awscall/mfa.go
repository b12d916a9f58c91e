package awscall

import (
	"context"
	"net/http"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"

	"github.com/lamella-build/lamella/internal/proxy"
)

// sessions holds the credentials of each profile. An MFA code is valid for one session, so
// the user is prompted once for each profile.
type sessions struct {
	ask func() (string, error)

	mu        sync.Mutex
	byProfile map[string]aws.CredentialsProvider
	withMFA   map[string]aws.CredentialsProvider // profile → session for which a code was entered
}

type sessionsKey struct{}

// WithMFACode returns a context in which profiles that require an MFA code (mfa_serial) get
// the code from ask, which is called for one profile at a time.
func WithMFACode(ctx context.Context, ask func() (string, error)) context.Context {
	return context.WithValue(ctx, sessionsKey{}, &sessions{ask: ask, byProfile: map[string]aws.CredentialsProvider{}, withMFA: map[string]aws.CredentialsProvider{}})
}

// Load is like config.LoadDefaultConfig for one profile (or for the default profile if
// profile is ""), with the MFA codes of WithMFACode. All clients of the configuration are
// [Bounded], the credentials that they get are complete (see [Issued]), and they report a proxy
// that does not forward their requests as a *proxy.Refusal.
func Load(ctx context.Context, profile string, options ...func(*config.LoadOptions) error) (aws.Config, error) {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.OnProxyConnectResponse = proxy.Connected })
	options = append([]func(*config.LoadOptions) error{config.WithHTTPClient(client)}, options...)
	options = append(options, config.WithAPIOptions([]func(*middleware.Stack) error{Bounded, Issued}))
	s, ok := ctx.Value(sessionsKey{}).(*sessions)
	if !ok {
		cfg, err := load(ctx, nil, options)
		cfg.Credentials = ofProfile(profile, cfg.Credentials)
		return cfg, err
	}
	cfg, err := load(ctx, s.ask, options)
	if err != nil {
		return cfg, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byProfile[profile] == nil {
		s.byProfile[profile] = ofProfile(profile, cfg.Credentials)
	}
	cfg.Credentials = s.byProfile[profile]
	return cfg, nil
}

// MFASerial returns the MFA device (mfa_serial) of the profile that cfg was loaded from. It
// returns "" if the profile has no device, or if the code is already requested for a role in
// the profile itself.
func MFASerial(cfg aws.Config) string {
	for _, source := range cfg.ConfigSources {
		if shared, ok := source.(config.SharedConfig); ok && shared.RoleARN == "" {
			return shared.MFASerial
		}
	}
	return ""
}

// WithMFA returns cfg's credentials for a session for which the code of an MFA device was
// entered. The session is used for all roles that the profile assumes. If nobody can be
// prompted for the code, the credentials fail with a
// config.AssumeRoleTokenProviderNotSetError.
func WithMFA(ctx context.Context, profile, serial string, cfg aws.Config) aws.CredentialsProvider {
	s, ok := ctx.Value(sessionsKey{}).(*sessions)
	if !ok {
		return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{}, &profileError{profile, config.AssumeRoleTokenProviderNotSetError{}}
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.withMFA[profile] == nil {
		client := sts.NewFromConfig(cfg)
		s.withMFA[profile] = aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
			code, err := s.ask()
			if err != nil {
				return aws.Credentials{}, err
			}
			out, err := client.GetSessionToken(ctx, &sts.GetSessionTokenInput{SerialNumber: aws.String(serial), TokenCode: aws.String(code)})
			if err != nil {
				return aws.Credentials{}, err
			}
			c := out.Credentials
			return aws.Credentials{AccessKeyID: aws.ToString(c.AccessKeyId), SecretAccessKey: aws.ToString(c.SecretAccessKey), SessionToken: aws.ToString(c.SessionToken),
				Source: "GetSessionToken", CanExpire: true, Expires: aws.ToTime(c.Expiration)}, nil
		}))
	}
	return s.withMFA[profile]
}
