package aws

import (
	"context"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/lamella-build/lamella/internal/awscall"
)

// Identity says who signs requests, and which region they go to.
type Identity struct {
	Region  string // "" if none is set
	Source  string // the SDK's name for the source of the credentials, such as "EnvConfigCredentials"
	Account string // 12 digits; "" if STS did not respond
	ARN     string // of the user or role; "" if STS did not respond
}

// Identify returns the identity with which a's requests are signed. It calls STS and the
// services that issue credentials, for up to timeout. If there is an error, the result
// contains what is known; an empty Source means that there are no credentials.
func (a Account) Identify(ctx context.Context, timeout time.Duration) (Identity, error) {
	c, err := Connect(ctx, Options{Account: a})
	if err != nil {
		return Identity{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	id := Identity{Region: c.layers.region}
	who, err := c.layers.config.Credentials.Retrieve(ctx)
	if err != nil {
		return id, explainConfig(&noCredentials{err})
	}
	id.Source = who.Source
	out, err := c.layers.callerIdentity(ctx)
	if err != nil {
		return id, err
	}
	id.Account, id.ARN = awssdk.ToString(out.Account), awssdk.ToString(out.Arn)
	return id, nil
}

// noCredentials marks an error of a credentials provider as the SDK does when it signs.
type noCredentials struct{ err error }

func (e *noCredentials) Error() string { return "get credentials: " + e.err.Error() }
func (e *noCredentials) Unwrap() error { return e.err }

// callerIdentity calls GetCallerIdentity, which requires no permission.
func (l *Layers) callerIdentity(ctx context.Context) (*sts.GetCallerIdentityOutput, error) {
	client := sts.NewFromConfig(l.config, func(o *sts.Options) {
		o.HTTPClient, o.Retryer = awscall.WholeAnswers(l.http), patient(o.Retryer)
	})
	out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, explain(err, request{op: "determine", subject: "which account the credentials belong to", action: "sts:GetCallerIdentity", resource: "*", region: l.region})
	}
	return out, nil
}
