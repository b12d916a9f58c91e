package aws

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/lamella-build/lamella/store"
)

// noRevision is a revision that no function or policy has.
const noRevision = "00000000-0000-0000-0000-000000000000"

// TryParameter sends a PutParameter request that Systems Manager rejects after checking the
// permission: the request must not overwrite, and the value does not match its own pattern.
// If a server creates the parameter anyway, TryParameter deletes it.
func (l *Layers) TryParameter(ctx context.Context, name string) error {
	in := map[string]any{"Name": name, "Value": "lamella doctor", "Type": "String", "Overwrite": false, "AllowedPattern": "^$"}
	err := l.askParameters(ctx, "PutParameter", in, new(parameterWritten))
	switch errorCode(err) {
	case "ParameterAlreadyExists", "ParameterPatternMismatchException", "InvalidAllowedPatternException":
		return nil
	}
	if err != nil {
		return l.explainParameter(err, "write", "ssm:PutParameter", name)
	}
	if err := l.askParameters(ctx, "DeleteParameter", map[string]any{"Name": name}, new(anything)); err != nil {
		return l.explainParameter(err, "delete", "ssm:DeleteParameter", name)
	}
	return nil
}

// anything is a response whose content does not matter.
type anything struct{}

func (*anything) lacks() string { return "" }

// ErrUntried is matched by the error for a permission that cannot be tried.
var ErrUntried = errors.New("it cannot be tried")

// TryKey sends a GenerateDataKey request to KMS with DryRun, for the key with which S3
// encrypts o's objects. The error matches [ErrUntried] if the response does not say whether
// S3 may use the key on the caller's behalf: key policies often permit only that.
func (l *Layers) TryKey(ctx context.Context, o *Objects) error {
	if o.kmsKey == "" {
		return untried("the key aws/s3 can be used through S3 only")
	}
	body, err := json.Marshal(map[string]any{"KeyId": o.kmsKey, "KeySpec": "AES_256", "DryRun": true})
	if err != nil {
		return err
	}
	err = l.ask(ctx, keyManagement, map[string]string{"X-Amz-Target": "TrentService.GenerateDataKey"}, body, func([]byte) error { return nil })
	switch code := errorCode(err); {
	case err == nil || code == "DryRunOperationException":
		return nil
	case code == "AccessDeniedException":
		return untried("KMS denies a direct request; the key policy may permit requests through S3")
	case code == "" || strings.HasPrefix(code, "status "):
		return untried("KMS does not answer here")
	}
	return explain(err, request{op: "use", subject: "KMS key " + o.kmsKey, action: "kms:GenerateDataKey", resource: o.kmsKey, region: l.region})
}

// Encrypts reports whether the objects are written with a KMS key.
func (o *Objects) Encrypts() bool {
	sse, _ := o.encryption()
	return sse == "aws:kms"
}

// keyManagement describes KMS, accessed through AWS JSON 1.1.
var keyManagement = signedService{name: "KMS", id: "KMS", host: "kms", contentType: systemsManager.contentType, pause: 200 * time.Millisecond, failure: systemsManager.failure}

// untriedError says why a permission cannot be tried.
type untriedError struct{ why string }

func untried(why string) error { return &untriedError{why} }

func (e *untriedError) Error() string        { return e.why }
func (e *untriedError) Is(target error) bool { return target == ErrUntried }

// TryGrant sends an AddLayerVersionPermission request, for the account itself, that Lambda
// rejects after checking the permission: the version does not exist, or its policy has
// another revision. If a server ignores the revision, TryGrant removes the statement.
func (l *Layers) TryGrant(ctx context.Context, name string, version int64, account string) error {
	const statement = "lamella-doctor"
	_, err := l.client().AddLayerVersionPermission(ctx, &lambda.AddLayerVersionPermissionInput{
		LayerName: str(name), VersionNumber: awssdk.Int64(version), StatementId: str(statement), Action: str(useLayer), Principal: str(account), RevisionId: str(noRevision)})
	switch errorCode(err) {
	case notFound, "PreconditionFailedException", "PreconditionFailed", "ResourceConflictException":
		return nil
	}
	if err != nil {
		return l.explain(err, "share a version of", "lambda:AddLayerVersionPermission", name)
	}
	return l.Revoke(ctx, name, version, statement)
}

// TryDelete sends a DeleteLayerVersion request for a version that does not exist, which is
// not an error.
func (l *Layers) TryDelete(ctx context.Context, name string) error {
	_, err := l.client().DeleteLayerVersion(ctx, &lambda.DeleteLayerVersionInput{LayerName: str(name), VersionNumber: awssdk.Int64(math.MaxInt32)})
	if err == nil || errorCode(err) == notFound {
		return nil
	}
	return l.explain(err, "delete a version of", "lambda:DeleteLayerVersion", name)
}

// SomeFunctions returns the functions of the first page of ListFunctions.
func (l *Layers) SomeFunctions(ctx context.Context) ([]store.Function, error) {
	out, err := l.client().ListFunctions(ctx, &lambda.ListFunctionsInput{})
	if err != nil {
		return nil, l.explainListFunctions(err)
	}
	return configurations(out.Functions), nil
}

// TryUpdate sends an UpdateFunctionConfiguration request with f's own layers and a revision
// that f does not have. Lambda rejects the request after checking the permission.
func (l *Layers) TryUpdate(ctx context.Context, f store.Function) error {
	f.Revision = noRevision
	err := l.SetLayers(ctx, f, f.LayerARNs())
	if errors.Is(err, store.ErrChanged) || errors.Is(err, store.ErrBusy) {
		return nil
	}
	return err
}

// explainListFunctions is like explain, for ListFunctions.
func (l *Layers) explainListFunctions(err error) error {
	return explain(err, request{op: "list the functions in", subject: l.region, action: "lambda:ListFunctions", resource: "*", region: l.region})
}
