package aws

import (
	"context"
	"errors"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/awscall"
	"github.com/lamella-build/lamella/store"
)

// LayerARN implements store.Named with GetCallerIdentity, which needs no right.
func (l *Layers) LayerARN(ctx context.Context, name string) (string, error) {
	client := sts.NewFromConfig(l.config, func(o *sts.Options) {
		o.HTTPClient, o.Retryer = awscall.WholeAnswers(l.http), patient(o.Retryer)
	})
	r := request{op: "find out", subject: "the account of the credentials", action: "sts:GetCallerIdentity", resource: "*", region: l.region}
	out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", explain(err, r)
	}
	arn := "arn:" + partition(l.region) + ":lambda:" + l.region + ":" + awssdk.ToString(out.Account) + ":layer:" + name
	if _, ok := store.ParseARN(arn); !ok {
		return "", &fault.Error{Kind: fault.Destination, Op: r.op, Subject: r.subject, Err: errNoAccount, Hints: []string{"ask yourself: aws sts get-caller-identity"}}
	}
	return arn, nil
}

var errNoAccount = errors.New("the answer of STS names no account")

var _ store.Named = (*Layers)(nil)
