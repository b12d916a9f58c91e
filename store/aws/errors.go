package aws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/awscall"
	"github.com/lamella-build/lamella/internal/backoff"
	"github.com/lamella-build/lamella/store"
)

const (
	loginHint = "log in: aws sso login, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	clockHint = "set this machine's clock: AWS refuses requests that are more than a few minutes off"
)

// cause is a short text for a long error of the SDK, which stays in the chain.
type cause struct {
	text string
	err  error
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.err }

// request is what was asked of AWS, for messages.
type request struct {
	op       string // a verb: "read"
	subject  string // "s3://bucket/key"
	action   string // of IAM: "s3:GetObject"
	resource string // ARN
	region   string
	bucket   string // "" if none is involved
}

func (o *Objects) explain(err error, op, action, key string) error {
	r := request{op: op, subject: o.Location(key).URI, action: action, region: o.region, bucket: o.prefix.Bucket,
		resource: "arn:" + partition(o.region) + ":s3:::" + o.prefix.Bucket + "/" + o.prefix.Key(key)}
	switch code := errorCode(err); {
	case code == "NoSuchKey" || code == "NotFound":
		return fmt.Errorf("%s %w", r.subject, store.ErrNotExist)
	}
	return explain(err, r)
}

// explainWrite is explain for a Put, which may have had a condition.
func (o *Objects) explainWrite(err error, key string, body store.Body) error {
	switch code := errorCode(err); {
	case body.IfMatch != "" && (code == "PreconditionFailed" || code == "NoSuchKey"):
		return fmt.Errorf("%s %w", o.Location(key).URI, store.ErrChanged)
	case code == "PreconditionFailed":
		return fmt.Errorf("%s %w", o.Location(key).URI, store.ErrExist)
	}
	return o.explain(err, "write", "s3:PutObject", key)
}

// explain turns an error of the SDK into one that says what to do. Cancellation
// stays what it is.
func explain(err error, r request) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s %s: %w", r.op, r.subject, err)
	}
	if errors.Is(err, store.ErrIncomplete) {
		return explainIncomplete(err, r)
	}
	text, hints := r.diagnose(err)
	switch errorCode(err) {
	case "AccessDenied", "AccessDeniedException", "Forbidden":
		err = errors.Join(store.ErrDenied, err)
	}
	return &fault.Error{Kind: fault.Destination, Op: r.op, Subject: r.subject, Err: &cause{text, err}, Hints: hints}
}

func (r request) diagnose(err error) (text string, hints []string) {
	code, message := errorCode(err), errorMessage(err)
	said := code
	if message != "" {
		said = code + ": " + message
	}
	if awscall.NoCredentials(err) {
		return awscall.ExplainCredentials(err)
	}
	if awscall.IsBusy(err) {
		return fmt.Sprintf("AWS asks to slow down, and did so for %d seconds (%s)", backoff.Total/time.Second, said), []string{
			"try again in a few minutes", "jobs that run side by side share the account's rates: run fewer at once"}
	}
	switch code {
	case "NoSuchBucket":
		return "there is no bucket " + r.bucket, []string{
			"create it: aws s3 mb s3://" + r.bucket + " --region " + r.region, "or name another one: --home s3://BUCKET/PREFIX"}
	case "AccessDenied", "AccessDeniedException", "Forbidden", "AllAccessDisabled":
		return r.denied(said, message)
	case "PermanentRedirect", "MovedPermanently", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "TemporaryRedirect", "BadRequest":
		if there := bucketRegion(err); there != "" && there != r.region {
			return fmt.Sprintf("the bucket %s is in %s, not in %s", r.bucket, there, r.region), []string{
				"use its region: export AWS_REGION=" + there, "or a bucket in " + r.region + ": a layer and its bucket live in one region"}
		}
	case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired":
		return "the credentials have expired (" + code + ")", []string{loginHint}
	case "InvalidAccessKeyId", "UnrecognizedClientException", "InvalidClientTokenId", "InvalidToken", "IncompleteSignature", "MissingAuthenticationTokenException":
		return "the credentials are not valid (" + said + ")", []string{loginHint}
	case "RequestTimeTooSkewed", "RequestInTheFuture":
		return "this machine's clock is wrong (" + said + ")", []string{clockHint}
	case "SignatureDoesNotMatch", "InvalidSignatureException":
		if strings.Contains(message, "expired") || strings.Contains(message, "not yet current") {
			return "this machine's clock is wrong (" + said + ")", []string{clockHint}
		}
		return "the signature was refused (" + said + ")", []string{"check the secret key, then the clock: " + clockHint, loginHint}
	case "KMSAccessDeniedException", "KMS.AccessDeniedException", "KMSDisabledException", "KMSNotFoundException", "KMSInvalidStateException":
		return r.keyRefused(code, said)
	case "KMS.NotFoundException", "KMS.DisabledException", "KMS.KMSInvalidStateException", "KMS.KMSInvalidKeyUsageException":
		return "the key for encryption cannot be used (" + said + ")", []string{"name one of this region that is enabled: --kms-key KEY"}
	case "CodeStorageExceededException":
		return "the account's code storage in " + r.region + " is full (" + said + ")", []string{
			"delete layer versions nobody uses: aws lambda delete-layer-version --layer-name NAME --version-number N",
			"or ask for more: Service Quotas, AWS Lambda, \"Function and layer storage\""}
	case "NotImplemented":
		return "this store does not support what was asked of it (" + said + ")", []string{
			"lamella needs conditional writes (If-None-Match, If-Match): use Amazon S3, or another server that has them"}
	case "InvalidParameterValueException", "ValidationException":
		if text, hints := r.refusedContent(said, message); text != "" {
			return text, hints
		}
	case "PolicyLengthExceededException":
		return "the policy of the layer version is full (" + said + ")", []string{
			"share with an organization instead of many accounts: --share o-ORGANIZATION", "or take back what is no longer needed: lamella share --revoke"}
	case "":
		return r.diagnoseTransport(err)
	}
	return said, nil
}

