package aws

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// functionARN matches the ARN of a function, with or without a version or alias.
var functionARN = regexp.MustCompile(`^arn:[a-z-]+:lambda:([a-z0-9-]+):([0-9]{12}):function:([a-zA-Z0-9_-]+)(:[$a-zA-Z0-9._-]+)?$`)

var functionVersion = regexp.MustCompile(`^(\$LATEST(\.PUBLISHED)?|[0-9]+)$`)

func saysFunction(w *whole, in *lambda.GetFunctionInput, out *lambda.GetFunctionOutput) string {
	if out.Configuration == nil {
		return "it has no Configuration"
	}
	c := out.Configuration
	if asked, got := cmp.Or(awssdk.ToString(in.Qualifier), "$LATEST"), awssdk.ToString(c.Version); asked != got {
		return fmt.Sprintf(concerns+"version %q, not %q", got, asked)
	}
	return cmp.Or(w.saysConfiguration(in.FunctionName, c), lacks("State", str(string(c.State))),
		lacks("RevisionId", c.RevisionId))
}

func saysUpdated(w *whole, in *lambda.UpdateFunctionConfigurationInput, out *lambda.UpdateFunctionConfigurationOutput) string {
	c := types.FunctionConfiguration{FunctionName: out.FunctionName, FunctionArn: out.FunctionArn, Version: out.Version, CodeSha256: out.CodeSha256,
		Layers: out.Layers, PackageType: out.PackageType}
	if why := w.saysConfiguration(in.FunctionName, &c); why != "" {
		return why
	}
	if len(out.Layers) != len(in.Layers) {
		return fmt.Sprintf("it has %d layers, but %d were sent", len(out.Layers), len(in.Layers))
	}
	for i, has := range out.Layers {
		if awssdk.ToString(has.Arn) != in.Layers[i] {
			return fmt.Sprintf("it has the layer %s instead of %s", awssdk.ToString(has.Arn), in.Layers[i])
		}
	}
	return ""
}

func saysPublishedVersion(w *whole, in *lambda.PublishVersionInput, out *lambda.PublishVersionOutput) string {
	c := types.FunctionConfiguration{FunctionName: out.FunctionName, FunctionArn: out.FunctionArn, Version: out.Version, CodeSha256: out.CodeSha256,
		Layers: out.Layers, PackageType: out.PackageType}
	if v := awssdk.ToString(out.Version); strings.HasPrefix(v, "$") {
		return fmt.Sprintf("it has the version %q", v)
	}
	return w.saysConfiguration(in.FunctionName, &c)
}

func listsVersions(w *whole, in *lambda.ListVersionsByFunctionInput, out *lambda.ListVersionsByFunctionOutput) string {
	if out.Versions == nil {
		return "it has no list Versions"
	}
	for _, c := range out.Versions {
		if why := w.saysConfiguration(in.FunctionName, &c); why != "" {
			return why
		}
	}
	return ""
}

// saysConfiguration checks the fields that decisions depend on: the function's identity, its
// code, and its layers.
func (w *whole) saysConfiguration(asked *string, c *types.FunctionConfiguration) string {
	name, arn := awssdk.ToString(c.FunctionName), awssdk.ToString(c.FunctionArn)
	named := functionARN.FindStringSubmatch(arn)
	switch {
	case name != awssdk.ToString(asked):
		return fmt.Sprintf(concerns+"function %q, not %q", name, awssdk.ToString(asked))
	case named == nil:
		return fmt.Sprintf("%q is not the ARN of a function", arn)
	case named[1] != w.region || named[3] != name:
		return fmt.Sprintf(concerns+"%s, not function %s in %s", arn, name, w.region)
	case !functionVersion.MatchString(awssdk.ToString(c.Version)):
		return fmt.Sprintf("it has the version %q", awssdk.ToString(c.Version))
	}
	if sum, err := base64.StdEncoding.DecodeString(awssdk.ToString(c.CodeSha256)); c.PackageType != types.PackageTypeImage && (err != nil || len(sum) == 0) {
		return "it has no CodeSha256"
	}
	for _, has := range c.Layers {
		if !strings.HasPrefix(awssdk.ToString(has.Arn), "arn:") {
			return fmt.Sprintf("it has a layer with the ARN %q", awssdk.ToString(has.Arn))
		}
	}
	return w.account.agrees(named[2])
}

func saysAlias(w *whole, in *lambda.GetAliasInput, out *lambda.GetAliasOutput) string {
	return w.namesAlias(in.FunctionName, in.Name, out)
}

func saysMovedAlias(w *whole, in *lambda.UpdateAliasInput, out *lambda.UpdateAliasOutput) string {
	if why := w.namesAlias(in.FunctionName, in.Name, (*lambda.GetAliasOutput)(out)); why != "" {
		return why
	}
	if got, sent := awssdk.ToString(out.FunctionVersion), awssdk.ToString(in.FunctionVersion); got != sent {
		return fmt.Sprintf("it points to version %q, not %q", got, sent)
	}
	return ""
}

func (w *whole) namesAlias(function, alias *string, out *lambda.GetAliasOutput) string {
	named := functionARN.FindStringSubmatch(awssdk.ToString(out.AliasArn))
	switch {
	case named == nil:
		return fmt.Sprintf("%q is not the ARN of an alias", awssdk.ToString(out.AliasArn))
	case named[1] != w.region || named[3] != awssdk.ToString(function) || named[4] != ":"+awssdk.ToString(alias):
		return fmt.Sprintf(concerns+"%s, not alias %s of %s", *out.AliasArn, awssdk.ToString(alias), awssdk.ToString(function))
	case awssdk.ToString(out.Name) != awssdk.ToString(alias):
		return fmt.Sprintf(concerns+"alias %q", awssdk.ToString(out.Name))
	case !functionVersion.MatchString(awssdk.ToString(out.FunctionVersion)):
		return fmt.Sprintf("it points to version %q", awssdk.ToString(out.FunctionVersion))
	}
	return cmp.Or(lacks("RevisionId", out.RevisionId), w.account.agrees(named[2]))
}
