package aws

import (
	"context"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/lamella-build/lamella/internal/awscall"
)

// Identity is who requests are signed as, and where they go.
type Identity struct {
	Region  string // "" if none is set
	Source  string // of the credentials, by the SDK's name: "EnvConfigCredentials", …
	Account string // 12 digits; "" if STS did not answer
	ARN     string // of the user or role; "" if STS did not answer
}

// Identify returns the identity that requests of a are signed as. It calls STS and
// services that issue credentials, for up to timeout. With an error, the result has what
// is known: no Source means that there are no credentials.
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

// callerIdentity is GetCallerIdentity, which requires no permission.
func (l *Layers) callerIdentity(ctx context.Context) (*sts.GetCallerIdentityOutput, error) {
	client := sts.NewFromConfig(l.config, func(o *sts.Options) {
		o.HTTPClient, o.Retryer = awscall.WholeAnswers(l.http), patient(o.Retryer)
	})
	out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, explain(err, request{op: "determine", subject: "the account of the credentials", action: "sts:GetCallerIdentity", resource: "*", region: l.region})
	}
	return out, nil
}
