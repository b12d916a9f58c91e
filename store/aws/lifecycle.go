package aws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/store"
)

// Content implements store.Layers. It downloads from a presigned URL that GetLayerVersion
// returns. Anyone can read from that URL for ten minutes, so it never appears in errors or
// events.
func (l *Layers) Content(ctx context.Context, name string, version int64) (io.ReadCloser, error) {
	out, err := l.client().GetLayerVersion(ctx, &lambda.GetLayerVersionInput{LayerName: str(name), VersionNumber: awssdk.Int64(version)})
	if errorCode(err) == notFound {
		return nil, fmt.Errorf("version %d of layer %s %w", version, name, store.ErrNotExist)
	}
	if err != nil {
		return nil, l.explain(err, "read a version of", "lambda:GetLayerVersion", name)
	}
	refuse := func(err error) (io.ReadCloser, error) {
		return nil, &fault.Error{Kind: fault.Destination, Subject: name, Err: err,
			Message: fmt.Sprintf("cannot download version %d of layer %s from Lambda", version, name), Hints: []string{networkHint}}
	}
	var location string
	if out.Content != nil {
		location = awssdk.ToString(out.Content.Location)
	}
	if !strings.HasPrefix(location, "https://") && !strings.HasPrefix(location, "http://") {
		return refuse(errors.New("the response has no download URL"))
	}
	get, err := http.NewRequestWithContext(ctx, http.MethodGet, location, nil)
	if err != nil {
		return refuse(errors.New("the response has no download URL"))
	}
	response, err := l.client().Options().HTTPClient.Do(get)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if withURL, ok := errors.AsType[*url.Error](err); ok {
			err = withURL.Err
		}
		return refuse(err)
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close()
		return refuse(errors.New(response.Status))
	}
	return &bounded{bound.Reader(bound.Steady(response.Body), out.Content.CodeSize, "the zip of this version"), response.Body}, nil
}

// bounded is a response body that is read only up to a limit.
type bounded struct {
	io.Reader
	io.Closer
}

// Delete implements store.Layers with DeleteLayerVersion, whose response has no body. The
// state beside a version must not be deleted before the version itself, so Delete confirms
// with GetLayerVersion that the version is gone.
func (l *Layers) Delete(ctx context.Context, name string, version int64) error {
	_, err := l.client().DeleteLayerVersion(ctx, &lambda.DeleteLayerVersionInput{LayerName: str(name), VersionNumber: awssdk.Int64(version)})
	if errorCode(err) == notFound {
		return nil
	}
	for look := 1; err == nil; look++ {
		_, there := l.Version(ctx, name, version)
		switch {
		case errors.Is(there, store.ErrNotExist):
			return nil
		case there != nil:
			return there
		case look == goneLooks:
			err = &incomplete{"DeleteLayerVersion", fmt.Sprintf("version %d still exists afterwards", version), nil}
		default:
			err = sleep(ctx, gonePause)
		}
	}
	return l.explain(err, "delete a version of", "lambda:DeleteLayerVersion", name)
}

// How many times Delete looks for a deleted version, and how long it pauses in between.
const (
	goneLooks = 3
	gonePause = 500 * time.Millisecond
)

// Users implements store.Functions with ListFunctions, including all published versions.
func (l *Layers) Users(ctx context.Context, layer string) ([]store.User, error) {
	id := func(f types.FunctionConfiguration) string {
		return awssdk.ToString(f.FunctionName) + ":" + awssdk.ToString(f.Version)
	}
	functions, err := list("ListFunctions", id, func(marker *string) ([]types.FunctionConfiguration, *string, error) {
		out, err := l.client().ListFunctions(ctx, &lambda.ListFunctionsInput{FunctionVersion: types.FunctionVersionAll, Marker: marker})
		if err != nil {
			return nil, nil, err
		}
		return out.Functions, out.NextMarker, nil
	})
	if err != nil {
		return nil, l.explainListFunctions(err)
	}
	var users []store.User
	for _, f := range functions {
		for _, has := range f.Layers {
			arn, ok := store.ParseARN(awssdk.ToString(has.Arn))
			if ok && arn.Unversioned().String() == layer {
				users = append(users, store.User{Function: awssdk.ToString(f.FunctionName), Version: awssdk.ToString(f.Version), Layer: arn.Version})
			}
		}
	}
	return users, nil
}

// NameAliases implements store.Functions with ListAliases for each function.
func (l *Layers) NameAliases(ctx context.Context, users []store.User) error {
	pointing := map[string]map[string][]string{} // function → version → aliases
	for i, u := range users {
		if pointing[u.Function] == nil {
			aliases, err := l.aliases(ctx, u.Function)
			if err != nil {
				return err
			}
			pointing[u.Function] = aliases
		}
		users[i].Aliases = pointing[u.Function][u.Version]
	}
	return nil
}

// aliases maps each version of a function to the aliases that send traffic to it.
func (l *Layers) aliases(ctx context.Context, function string) (map[string][]string, error) {
	aliases, err := list("ListAliases", func(a types.AliasConfiguration) string { return awssdk.ToString(a.Name) },
		func(marker *string) ([]types.AliasConfiguration, *string, error) {
			out, err := l.client().ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: str(function), Marker: marker})
			if errorCode(err) == notFound && marker == nil {
				return nil, nil, nil // deleted in the meantime
			}
			if err != nil {
				return nil, nil, err
			}
			return out.Aliases, out.NextMarker, nil
		})
	if err != nil {
		return nil, explain(err, request{op: "list the aliases of", subject: "function " + function, action: "lambda:ListAliases",
			resource: "arn:" + partition(l.region) + ":lambda:" + l.region + ":*:function:*", region: l.region})
	}
	byVersion := map[string][]string{}
	for _, alias := range aliases {
		targets := []string{awssdk.ToString(alias.FunctionVersion)}
		if alias.RoutingConfig != nil {
			for version := range alias.RoutingConfig.AdditionalVersionWeights {
				targets = append(targets, version)
			}
		}
		for _, version := range targets {
			byVersion[version] = append(byVersion[version], awssdk.ToString(alias.Name))
		}
	}
	for _, names := range byVersion {
		slices.Sort(names)
	}
	return byVersion, nil
}
