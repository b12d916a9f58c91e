package aws

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/lamella-build/lamella/internal/awscall"
	"github.com/lamella-build/lamella/store"
)

// AllFunctions implements store.FunctionReader with ListFunctions.
func (l *Layers) AllFunctions(ctx context.Context, versions bool) ([]store.Function, error) {
	in := lambda.ListFunctionsInput{}
	if versions {
		in.FunctionVersion = types.FunctionVersionAll
	}
	listed, err := list("ListFunctions", functionID, func(marker *string) ([]types.FunctionConfiguration, *string, error) {
		page := in
		page.Marker = marker
		out, err := l.client().ListFunctions(ctx, &page)
		if err != nil {
			return nil, nil, err
		}
		return out.Functions, out.NextMarker, nil
	})
	if err != nil {
		return nil, l.explainListFunctions(err)
	}
	return configurations(listed), nil
}

// FunctionVersions implements store.FunctionReader with ListVersionsByFunction.
func (l *Layers) FunctionVersions(ctx context.Context, name string) ([]store.Function, error) {
	listed, err := list("ListVersionsByFunction", functionID, func(marker *string) ([]types.FunctionConfiguration, *string, error) {
		out, err := l.client().ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: str(name), Marker: marker})
		if err != nil {
			return nil, nil, err
		}
		return out.Versions, out.NextMarker, nil
	})
	if err != nil {
		return nil, l.explainFunction(err, "list the versions of", "lambda:ListVersionsByFunction", name)
	}
	return configurations(listed), nil
}

// Function implements store.FunctionReader with GetFunction, which also returns the tags and
// has its own rate limit. The response also contains a presigned URL of the code, which is a
// secret and is not used.
func (l *Layers) Function(ctx context.Context, name, version string) (store.Function, error) {
	out, err := l.client().GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: str(name), Qualifier: optional(version)})
	if err != nil {
		return store.Function{}, l.explainFunction(err, "read", "lambda:GetFunction", name)
	}
	f := configuration(*out.Configuration)
	f.Tags = out.Tags
	return f, nil
}

// SetLayers implements store.FunctionWriter with UpdateFunctionConfiguration. It sends only
// the layers and the revision, so nothing else changes.
func (l *Layers) SetLayers(ctx context.Context, f store.Function, layers []string) error {
	if layers == nil {
		layers = []string{} // nil would leave the layers unchanged
	}
	_, err := l.client().UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
		FunctionName: str(f.Name), Layers: layers, RevisionId: str(f.Revision)}, once)
	return l.explainFunctionWrite(err, "update", "lambda:UpdateFunctionConfiguration", f.Name)
}

// PublishVersion implements store.FunctionWriter with PublishVersion.
func (l *Layers) PublishVersion(ctx context.Context, f store.Function, description string) (string, error) {
	out, err := l.client().PublishVersion(ctx, &lambda.PublishVersionInput{
		FunctionName: str(f.Name), CodeSha256: optional(f.CodeSHA256), RevisionId: str(f.Revision), Description: optional(description)}, once)
	if err != nil {
		return "", l.explainFunctionWrite(err, "publish a version of", "lambda:PublishVersion", f.Name)
	}
	return awssdk.ToString(out.Version), nil
}

// Alias implements store.FunctionReader with GetAlias.
func (l *Layers) Alias(ctx context.Context, function, alias string) (store.Alias, error) {
	out, err := l.client().GetAlias(ctx, &lambda.GetAliasInput{FunctionName: str(function), Name: str(alias)})
	if err != nil {
		return store.Alias{}, l.explainFunction(err, "read alias "+alias+" of", "lambda:GetAlias", function)
	}
	a := store.Alias{Name: awssdk.ToString(out.Name), Version: awssdk.ToString(out.FunctionVersion), Revision: awssdk.ToString(out.RevisionId)}
	if out.RoutingConfig != nil && len(out.RoutingConfig.AdditionalVersionWeights) > 0 {
		a.Weights = out.RoutingConfig.AdditionalVersionWeights
	}
	return a, nil
}

// SetAlias implements store.FunctionWriter with UpdateAlias. It always sends the weights,
// because omitting them would leave the current ones.
func (l *Layers) SetAlias(ctx context.Context, function string, a store.Alias) error {
	weights := a.Weights
	if weights == nil {
		weights = map[string]float64{}
	}
	_, err := l.client().UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: str(function), Name: str(a.Name), FunctionVersion: str(a.Version),
		RevisionId: str(a.Revision), RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: weights}}, once)
	return l.explainFunctionWrite(err, "move alias "+a.Name+" of", "lambda:UpdateAlias", function)
}

// once disables the SDK's retries. They would fail, because the first attempt may have
// changed the revision.
func once(o *lambda.Options) { o.Retryer = awssdk.NopRetryer{} }

