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
)

// NoCredentials reports whether a request was not even signed: there were no
// credentials, or they could not be had.
func NoCredentials(err error) bool {
	if err == nil {
		return false
	}
	text := err.Error()
	return strings.Contains(text, "get credentials:") || strings.Contains(text, "failed to refresh cached credentials") ||
		strings.Contains(text, "get identity:") || errors.As(err, new(config.AssumeRoleTokenProviderNotSetError))
}

// ExplainCredentials says why there are no credentials, and what to type.
func ExplainCredentials(err error) (text string, hints []string) {
	said, profile := err.Error(), profileWord(err)
	login := "log in: aws sso login" + profile
	switch {
	case errors.As(err, new(config.AssumeRoleTokenProviderNotSetError)) || strings.Contains(said, "MFA") || strings.Contains(said, "TokenProvider"):
		return "the profile needs a code for MFA (mfa_serial), and there is no terminal to ask for it", []string{
			"give it: --mfa-code CODE",
			"or get credentials first: eval \"$(aws configure export-credentials" + profile + " --format env)\""}
	case errors.As(err, new(*ssocreds.InvalidTokenError)) || strings.Contains(said, ".aws/sso/cache") || strings.Contains(said, "SSO") || strings.Contains(said, "sso"):
		return "there is no SSO session, or it has expired", []string{login}
	case errors.As(err, new(*processcreds.ProviderError)):
		return "the profile's credential_process failed: " + innermost(err), []string{
			"run the command of credential_process by itself: it has to print credentials as JSON", "or choose another profile: export AWS_PROFILE=NAME"}
	case strings.Contains(said, "AssumeRole"):
		return "the role could not be assumed: " + innermost(err), []string{
			"allow sts:AssumeRole on the role, and name whoever you are in its trust policy", "see who you are: aws sts get-caller-identity"}
	}
	return "no AWS credentials were found", []string{
		"log in: aws sso login, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"}
}

// profileError is an error of the credentials of a profile that was chosen by name.
type profileError struct {
	profile string
	err     error
}

func (e *profileError) Error() string { return e.err.Error() }
func (e *profileError) Unwrap() error { return e.err }

// ofProfile is p with a *profileError in place of every error.
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

// profileWord is the option that names the profile in use; "" for the default one.
func profileWord(err error) string {
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

func innermost(err error) string {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err.Error()
		}
		err = next
	}
}
