package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/awscall"
	"github.com/lamella-build/lamella/internal/proxy"
	"github.com/lamella-build/lamella/store"
)

// Layers implements store.Layers for one region of an account.
type Layers struct {
	region string
	config awssdk.Config
	http   awssdk.HTTPClient // for services called without an SDK client
	client func() *lambda.Client

	patience *awscall.Patience
}

// notFound is Lambda's error code for a 404.
const notFound = "ResourceNotFoundException"

// Versions implements store.Layers with ListLayerVersions, which does not document its
// order.
func (l *Layers) Versions(ctx context.Context, name string) ([]store.LayerVersion, error) {
	items, err := list("ListLayerVersions", func(v types.LayerVersionsListItem) string { return awssdk.ToString(v.LayerVersionArn) },
		func(marker *string) ([]types.LayerVersionsListItem, *string, error) {
			out, err := l.client().ListLayerVersions(ctx, &lambda.ListLayerVersionsInput{LayerName: str(name), Marker: marker})
			if errorCode(err) == notFound && marker == nil {
				return nil, nil, nil
			}
			if err != nil {
				return nil, nil, err
			}
			return out.LayerVersions, out.NextMarker, nil
		})
	if err != nil {
		return nil, l.explain(err, "list the versions of", "lambda:ListLayerVersions", name)
	}
	var versions []store.LayerVersion
	for _, v := range items {
		versions = append(versions, store.LayerVersion{
			ARN:           awssdk.ToString(v.LayerVersionArn),
			Version:       v.Version,
			Description:   awssdk.ToString(v.Description),
			License:       awssdk.ToString(v.LicenseInfo),
			Created:       parseTime(v.CreatedDate),
			Runtimes:      plain(v.CompatibleRuntimes),
			Architectures: plain(v.CompatibleArchitectures),
		})
	}
	slices.SortFunc(versions, func(a, b store.LayerVersion) int { return cmp.Compare(b.Version, a.Version) })
	return versions, nil
}

// LayerNames implements store.Lister with ListLayers.
func (l *Layers) LayerNames(ctx context.Context) ([]string, error) {
	items, err := list("ListLayers", func(i types.LayersListItem) string { return awssdk.ToString(i.LayerArn) },
		func(marker *string) ([]types.LayersListItem, *string, error) {
			out, err := l.client().ListLayers(ctx, &lambda.ListLayersInput{Marker: marker})
			if err != nil {
				return nil, nil, err
			}
			return out.Layers, out.NextMarker, nil
		})
	if err != nil {
		return nil, explain(err, request{op: "list the layers in", subject: l.region, action: "lambda:ListLayers", resource: "*", region: l.region})
	}
	var names []string
	for _, i := range items {
		names = append(names, awssdk.ToString(i.LayerName))
	}
	slices.Sort(names)
	return names, nil
}

// Version implements store.Layers with GetLayerVersion.
func (l *Layers) Version(ctx context.Context, name string, version int64) (store.LayerVersion, error) {
	out, err := l.client().GetLayerVersion(ctx, &lambda.GetLayerVersionInput{LayerName: str(name), VersionNumber: awssdk.Int64(version)})
	if errorCode(err) == notFound {
		return store.LayerVersion{}, fmt.Errorf("version %d of layer %s %w", version, name, store.ErrNotExist)
	}
	if err != nil {
		return store.LayerVersion{}, l.explain(err, "read a version of", "lambda:GetLayerVersion", name)
	}
	return layerVersion(out), nil
}

// Publish implements store.Layers with PublishLayerVersion, which has no idempotency token,
// so the SDK's retries are disabled. A region that does not support compatible architectures
// rejects them before it does anything. In that case, the version is published without them,
// and the Architectures of the result are empty.
func (l *Layers) Publish(ctx context.Context, in store.Publication) (store.LayerVersion, error) {
	if err := store.Check(in); err != nil {
		return store.LayerVersion{}, err
	}
	v, err := l.publish(ctx, in)
	if len(in.Architectures) > 0 && refusesArchitectures(err) {
		in.Architectures = nil
		v, err = l.publish(ctx, in)
	}
	return v, err
}

