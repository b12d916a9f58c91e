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

// noRevision is a revision that no function and no policy has.
const noRevision = "00000000-0000-0000-0000-000000000000"

// TryParameter sends a PutParameter that Systems Manager refuses after it has checked the
// permission: it must not overwrite, and the value does not match its own pattern. A server
// that makes the parameter all the same has it deleted.
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

// anything is an answer that has to say nothing.
type anything struct{}

func (*anything) lacks() string { return "" }

// ErrUntried is matched by the error of a permission that cannot be tried.
var ErrUntried = errors.New("it cannot be tried")

// TryKey sends a GenerateDataKey of KMS with DryRun, for the key that S3 is to encrypt o's
// objects with. The error matches [ErrUntried] if the answer does not say whether S3 may use
// the key on the caller's behalf: key policies often permit that alone.
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

// keyManagement is KMS as AWS JSON 1.1 reaches it.
var keyManagement = signedService{name: "KMS", id: "KMS", host: "kms", contentType: systemsManager.contentType, pause: 200 * time.Millisecond, failure: systemsManager.failure}

// untriedError says why a permission cannot be tried.
type untriedError struct{ why string }

func untried(why string) error { return &untriedError{why} }

func (e *untriedError) Error() string        { return e.why }
func (e *untriedError) Is(target error) bool { return target == ErrUntried }

// TryGrant sends an AddLayerVersionPermission, for the account itself, that Lambda refuses
// after it has checked the permission: the version does not exist, or its policy has another
// revision. A server that ignores the revision has the statement removed.
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

// TryDelete sends a DeleteLayerVersion for a version that does not exist, which is no error.
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

// TryUpdate sends an UpdateFunctionConfiguration with the layers that f has and a revision
// that it does not have, which Lambda refuses after it has checked the permission.
func (l *Layers) TryUpdate(ctx context.Context, f store.Function) error {
	f.Revision = noRevision
	err := l.SetLayers(ctx, f, f.LayerARNs())
	if errors.Is(err, store.ErrChanged) || errors.Is(err, store.ErrBusy) {
		return nil
	}
	return err
}

// explainListFunctions is explain for ListFunctions.
func (l *Layers) explainListFunctions(err error) error {
	return explain(err, request{op: "list the functions in", subject: l.region, action: "lambda:ListFunctions", resource: "*", region: l.region})
}
