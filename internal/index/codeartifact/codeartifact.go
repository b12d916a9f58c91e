// Package codeartifact logs in to AWS CodeArtifact repositories: it returns the URL of a
// repository as a Python package index, and the token that serves as the password.
//
// Credentials and region come from the SDK's configuration chain (profiles, SSO, roles,
// AWS_ENDPOINT_URL_CODEARTIFACT). The token is kept only in memory. It is valid for up to
// 12 hours and is renewed shortly before it expires.
package codeartifact

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/codeartifact"
	"github.com/aws/aws-sdk-go-v2/service/codeartifact/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/awscall"
)

// User is the user name to use with a token ("Configure and use pip with CodeArtifact" in
// the AWS CodeArtifact user guide).
const User = "aws"

// Repository identifies a repository. If Owner is empty, it is the account of the
// credentials. If Region is empty, it is the one in the SDK's configuration.
type Repository struct {
	Domain string
	Owner  string // account that owns the domain, 12 digits
	Name   string
	Region string
}

// String returns "domain/name", for messages.
func (r Repository) String() string { return r.Domain + "/" + r.Name }

// host matches the host names of CodeArtifact. It includes AWS's own domain, so that no
// other server receives a token.
var host = regexp.MustCompile(`^([a-z0-9-]+)-([0-9]{12})\.d\.codeartifact\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$`)

// FromURL returns the repository that a CodeArtifact index URL, with the path
// /pypi/NAME/simple/, belongs to.
func FromURL(u *url.URL) (Repository, bool) {
	m := host.FindStringSubmatch(strings.ToLower(u.Hostname()))
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if m == nil || u.Scheme != "https" || len(parts) < 2 || parts[0] != "pypi" {
		return Repository{}, false
	}
	return Repository{Domain: m[1], Owner: m[2], Region: m[3], Name: parts[1]}, true
}

// Login logs in to one repository. It is safe for concurrent use.
type Login struct {
	Repository Repository
	Events     event.Sink // receives each request

	mu       sync.Mutex
	client   *codeartifact.Client
	endpoint string
	token    string
	expires  time.Time // zero if unknown
}

// early is the time before its expiration at which a token is renewed.
const early = time.Minute

// Endpoint returns the base URL of the repository's simple API.
func (l *Login) Endpoint(ctx context.Context) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.endpoint != "" {
		return l.endpoint, nil
	}
	client, err := l.connect(ctx)
	if err != nil {
		return "", err
	}
	out, err := client.GetRepositoryEndpoint(ctx, &codeartifact.GetRepositoryEndpointInput{
		Domain: aws.String(l.Repository.Domain), DomainOwner: optional(l.Repository.Owner),
		Repository: aws.String(l.Repository.Name), Format: types.PackageFormatPypi,
	})
	if err != nil {
		return "", l.explain(ctx, "access", err)
	}
	base, err := url.Parse(aws.ToString(out.RepositoryEndpoint))
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return "", l.explain(ctx, "find", errors.New("CodeArtifact's response to GetRepositoryEndpoint has no URL"))
	}
	l.endpoint = strings.TrimRight(base.String(), "/") + "/simple/"
	return l.endpoint, nil
}

// Token returns a valid token. If the repository did not accept a token, pass it as refused
// to get a different one; otherwise, pass "".
func (l *Login) Token(ctx context.Context, refused string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ended := !l.expires.IsZero() && time.Until(l.expires) < early
	if l.token != "" && l.token != refused && !ended {
		return l.token, nil
	}
	client, err := l.connect(ctx)
	if err != nil {
		return "", err
	}
	out, err := client.GetAuthorizationToken(ctx, &codeartifact.GetAuthorizationTokenInput{
		Domain: aws.String(l.Repository.Domain), DomainOwner: optional(l.Repository.Owner),
	})
	if err != nil {
		return "", l.explain(ctx, "log in to", err)
	}
	if aws.ToString(out.AuthorizationToken) == "" {
		return "", l.explain(ctx, "log in to", errors.New("CodeArtifact's response to GetAuthorizationToken has no token"))
	}
	l.token, l.expires = *out.AuthorizationToken, aws.ToTime(out.Expiration)
	return l.token, nil
}