// explainFunction is like explain, for a request about a function.
func (l *Layers) explainFunction(err error, op, action, name string) error {
	if errorCode(err) == notFound {
		return fmt.Errorf("function %s in %s %w", name, l.region, store.ErrNotExist)
	}
	resource := "arn:" + partition(l.region) + ":lambda:" + l.region + ":*:function:" + name
	return explain(err, request{op: op, subject: "function " + name, action: action, resource: resource, region: l.region})
}

// explainFunctionWrite is like explainFunction, but returns the errors that store.FunctionWriter
// promises.
func (l *Layers) explainFunctionWrite(err error, op, action, name string) error {
	if err == nil {
		return nil
	}
	explained := l.explainFunction(err, op, action, name)
	switch code := errorCode(err); {
	case code == "PreconditionFailedException" || code == "PreconditionFailed":
		return marked(explained, store.ErrChanged)
	case code == "ResourceConflictException" || awscall.IsBusy(err):
		return marked(explained, store.ErrBusy)
	case !isIncomplete(err) && unknownOutcome(err):
		return unconfirmed(explained, err, op+" function "+name)
	}
	return explained
}

func functionID(f types.FunctionConfiguration) string {
	return awssdk.ToString(f.FunctionName) + ":" + awssdk.ToString(f.Version)
}

func configurations(listed []types.FunctionConfiguration) []store.Function {
	var all []store.Function
	for _, c := range listed {
		all = append(all, configuration(c))
	}
	return all
}

func configuration(c types.FunctionConfiguration) store.Function {
	f := store.Function{
		Name: awssdk.ToString(c.FunctionName), Version: awssdk.ToString(c.Version), Runtime: string(c.Runtime), Architecture: "x86_64",
		Image: c.PackageType == types.PackageTypeImage, Timeout: time.Duration(awssdk.ToInt32(c.Timeout)) * time.Second,
		CodeSHA256: awssdk.ToString(c.CodeSha256), CodeSize: c.CodeSize, Revision: awssdk.ToString(c.RevisionId),
		State: string(c.State), StateReason: awssdk.ToString(c.StateReason),
		UpdateStatus: string(c.LastUpdateStatus), UpdateReason: awssdk.ToString(c.LastUpdateStatusReason),
		SnapStart: c.SnapStart != nil && c.SnapStart.ApplyOn == types.SnapStartApplyOnPublishedVersions, Durable: c.DurableConfig != nil,
		Settings: settings(c),
	}
	for _, a := range c.Architectures {
		f.Architecture = string(a)
	}
	for _, has := range c.Layers {
		f.Layers = append(f.Layers, store.FunctionLayer{ARN: awssdk.ToString(has.Arn), Size: has.CodeSize})
	}
	return f
}

// notSettings are the fields of a configuration that store.Function holds elsewhere, that
// differ between $LATEST and a version published from it, or that change by themselves.
var notSettings = []string{
	"Layers", "Version", "FunctionArn", "FunctionName", "MasterArn", "Description", "CodeSha256", "CodeSize", "ConfigSha256", "LastModified", "RevisionId",
	"State", "StateReason", "StateReasonCode", "LastUpdateStatus", "LastUpdateStatusReason", "LastUpdateStatusReasonCode", "RuntimeVersionConfig",
}

// settings returns the digests of all other fields, keyed by name. Empty fields count as
// absent.
func settings(c types.FunctionConfiguration) map[string]string {
	if c.SnapStart != nil {
		c.SnapStart = &types.SnapStartResponse{ApplyOn: c.SnapStart.ApplyOn} // the other fields describe the status of one version
	}
	data, err := json.Marshal(c)
	fields := map[string]any{}
	if err == nil {
		err = json.Unmarshal(data, &fields)
	}
	if err != nil {
		return map[string]string{"configuration": err.Error()}
	}
	for _, name := range notSettings {
		delete(fields, name)
	}
	digests := map[string]string{}
	for name, value := range fields {
		if value = filled(value); value != nil {
			text, _ := json.Marshal(value) // cannot fail, because value was decoded from JSON
			sum := sha256.Sum256(text)
			digests[name] = hex.EncodeToString(sum[:])
		}
	}
	return digests
}

// filled returns v without its empty parts, or nil if nothing is left.
func filled(v any) any {
	switch v := v.(type) {
	case map[string]any:
		some := map[string]any{}
		for name, value := range v {
			if value = filled(value); value != nil {
				some[name] = value
			}
		}
		if len(some) > 0 {
			return some
		}
		return nil
	case []any:
		if len(v) > 0 {
			return v
		}
		return nil
	case string:
		if strings.TrimSpace(v) == "" {
			return nil
		}
	}
	return v
}

var _ store.FunctionEditor = (*Layers)(nil)