func (l *Layers) publish(ctx context.Context, in store.Publication) (store.LayerVersion, error) {
	once := func(o *lambda.Options) { o.Retryer = awssdk.NopRetryer{} }
	content := &types.LayerVersionContentInput{S3Bucket: str(in.Content.Bucket), S3Key: str(in.Content.Key)}
	if in.Reference {
		content.S3ObjectStorageMode = types.S3ObjectStorageModeReference
	}
	out, err := l.client().PublishLayerVersion(ctx, &lambda.PublishLayerVersionInput{
		LayerName:               str(in.Name),
		Content:                 content,
		Description:             optional(in.Description),
		LicenseInfo:             optional(in.License),
		CompatibleRuntimes:      typed[types.Runtime](in.Runtimes),
		CompatibleArchitectures: typed[types.Architecture](in.Architectures),
	}, once)
	if err != nil {
		explained := l.explain(err, "publish", "lambda:PublishLayerVersion", in.Name)
		if !isIncomplete(err) && unknownOutcome(err) {
			explained = unconfirmed(explained, err, "publish layer "+in.Name)
			if e, ok := errors.AsType[*fault.Error](explained); ok && len(e.Hints) == 0 {
				e.Hints = []string{"run the same command again; it first checks whether the version was published"}
			}
		}
		if awscall.IsBusy(err) {
			explained = marked(explained, store.ErrBusy)
		}
		return store.LayerVersion{}, explained
	}
	return layerVersion((*lambda.GetLayerVersionOutput)(out)), nil
}

// unknownOutcome reports whether the service may have carried out the request despite err:
// it failed internally, or its response was lost.
func unknownOutcome(err error) bool {
	if status := statusCode(err); status != 0 {
		return status >= 500 || status < 300
	}
	var (
		send   *smithyhttp.RequestSendError
		decode *smithy.DeserializationError
		dial   *net.OpError
	)
	switch {
	case errors.As(err, &decode), errors.As(err, new(*awscall.LimitError)):
		return true
	case errors.As(err, &dial) && dial.Op == "dial", errors.As(err, new(*proxy.Refusal)):
		return false // without a connection, nothing was sent
	}
	return errors.As(err, &send)
}

// refusesArchitectures recognizes regions that do not support CompatibleArchitectures, by an
// undocumented message.
func refusesArchitectures(err error) bool {
	message := errorMessage(err)
	return errorCode(err) == "InvalidParameterValueException" &&
		strings.Contains(message, "CompatibleArchitectures") && strings.Contains(message, "not supported")
}

// explain is like the function explain, for a request about a layer.
func (l *Layers) explain(err error, op, action, name string) error {
	arn := "arn:" + partition(l.region) + ":lambda:" + l.region + ":*:layer:" + name
	if action != "lambda:ListLayerVersions" && action != "lambda:PublishLayerVersion" {
		arn += ":*"
	}
	return explain(err, request{op: op, subject: "layer " + name, action: action, resource: arn, region: l.region})
}

func layerVersion(out *lambda.GetLayerVersionOutput) store.LayerVersion {
	v := store.LayerVersion{
		ARN:           awssdk.ToString(out.LayerVersionArn),
		Version:       out.Version,
		Description:   awssdk.ToString(out.Description),
		License:       awssdk.ToString(out.LicenseInfo),
		Created:       parseTime(out.CreatedDate),
		Runtimes:      plain(out.CompatibleRuntimes),
		Architectures: plain(out.CompatibleArchitectures),
	}
	if out.Content != nil {
		v.CodeSHA256, v.CodeSize = awssdk.ToString(out.Content.CodeSha256), out.Content.CodeSize
	}
	return v
}

// parseTime parses Lambda's dates, such as "2018-11-27T15:10:45.123+0000". It returns the
// zero time for anything else.
func parseTime(s *string) time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05.999999999-0700", time.RFC3339Nano} {
		if t, err := time.Parse(layout, awssdk.ToString(s)); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// plain converts an SDK enumeration to strings.
func plain[T ~string](typed []T) []string {
	var s []string
	for _, v := range typed {
		s = append(s, string(v))
	}
	return s
}

// typed converts strings to an SDK enumeration.
func typed[T ~string](plain []string) []T {
	var s []T
	for _, v := range plain {
		s = append(s, T(v))
	}
	return s
}
