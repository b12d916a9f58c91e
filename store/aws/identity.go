package aws

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"github.com/lamella-build/lamella/fault"
)

// Identity is the credentials and the region that requests would be signed with.
type Identity struct {
	Region string // "" if none is set
	Source string // of the credentials, by the SDK's name: "EnvConfigCredentials", …
}

// Identify returns the identity by the SDK's configuration chain. It calls only services
// that issue credentials, for up to five seconds.
func Identify(ctx context.Context) (Identity, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithLogger(logging.Nop{}))
	if err != nil {
		return Identity{}, explainConfig(err)
	}
	limited, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	who, err := cfg.Credentials.Retrieve(limited)
	if err != nil {
		return Identity{Region: cfg.Region}, &fault.Error{Kind: fault.Destination, Message: "no AWS credentials found", Sentinel: err,
			Hints: []string{"aws sso login, or: aws configure", "export AWS_PROFILE=NAME", "without AWS: --to DIR"}}
	}
	return Identity{Region: cfg.Region, Source: who.Source}, nil
}
