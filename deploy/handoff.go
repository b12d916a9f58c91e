package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/spec"
)

// Published is a published version to be referenced by another tool.
type Published struct {
	Layer   spec.Layer
	ARN     string
	Version int64
	Latest  bool // whether the layer's SSMParameter, if any, contains this version's ARN
}

// handoff is a published version to be written into a snippet.
type handoff struct {
	Output
	parameter string // "" if the snippet must contain the ARN
	id        string // letters and digits, such as "WebLayer"; unique in its snippet
}

// handoffs are the formats of Handoff other than those of output files.
var handoffs = map[string]func([]handoff) []byte{
	"terraform-external": terraformExternal, "sam": samSnippet, "cfn": cfnSnippet, "cdk": cdkSnippet, "cdk-python": cdkPythonSnippet, "serverless": serverlessSnippet,
}

// HandoffFormats returns the formats of [Handoff], sorted by name. json, env, and tfvars are
// the formats of output files. Each of the others is for one tool.
func HandoffFormats() []string {
	names := slices.Collect(maps.Keys(handoffs))
	for extension := range outputFormats {
		names = append(names, strings.TrimPrefix(extension, "."))
	}
	slices.Sort(names)
	return names
}

// Handoff returns the versions in a format for another tool: a snippet to paste, or the
// output that the tool expects from a program. If a layer has a Systems Manager parameter,
// the snippet references the parameter, so that it remains valid for later versions.
// Otherwise, it contains the ARN. For an unknown format, the error is a fault.Error of Kind
// Usage.
func Handoff(format string, versions []Published) ([]byte, error) {
	var layers []spec.Layer
	for _, v := range versions {
		layers = append(layers, v.Layer)
	}
	parts := keyParts(layers)
	var outputs []Output
	var all []handoff
	ids := map[string]int{}
	for _, v := range versions {
		o := newOutput(v.Layer, v.ARN, v.Version, parts)
		outputs = append(outputs, o)
		h := handoff{Output: o, id: identifier(o.Key)}
		if ids[h.id]++; ids[h.id] > 1 {
			h.id = fmt.Sprintf("%s%d", h.id, ids[h.id])
		}
		if v.Latest && !v.Layer.IsLocal() {
			l := v.Layer
			l.Region = o.Region // the region that the layer is in, however it was set
			var err error
			if h.parameter, err = l.Fill("ssm-parameter", l.SSMParameter, spec.Env{}, func() (string, error) { return o.Account, nil }); err != nil {
				return nil, err
			}
		}
		all = append(all, h)
	}
	if write, ok := outputFormats["."+format]; ok {
		return write(outputs), nil
	}
	if write, ok := handoffs[format]; ok {
		return write(all), nil
	}
	return nil, &fault.Error{Kind: fault.Usage, Subject: "format", Message: fmt.Sprintf("unknown format %q", format),
		Hints: []string{"choose one of: " + strings.Join(HandoffFormats(), ", ")}}
}

// identifier converts a key to a name for templates and code: "web-api/eu-west-1" becomes
// WebApiEuWest1Layer.
func identifier(key string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(key, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	name := b.String() + "Layer"
	if name[0] >= '0' && name[0] <= '9' {
		name = "L" + name
	}
	return name
}

// terraformExternal returns what a program for Terraform's data source "external" must
// print: an object of strings. The names of layers contain no dots, so the keys are unique.
func terraformExternal(all []handoff) []byte {
	values := map[string]string{}
	for _, h := range all {
		values[h.Key] = h.ARN
		values[h.Key+".version"] = fmt.Sprint(h.Version)
	}
	data, err := json.MarshalIndent(values, "", "  ")
	if err != nil {
		panic(err) // strings can always be marshaled
	}
	return append(data, '\n')
}

// references returns a reference to each version, without duplicates: the parameter or the
// ARN.
func references(all []handoff, byParameter func(string) string) []string {
	var list []string
	for _, h := range all {
		reference := h.ARN
		if h.parameter != "" {
			reference = byParameter(h.parameter)
		}
		if !slices.Contains(list, reference) {
			list = append(list, reference)
		}
	}
	return list
}

func samSnippet(all []handoff) []byte {
	var b strings.Builder
	b.WriteString("# template.yaml; Layers of a single function go to its Properties\nGlobals:\n  Function:\n    Layers:\n")
	for _, r := range references(all, func(name string) string { return "{{resolve:ssm:" + name + "}}" }) {
		fmt.Fprintf(&b, "      - '%s'\n", r)
	}
	return []byte(b.String())
}

func cfnSnippet(all []handoff) []byte {
	var b strings.Builder
	b.WriteString("Parameters:\n")
	var ids []string
	for _, h := range all {
		kind, value := "String", h.ARN
		if h.parameter != "" {
			kind, value = "AWS::SSM::Parameter::Value<String>", h.parameter
		}
		ids = append(ids, h.id)
		fmt.Fprintf(&b, "  %s:\n    Type: %s\n    Default: '%s'\n", h.id, kind, value)
	}
	b.WriteString("# and in the Properties of a function:\n#      Layers:\n")
	for _, id := range ids {
		fmt.Fprintf(&b, "#        - !Ref %s\n", id)
	}
	return []byte(b.String())
}

func cdkSnippet(all []handoff) []byte {
	var b strings.Builder
	b.WriteString("// import * as lambda from 'aws-cdk-lib/aws-lambda';\n// import * as ssm from 'aws-cdk-lib/aws-ssm';\n")
	for _, h := range all {
		arn := "'" + h.ARN + "'"
		if h.parameter != "" {
			arn = "ssm.StringParameter.valueForStringParameter(this, '" + h.parameter + "')"
		}
		fmt.Fprintf(&b, "const %s = lambda.LayerVersion.fromLayerVersionArn(this, '%s', %s);\n", strings.ToLower(h.id[:1])+h.id[1:], h.id, arn)
	}
	return []byte(b.String())
}

func cdkPythonSnippet(all []handoff) []byte {
	var b strings.Builder
	b.WriteString("# from aws_cdk import aws_lambda, aws_ssm\n")
	for _, h := range all {
		arn := fmt.Sprintf("%q", h.ARN)
		if h.parameter != "" {
			arn = fmt.Sprintf("aws_ssm.StringParameter.value_for_string_parameter(self, %q)", h.parameter)
		}
		fmt.Fprintf(&b, "%s = aws_lambda.LayerVersion.from_layer_version_arn(self, %q, %s)\n", snake(h.id), h.id, arn)
	}
	return []byte(b.String())
}

// snake converts an identifier to a Python variable name, such as web_api_layer.
func snake(id string) string {
	var b strings.Builder
	for i, r := range id {
		if r >= 'A' && r <= 'Z' && i > 0 {
			b.WriteByte('_')
		}
		b.WriteString(strings.ToLower(string(r)))
	}
	return b.String()
}

func serverlessSnippet(all []handoff) []byte {
	var b strings.Builder
	b.WriteString("# serverless.yml\nprovider:\n  layers:\n")
	for _, r := range references(all, func(name string) string { return "${ssm:" + name + "}" }) {
		fmt.Fprintf(&b, "    - '%s'\n", r)
	}
	return []byte(b.String())
}
