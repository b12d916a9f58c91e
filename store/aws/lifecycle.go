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

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/store"
)

// Content implements store.Layers: GetLayerVersion names a URL that anybody may
// read for ten minutes. It is a secret, so no error and no event has it.
func (l *Layers) Content(ctx context.Context, name string, version int64) (io.ReadCloser, error) {
	out, err := l.client().GetLayerVersion(ctx, &lambda.GetLayerVersionInput{LayerName: str(name), VersionNumber: awssdk.Int64(version)})
	if errorCode(err) == notFound {
		return nil, fmt.Errorf("version %d of layer %s %w", version, name, store.ErrNotExist)
	}
	if err != nil {
		return nil, l.explain(err, "read", "lambda:GetLayerVersion", name)
	}
	refuse := func(err error) (io.ReadCloser, error) {
		return nil, &fault.Error{Kind: fault.Destination, Op: "download", Subject: fmt.Sprintf("version %d of layer %s", version, name), Err: err,
			Hints: []string{"check the network and the proxy (HTTPS_PROXY)"}}
	}
	var location string
	if out.Content != nil {
		location = awssdk.ToString(out.Content.Location)
	}
	if !strings.HasPrefix(location, "https://") && !strings.HasPrefix(location, "http://") {
		return refuse(errors.New("there is no place to download it from"))
	}
	get, err := http.NewRequestWithContext(ctx, http.MethodGet, location, nil)
	if err != nil {
		return refuse(errors.New("there is no place to download it from"))
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
		return refuse(fmt.Errorf("the answer was %s", response.Status))
	}
	return response.Body, nil
}

// Delete implements store.Layers with DeleteLayerVersion.
func (l *Layers) Delete(ctx context.Context, name string, version int64) error {
	_, err := l.client().DeleteLayerVersion(ctx, &lambda.DeleteLayerVersionInput{LayerName: str(name), VersionNumber: awssdk.Int64(version)})
	if err != nil && errorCode(err) != notFound {
		return l.explain(err, "delete a version of", "lambda:DeleteLayerVersion", name)
	}
	return nil
}

// Users implements store.Functions with ListFunctions, which gives every
// published version of every function when asked for all.
func (l *Layers) Users(ctx context.Context, layer string) ([]store.User, error) {
	var users []store.User
	pages := lambda.NewListFunctionsPaginator(l.client(), &lambda.ListFunctionsInput{FunctionVersion: types.FunctionVersionAll})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, explain(err, request{op: "list the functions of", subject: l.region, action: "lambda:ListFunctions", resource: "*", region: l.region})
		}
		for _, f := range page.Functions {
			for _, has := range f.Layers {
				arn, ok := store.ParseARN(awssdk.ToString(has.Arn))
				if ok && arn.Unversioned().String() == layer {
					users = append(users, store.User{Function: awssdk.ToString(f.FunctionName), Version: awssdk.ToString(f.Version), Layer: arn.Version})
				}
			}
		}
	}
	return users, nil
}

// NameAliases implements store.Functions with one ListAliases for each function.
func (l *Layers) NameAliases(ctx context.Context, users []store.User) error {
	pointing := map[string]map[string][]string{} // function, version → aliases
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

// aliases tells for each version of a function which aliases send it traffic.
func (l *Layers) aliases(ctx context.Context, function string) (map[string][]string, error) {
	byVersion := map[string][]string{}
	pages := lambda.NewListAliasesPaginator(l.client(), &lambda.ListAliasesInput{FunctionName: str(function)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if errorCode(err) == notFound {
			return byVersion, nil // deleted just now
		}
		if err != nil {
			return nil, explain(err, request{op: "list the aliases of", subject: "function " + function, action: "lambda:ListAliases",
				resource: "arn:" + partition(l.region) + ":lambda:" + l.region + ":*:function:*", region: l.region})
		}
		for _, alias := range page.Aliases {
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
	}
	for _, names := range byVersion {
		slices.Sort(names)
	}
	return byVersion, nil
}
