package aws

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"github.com/lamella-build/lamella/fault"
)

// Identity tells with which credentials, and for which region, requests would be
// signed.
type Identity struct {
	Region string // "" if none is set
	Source string // where the SDK has the credentials from: "EnvConfigCredentials", …
}

// Identify returns what the SDK's chain leads to. No service is asked but those
// that hand out credentials, for a few seconds at most.
func Identify(ctx context.Context) (Identity, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithLogger(logging.Nop{}))
	if err != nil {
		return Identity{}, explainConfig(err)
	}
	limited, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	who, err := cfg.Credentials.Retrieve(limited)
	if err != nil {
		return Identity{Region: cfg.Region}, &fault.Error{Kind: fault.Destination, Op: "find", Subject: "AWS credentials", Err: errors.New("the SDK finds none"),
			Hints: []string{"aws sso login, or: aws configure", "export AWS_PROFILE=NAME", "without AWS: --to DIR"}}
	}
	return Identity{Region: cfg.Region, Source: who.Source}, nil
}
