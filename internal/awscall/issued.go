package awscall

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go/middleware"
)

// IncompleteError is the error for a response that should contain credentials but does not.
// The SDK would sign requests with what is there, or panic.
type IncompleteError struct {
	Op  string // such as "AssumeRole"
	Why string // such as "it has no AccessKeyId"
}

func (e *IncompleteError) Error() string {
	return "AWS's response to " + e.Op + " is incomplete (" + e.Why + ")"
}

// Issued makes an SDK client reject responses of services that issue credentials, with an
// *IncompleteError, if the credentials are incomplete.
func Issued(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("lamellaIssued", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if err == nil {
			if why := lacksCredentials(out.Result); why != "" {
				err = &IncompleteError{awsmiddleware.GetOperationName(ctx), why}
			}
		}
		return out, metadata, err
	}), middleware.Before)
}

// lacksCredentials returns what is missing in a response that issues credentials, or "".
func lacksCredentials(answer any) (why string) {
	switch out := answer.(type) {
	case *sts.AssumeRoleOutput:
		return lacksKeys(out.Credentials)
	case *sts.AssumeRoleWithWebIdentityOutput:
		return lacksKeys(out.Credentials)
	case *sts.GetSessionTokenOutput:
		return lacksKeys(out.Credentials)
	case *sso.GetRoleCredentialsOutput:
		if c := out.RoleCredentials; c != nil {
			return lacksKeys(&ststypes.Credentials{AccessKeyId: c.AccessKeyId, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken})
		}
		return lacksKeys(nil)
	}
	return ""
}

func lacksKeys(c *ststypes.Credentials) (why string) {
	if c == nil {
		return "it has no credentials"
	}
	lacks := func(field string, value *string) string {
		if aws.ToString(value) == "" {
			return "it has no " + field
		}
		return ""
	}
	return cmp.Or(lacks("AccessKeyId", c.AccessKeyId), lacks("SecretAccessKey", c.SecretAccessKey), lacks("SessionToken", c.SessionToken))
}
