package aws

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/awscall"
	"github.com/lamella-build/lamella/store"
)

// LayerARN implements store.Named with GetCallerIdentity, which requires no permission.
func (l *Layers) LayerARN(ctx context.Context, name string) (string, error) {
	client := sts.NewFromConfig(l.config, func(o *sts.Options) {
		o.HTTPClient, o.Retryer = awscall.WholeAnswers(l.http), patient(o.Retryer)
	})
	r := request{op: "determine", subject: "the account of the credentials", action: "sts:GetCallerIdentity", resource: "*", region: l.region}
	out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", explain(err, r)
	}
	arn := "arn:" + partition(l.region) + ":lambda:" + l.region + ":" + awssdk.ToString(out.Account) + ":layer:" + name
	if _, ok := store.ParseARN(arn); !ok {
		return "", &fault.Error{Kind: fault.Destination, Message: "the answer of AWS STS has no account", Hints: []string{"check your AWS identity: aws sts get-caller-identity"}}
	}
	return arn, nil
}

var _ store.Named = (*Layers)(nil)
