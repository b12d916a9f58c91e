package awscall

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
)

// sessions are the credentials by profile. An MFA code is valid for one session, so the user is
// prompted once for each profile.
type sessions struct {
	ask func() (string, error)

	mu        sync.Mutex
	byProfile map[string]aws.CredentialsProvider
}

type sessionsKey struct{}

// WithMFACode returns a context in which profiles that require an MFA code (mfa_serial) get it
// from ask, one at a time.
func WithMFACode(ctx context.Context, ask func() (string, error)) context.Context {
	return context.WithValue(ctx, sessionsKey{}, &sessions{ask: ask, byProfile: map[string]aws.CredentialsProvider{}})
}

// Load is config.LoadDefaultConfig for one profile, "" for the default one, with the MFA codes
// of WithMFACode.
func Load(ctx context.Context, profile string, options ...func(*config.LoadOptions) error) (aws.Config, error) {
	s, ok := ctx.Value(sessionsKey{}).(*sessions)
	if !ok {
		cfg, err := config.LoadDefaultConfig(ctx, options...)
		cfg.Credentials = ofProfile(profile, cfg.Credentials)
		return cfg, err
	}
	cfg, err := config.LoadDefaultConfig(ctx, append(options, config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
		o.TokenProvider = s.ask
	}))...)
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
