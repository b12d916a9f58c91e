package aws

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// LayerARN implements store.Named with GetCallerIdentity, which requires no permission.
func (l *Layers) LayerARN(ctx context.Context, name string) (string, error) {
	out, err := l.callerIdentity(ctx)
	if err != nil {
		return "", err
	}
	arn := "arn:" + partition(l.region) + ":lambda:" + l.region + ":" + awssdk.ToString(out.Account) + ":layer:" + name
	if _, ok := store.ParseARN(arn); !ok {
		return "", &fault.Error{Kind: fault.Destination, Message: "the response of AWS STS has no account", Hints: []string{"check your AWS identity: aws sts get-caller-identity"}}
	}
	return arn, nil
}

var _ store.Named = (*Layers)(nil)
