package aws

import (
	"errors"
	"io"
	"net/http"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/lamella-build/lamella/internal/awscall"
	"github.com/lamella-build/lamella/store"
)

// readAttempts is the number of times that a small object is requested if its body is cut
// off.
const readAttempts = 3

// patient returns a retryer that also repeats requests whose response was cut off or is
// incomplete, which the SDK does not do. It leaves busy services to awscall.Patience, which
// waits longer. It is only for requests that can be repeated: all except
// PublishLayerVersion.
func patient(r awssdk.Retryer) awssdk.Retryer {
	v2, ok := r.(awssdk.RetryerV2)
	if !ok {
		return r
	}
	return patientRetryer{v2}
}

type patientRetryer struct{ awssdk.RetryerV2 }

func (r patientRetryer) IsErrorRetryable(err error) bool {
	var decode *smithy.DeserializationError
	if awscall.IsBusy(err) || errors.As(err, new(*awscall.LimitError)) || statusCode(err) == http.StatusProxyAuthRequired {
		return false
	}
	return r.RetryerV2.IsErrorRetryable(err) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &decode) ||
		errors.Is(err, store.ErrIncomplete)
}