// connect creates the client when it is first needed.
func (l *Login) connect(ctx context.Context) (*codeartifact.Client, error) {
	if l.client != nil {
		return l.client, nil
	}
	load := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{}), // the default logger writes to stderr
		config.WithAPIOptions([]func(*middleware.Stack) error{awscall.Log(l.Events)})}
	if l.Repository.Region != "" {
		load = append(load, config.WithRegion(l.Repository.Region))
	}
	cfg, err := awscall.Load(ctx, "", load...)
	if err == nil && cfg.Region == "" {
		err = errNoRegion
	}
	if err != nil {
		return nil, l.explain(ctx, "log in to", err)
	}
	l.client = codeartifact.NewFromConfig(cfg, func(o *codeartifact.Options) { o.HTTPClient = awscall.WholeAnswers(o.HTTPClient) })
	return l.client, nil
}

var errNoRegion = errors.New("no AWS region is set")

// explain converts err to a fault.Error with hints. The service's messages contain no
// secrets. The SDK's errors do not include the request, which does.
func (l *Login) explain(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	repository := l.Repository.String()
	e := &fault.Error{Kind: fault.Index, Message: "cannot " + op + " CodeArtifact repository " + repository, Subject: repository, Err: err,
		Hints: []string{"check your AWS identity: aws sts get-caller-identity", "choose another profile: export AWS_PROFILE=NAME"}}
	var (
		api     smithy.APIError
		profile config.SharedConfigProfileNotExistError
	)
	switch {
	case errors.Is(err, errNoRegion):
		e.Hints = []string{`region = "eu-central-1" in [[tool.lamella.index]]`, "or: export AWS_REGION=eu-central-1"}
	case errors.As(err, &profile):
		e.Err = fmt.Errorf("AWS profile %q does not exist", profile.Profile)
		e.Hints = []string{"list the profiles: aws configure list-profiles", "choose one: export AWS_PROFILE=NAME"}
	case awscall.NoCredentials(err):
		text, hints := awscall.ExplainCredentials(err)
		e.Err, e.Hints = errors.New(text), hints
	case errors.As(err, &api):
		e.Err = fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
		e.Hints = refusalHints(api.ErrorCode(), e.Hints)
	case errors.As(err, new(*smithy.DeserializationError)):
		e.Err, e.Hints = errors.New("CodeArtifact's response is unreadable ("+awscall.Innermost(err).Error()+")"), networkHints()
	case errors.As(err, new(*smithy.OperationError)): // there was no response
		e.Err, e.Hints = awscall.Innermost(err), networkHints()
	}
	return e
}

// refusalHints returns hints for an error code of the service, or others if it knows none.
func refusalHints(code string, others []string) []string {
	switch code {
	case "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException":
		return []string{"log in again: aws sso login" + awscall.ProfileWord(nil), "or choose another profile: export AWS_PROFILE=NAME"}
	case "AccessDeniedException":
		return []string{"allow codeartifact:GetAuthorizationToken, codeartifact:GetRepositoryEndpoint, codeartifact:ReadFromRepository, and sts:GetServiceBearerToken"}
	case "ResourceNotFoundException":
		return []string{"check the domain, owner, repository, and region in [[tool.lamella.index]]: aws codeartifact list-repositories"}
	}
	return others
}

func networkHints() []string {
	hints := []string{"check the network and the proxy (HTTPS_PROXY)"}
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CODEARTIFACT"} {
		if os.Getenv(name) != "" {
			hints = append(hints, "check "+name+", or remove it: unset "+name)
		}
	}
	return hints
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
