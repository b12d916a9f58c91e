package aws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/awscall"
	"github.com/lamella-build/lamella/internal/backoff"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/proxy"
	"github.com/lamella-build/lamella/store"
)

const (
	loginHint   = "log in with aws sso login, set AWS_PROFILE, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	clockHint   = "set this machine's clock, because AWS rejects requests whose time is more than a few minutes off"
	checkClock  = "check this machine's clock, because AWS rejects requests whose time is more than a few minutes off"
	networkHint = "check the network and the proxy (HTTPS_PROXY)"
)

// cause replaces the text of a long SDK error, which remains in the chain.
type cause struct {
	text string
	err  error
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.err }

// request describes a request to AWS, for messages.
type request struct {
	op       string // what it does to subject, such as "read" or "list the versions of"
	subject  string // such as "s3://bucket/key" or "layer web"
	action   string // IAM action, such as "s3:GetObject"
	resource string // ARN for a policy that permits the request
	region   string
	bucket   string // "" if the request does not involve a bucket
}

// task returns what the request does, such as "read s3://bucket/key".
func (r request) task() string { return r.op + " " + r.subject }

// diagnosis is the reason for a failed request, and what to do about it.
type diagnosis struct {
	message  string // one sentence; "" if only the service's own words explain it
	complete bool   // whether the service's own words add nothing
	hints    []string
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

// explainWrite is like explain, for a Put, which may be conditional.
func (o *Objects) explainWrite(err error, key string, body store.Body) error {
	switch code := errorCode(err); {
	case body.IfMatch != "" && (code == "PreconditionFailed" || code == "NoSuchKey"):
		return fmt.Errorf("%s %w", o.Location(key).URI, store.ErrChanged)
	case code == "PreconditionFailed":
		return fmt.Errorf("%s %w", o.Location(key).URI, store.ErrExist)
	}
	return o.explain(err, "write", "s3:PutObject", key)
}

// explain converts an SDK error to a fault.Error with hints. It only wraps the error of a
// context.
func explain(err error, r request) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("cannot %s: %w", r.task(), err)
	}
	if e, ok := errors.AsType[*awscall.IncompleteError](err); ok {
		err = &incomplete{e.Op, e.Why, err}
	}
	if errors.Is(err, store.ErrIncomplete) {
		return explainIncomplete(err, r)
	}
	d := r.diagnose(err)
	e := &fault.Error{Kind: fault.Destination, Subject: r.subject, Message: d.message, Hints: d.hints}
	if e.Message == "" {
		e.Message = "cannot " + r.task()
	}
	if d.complete {
		e.Sentinel = err
	} else {
		e.Err = &cause{serviceWords(err), err}
	}
	switch errorCode(err) {
	case "AccessDenied", "AccessDeniedException", "Forbidden":
		e.Sentinel = errors.Join(e.Sentinel, store.ErrDenied)
	}
	return e
}

// marked makes errors.Is find sentinel in an explained error.
func marked(err, sentinel error) error {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		e.Sentinel = errors.Join(e.Sentinel, sentinel)
		return err
	}
	return fmt.Errorf("%w: %w", sentinel, err)
}

// unconfirmed changes an explained error to say that the request may have been carried out.
// errors.Is then finds store.ErrUnknownOutcome in it.
func unconfirmed(explained, err error, task string) error {
	if e, ok := errors.AsType[*fault.Error](explained); ok {
		e.Message, e.Err = "AWS did not confirm the request to "+task, &cause{serviceWords(err), err}
	}
	return marked(explained, store.ErrUnknownOutcome)
}

// serviceWords returns the service's own code and message. If there was no complete
// response, it returns the error that prevented one.
func serviceWords(err error) string {
	if e, ok := errors.AsType[*incomplete](err); ok {
		return e.Error()
	}
	code, message := errorCode(err), errorMessage(err)
	switch {
	case code == "":
		return innermost(err).Error()
	case code == "UnknownError" && statusCode(err) != 0: // the response has no code
		return fmt.Sprintf("HTTP status %d", statusCode(err))
	case message == "":
		return code
	}
	return code + ": " + message
}

// accountProblems maps codes to problems with credentials or clocks.
var accountProblems = map[string]diagnosis{
	"ExpiredToken":                        {message: "the AWS credentials have expired", hints: []string{loginHint}},
	"ExpiredTokenException":               {message: "the AWS credentials have expired", hints: []string{loginHint}},
	"TokenRefreshRequired":                {message: "the AWS credentials have expired", hints: []string{loginHint}},
	"RequestExpired":                      {message: "the AWS credentials have expired", hints: []string{loginHint}},
	"InvalidAccessKeyId":                  {message: "the AWS credentials are invalid", hints: []string{loginHint}},
	"UnrecognizedClientException":         {message: "the AWS credentials are invalid", hints: []string{loginHint}},
	"InvalidClientTokenId":                {message: "the AWS credentials are invalid", hints: []string{loginHint}},
	"InvalidToken":                        {message: "the AWS credentials are invalid", hints: []string{loginHint}},
	"IncompleteSignature":                 {message: "the AWS credentials are invalid", hints: []string{loginHint}},
	"MissingAuthenticationTokenException": {message: "the AWS credentials are invalid", hints: []string{loginHint}},
	"RequestTimeTooSkewed":                {message: "this machine's clock is wrong", hints: []string{clockHint}},
	"RequestInTheFuture":                  {message: "this machine's clock is wrong", hints: []string{clockHint}},
}

