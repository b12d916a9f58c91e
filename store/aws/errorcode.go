package aws

import (
	"errors"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/awscall"
)

// errorCode returns the service's code for an error, or "" if there was no response. The
// response to a HEAD request has no body, so its code is derived from the status.
func errorCode(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return ""
	}
	if code := api.ErrorCode(); code != "" && code != "UnknownError" {
		return code
	}
	switch statusCode(err) {
	case 301:
		return "PermanentRedirect"
	case 403:
		return "Forbidden"
	case 404:
		return "NotFound"
	case 412:
		return "PreconditionFailed"
	}
	return api.ErrorCode()
}

// errorMessage returns the service's message for an error, or "" if there is none.
func errorMessage(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorMessage() == "UnknownError" || api.ErrorMessage() == api.ErrorCode() { // the SDK's placeholders
		return ""
	}
	return api.ErrorMessage()
}

// statusCode returns the HTTP status of the response, or 0 if there was no response.
func statusCode(err error) int {
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

// BucketRegion returns the region of a bucket if a request failed because the bucket is in
// another region, and "" otherwise.
func BucketRegion(err error) string {
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Sentinel != nil {
		err = e.Sentinel
	}
	switch errorCode(err) {
	case "PermanentRedirect", "MovedPermanently", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
		return bucketRegion(err)
	}
	return ""
}

// bucketRegion returns the region of a bucket if err says that it is in another region, and
// "" otherwise.
func bucketRegion(err error) string {
	var response *awshttp.ResponseError
	if errors.As(err, &response) && response.Response != nil {
		if region := response.Response.Header.Get("X-Amz-Bucket-Region"); region != "" {
			return region
		}
	}
	return regionIn(errorMessage(err))
}

// regionIn finds the region in the messages of S3 ("… expecting 'eu-west-1'") and Lambda
// ("The bucket is in this region: eu-west-1.").
func regionIn(message string) string {
	for _, lead := range []string{"expecting '", "in this region: "} {
		if _, rest, ok := strings.Cut(message, lead); ok {
			end := strings.IndexFunc(rest, func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') })
			if end < 0 {
				end = len(rest)
			}
			return rest[:end]
		}
	}
	return ""
}

func innermost(err error) error { return awscall.Innermost(err) }

// partition returns the partition of a region, as in ARNs.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}
