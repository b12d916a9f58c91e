package aws

import (
	"errors"
	"io"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

// readAttempts is how often a small object is asked for when its body breaks off.
const readAttempts = 3

// repeatTruncated makes a retryer repeat requests whose answer broke off, which
// the SDK takes for good. It is for requests that may be repeated: all but
// PublishLayerVersion.
func repeatTruncated(r awssdk.Retryer) awssdk.Retryer {
	v2, ok := r.(awssdk.RetryerV2)
	if !ok {
		return r
	}
	return truncationRetryer{v2}
}

type truncationRetryer struct{ awssdk.RetryerV2 }

func (r truncationRetryer) IsErrorRetryable(err error) bool {
	var decode *smithy.DeserializationError
	return r.RetryerV2.IsErrorRetryable(err) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &decode)
}