func (r request) diagnose(err error) diagnosis {
	code, message := errorCode(err), errorMessage(err)
	if awscall.NoCredentials(err) {
		text, hints := awscall.ExplainCredentials(err)
		return diagnosis{text, true, hints}
	}
	if awscall.IsBusy(err) {
		return diagnosis{message: fmt.Sprintf("for %d seconds, AWS throttled every request to %s", backoff.Total/time.Second, r.task()),
			hints: []string{"try again in a few minutes", "or run fewer jobs at once, because they share the account's rate limit"}}
	}
	if d, ok := accountProblems[code]; ok {
		return d
	}
	switch code {
	case "":
		return r.diagnoseTransport(err)
	case "NoSuchBucket", "PermanentRedirect", "MovedPermanently", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "TemporaryRedirect", "BadRequest":
		return r.diagnoseBucket(code, err)
	case "AccessDenied", "AccessDeniedException", "Forbidden", "AllAccessDisabled":
		return r.denied(message)
	case "SignatureDoesNotMatch", "InvalidSignatureException":
		if strings.Contains(message, "expired") || strings.Contains(message, "not yet current") {
			return accountProblems["RequestTimeTooSkewed"]
		}
		return diagnosis{message: "AWS rejected the signature of the request", hints: []string{"check the secret access key", checkClock, "or " + loginHint}}
	case "KMSAccessDeniedException", "KMS.AccessDeniedException", "KMSDisabledException", "KMSNotFoundException", "KMSInvalidStateException":
		return keyRefused(code)
	case "KMS.NotFoundException", "KMS.DisabledException", "KMS.KMSInvalidStateException", "KMS.KMSInvalidKeyUsageException":
		return diagnosis{message: "the encryption key cannot be used", hints: []string{"choose an enabled key in this region: --kms-key KEY"}}
	case "CodeStorageExceededException":
		return diagnosis{message: "the account's code storage in " + r.region + " is full", hints: []string{
			"delete unused layer versions: aws lambda delete-layer-version --layer-name NAME --version-number N",
			"or, in Service Quotas, request a higher AWS Lambda quota for \"Function and layer storage\""}}
	case "NotImplemented":
		return diagnosis{message: "the S3 server lacks a feature that lamella needs", hints: []string{
			"use Amazon S3, or a server that supports conditional writes (If-None-Match, If-Match)"}}
	case "InvalidParameterValueException", "ValidationException":
		return r.refusedContent(message)
	case "PolicyLengthExceededException":
		return diagnosis{message: "the policy of the layer version is full", hints: []string{
			"share with an organization instead of many accounts: --share o-ORGANIZATION", "or remove principals: lamella share --sync --revoke"}}
	}
	return diagnosis{}
}

// diagnoseBucket explains errors about buckets that do not exist or are in another region.
func (r request) diagnoseBucket(code string, err error) diagnosis {
	if code == "NoSuchBucket" {
		return diagnosis{"bucket " + r.bucket + " does not exist", true, []string{
			"create it: aws s3 mb s3://" + r.bucket + " --region " + r.region, "or use another bucket: --to s3://BUCKET/PREFIX"}}
	}
	there := bucketRegion(err)
	if there == "" || there == r.region {
		return diagnosis{}
	}
	return otherRegion(r.bucket, there, r.region)
}

// otherRegion explains that a bucket is in a different region than the requests.
func otherRegion(bucket, there, here string) diagnosis {
	return diagnosis{fmt.Sprintf("bucket %s is in %s, not in %s", bucket, there, here), true, []string{
		"use the bucket's region: export AWS_REGION=" + there, "or use a bucket in " + here + ", because Lambda reads only buckets in its own region"}}
}

// diagnoseTransport explains why the service did not respond to a request.
func (r request) diagnoseTransport(err error) diagnosis {
	var (
		dns     *net.DNSError
		send    *smithyhttp.RequestSendError
		refusal *proxy.Refusal
	)
	switch {
	case errors.As(err, new(*awscall.LimitError)):
		return diagnosis{hints: append([]string{networkHint}, endpointHints()...)}
	case errors.As(err, new(*bound.Exceeded)):
		return diagnosis{hints: []string{"see what this object is (the only objects of this size that lamella writes are zips): aws s3 ls " + r.subject}}
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, bound.ErrSlow):
		return diagnosis{message: "the AWS endpoint stopped responding", hints: []string{"try again in a minute", networkHint}}
	case errors.As(err, &dns):
		return diagnosis{message: "cannot resolve the host name " + dns.Name, hints: append([]string{fmt.Sprintf("check the network, the proxy (HTTPS_PROXY), and the region (%s)", r.region)}, endpointHints()...)}
	case errors.As(err, &refusal):
		return diagnosis{message: "cannot reach the AWS endpoint", hints: refusal.Hints("https", "amazonaws.com")}
	case errors.As(err, &send):
		return diagnosis{message: "cannot reach the AWS endpoint", hints: append([]string{networkHint}, endpointHints()...)}
	}
	return diagnosis{}
}

// endpointHints returns hints that name the variables that redirect requests away from AWS's
// own endpoints.
func endpointHints() (hints []string) {
	for _, name := range []string{"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_SSM"} {
		if os.Getenv(name) != "" {
			hints = append(hints, "check "+name+", or remove it: unset "+name)
		}
	}
	return hints
}

// explainConfig is like explain, for errors in the SDK's configuration.
func explainConfig(err error) error {
	e := &fault.Error{Kind: fault.Destination, Message: "cannot read the AWS configuration", Err: err}
	if awscall.NoCredentials(err) {
		e.Message, e.Hints = awscall.ExplainCredentials(err)
		e.Err, e.Sentinel = nil, err
	}
	var profile config.SharedConfigProfileNotExistError
	if errors.As(err, &profile) {
		e.Message, e.Err, e.Sentinel = fmt.Sprintf("AWS profile %q does not exist", profile.Profile), nil, err
		e.Hints = []string{"list the profiles: aws configure list-profiles", "choose one: export AWS_PROFILE=NAME"}
	}
	return e
}
