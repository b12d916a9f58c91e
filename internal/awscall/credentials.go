package awscall

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
)

// NoCredentials reports whether a request could not be signed because there were no
// credentials.
func NoCredentials(err error) bool {
	if err == nil {
		return false
	}
	text := err.Error()
	return strings.Contains(text, "get credentials:") || strings.Contains(text, "failed to refresh cached credentials") ||
		strings.Contains(text, "get identity:") || errors.As(err, new(config.AssumeRoleTokenProviderNotSetError))
}

// ExplainCredentials returns a sentence that says why there are no credentials, and hints.
func ExplainCredentials(err error) (text string, hints []string) {
	said, profile := err.Error(), ProfileWord(err)
	login := "log in: aws sso login" + profile
	switch {
	case exceeds(err), errors.As(err, new(*IncompleteError)):
		return "cannot get AWS credentials: " + innermost(err), []string{"check the proxy (HTTPS_PROXY)"}
	case errors.As(err, new(*smithy.DeserializationError)):
		return "cannot get AWS credentials: the response is unreadable (" + innermost(err) + ")", []string{"check the proxy (HTTPS_PROXY)"}
	case errors.As(err, new(config.AssumeRoleTokenProviderNotSetError)) || strings.Contains(said, "MFA") || strings.Contains(said, "TokenProvider"):
		return "the AWS profile requires an MFA code (mfa_serial), but lamella cannot ask for it without a terminal", []string{
			"pass the code: --mfa-code CODE",
			"or get credentials first: eval \"$(aws configure export-credentials" + profile + " --format env)\""}
	case errors.As(err, new(*ssocreds.InvalidTokenError)) || strings.Contains(said, ".aws/sso/cache") || strings.Contains(said, "SSO") || strings.Contains(said, "sso"):
		return "the AWS SSO session does not exist or has expired", []string{login}
	case errors.As(err, new(*processcreds.ProviderError)):
		return "the credential_process of the AWS profile failed: " + innermost(err), []string{
			"check its command, which must print credentials as JSON", "or choose another profile: export AWS_PROFILE=NAME"}
	case strings.Contains(said, "AssumeRole"):
		return "cannot assume " + strings.TrimSpace("the role "+refusedRole(err)) + ": " + answer(err), []string{
			"allow sts:AssumeRole on the role, and allow your identity in the role's trust policy; if the trust policy requires MFA, set mfa_serial in the profile",
			"check your AWS identity: aws sts get-caller-identity"}
	}
	return "no AWS credentials found", []string{login, "or choose a profile: export AWS_PROFILE=NAME", "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"}
}

// profileError is an error about the credentials of a named profile.
type profileError struct {
	profile string
	err     error
}

func (e *profileError) Error() string { return e.err.Error() }
func (e *profileError) Unwrap() error { return e.err }

// roleError is an error from assuming a role.
type roleError struct {
	role string // ARN
	err  error
}

func (e *roleError) Error() string { return e.err.Error() }
func (e *roleError) Unwrap() error { return e.err }

// OfRole returns p, but adds the role's ARN to its errors.
func OfRole(arn string, p aws.CredentialsProvider) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		c, err := p.Retrieve(ctx)
		if err != nil {
			err = &roleError{arn, err}
		}
		return c, err
	})
}

// refusedRole returns the ARN of the role that could not be assumed, or "" if err is about
// something else. That role may be the source of the credentials for another role.
func refusedRole(err error) (arn string) {
	for ; err != nil; err = errors.Unwrap(err) {
		if e, ok := err.(*roleError); ok { //nolint:errorlint // the chain is walked here
			arn = e.role
		}
	}
	return arn
}

// answer returns the service's code and message or, without them, the innermost error.
func answer(err error) string {
	api, ok := errors.AsType[smithy.APIError](err)
	switch {
	case !ok || api.ErrorCode() == "":
		return innermost(err)
	case api.ErrorMessage() == "" || api.ErrorMessage() == "UnknownError":
		return api.ErrorCode()
	}
	return api.ErrorCode() + ": " + api.ErrorMessage()
}

// ofProfile returns p with each of its errors wrapped in a *profileError.
func ofProfile(profile string, p aws.CredentialsProvider) aws.CredentialsProvider {
	if profile == "" || p == nil {
		return p
	}
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		c, err := p.Retrieve(ctx)
		if err != nil {
			err = &profileError{profile, err}
		}
		return c, err
	})
}

// ProfileWord returns the option that selects the current profile, or "" for the default
// profile.
func ProfileWord(err error) string {
	if e, ok := errors.AsType[*profileError](err); ok {
		return " --profile " + e.profile
	}
	for _, name := range []string{"AWS_PROFILE", "AWS_DEFAULT_PROFILE"} {
		if profile := os.Getenv(name); profile != "" {
			return " --profile " + profile
		}
	}
	return ""
}

// Innermost unwraps err as far as possible.
func Innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

func innermost(err error) string { return Innermost(err).Error() }