// diagnoseTransport is for errors that are not an answer of the service.
func (r request) diagnoseTransport(err error) (text string, hints []string) {
	var (
		dns  *net.DNSError
		send *smithyhttp.RequestSendError
	)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "the endpoint fell silent, several times", []string{"try again in a minute; check the network and the proxy (HTTPS_PROXY)"}
	case awscall.NoCredentials(err):
		return awscall.ExplainCredentials(err)
	case errors.As(err, &dns):
		hints = []string{fmt.Sprintf("check the network, the proxy (HTTPS_PROXY) and the region's name: it is %q", r.region)}
		return "the endpoint's name " + dns.Name + " cannot be resolved", append(hints, endpointHints()...)
	case errors.As(err, &send):
		return "the endpoint cannot be reached (" + innermost(err).Error() + ")", append([]string{"check the network and the proxy (HTTPS_PROXY)"}, endpointHints()...)
	}
	return innermost(err).Error(), nil
}

// endpointHints names the variables that lead away from AWS's own endpoints.
func endpointHints() (hints []string) {
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_SSM"} {
		if os.Getenv(name) != "" {
			hints = append(hints, name+" is set: check it, or unset it")
		}
	}
	return hints
}

func explainConfig(err error) error {
	e := &fault.Error{Kind: fault.Destination, Op: "read", Subject: "the AWS configuration", Err: err}
	if awscall.NoCredentials(err) {
		text, hints := awscall.ExplainCredentials(err)
		e.Err, e.Hints = &cause{text, err}, hints
		return e
	}
	var profile config.SharedConfigProfileNotExistError
	if errors.As(err, &profile) {
		e.Err = &cause{fmt.Sprintf("there is no profile %q", profile.Profile), err}
		e.Hints = []string{"list the profiles: aws configure list-profiles", "then choose one: export AWS_PROFILE=NAME"}
	}
	return e
}

// errorCode returns the service's code for an error, "" if it is no answer. A
// HEAD has no body, so the SDK names the status instead.
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

func errorMessage(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorMessage()
	}
	return ""
}

// statusCode returns the HTTP status of the answer behind err, 0 if there was none.
func statusCode(err error) int {
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

// bucketRegion is what S3 says about where a bucket is.
func bucketRegion(err error) string {
	var response *awshttp.ResponseError
	if errors.As(err, &response) && response.Response != nil {
		if region := response.Response.Header.Get("X-Amz-Bucket-Region"); region != "" {
			return region
		}
	}
	return regionIn(errorMessage(err))
}

// regionIn finds the region in "… expecting 'eu-west-1'" and "The bucket is in
// this region: eu-west-1.", which is how S3 and Lambda word it.
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

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}
