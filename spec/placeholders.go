package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
)

// Placeholders returns what may stand in braces in a name, a destination, a path
// or a parameter. Each means the same wherever it is used:
//
//	{layer}    the layer's name
//	{name}     the project's name; where only a layer is known, the layer's
//	{region}   the AWS region
//	{account}  the AWS account, 12 digits
//	{runtime}  the runtime without its dot, which Lambda permits in no name: python313
//	{arch}     x86_64 or arm64
func Placeholders() []string {
	return []string{"{layer}", "{name}", "{region}", "{account}", "{runtime}", "{arch}"}
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// CheckPlaceholders refuses a value of key with a placeholder that does not exist,
// or that allowed does not list; without allowed, all are. The error is a
// fault.Error of Kind Usage.
func CheckPlaceholders(key, value string, allowed ...string) error {
	if len(allowed) == 0 {
		allowed = Placeholders()
	}
	for _, p := range placeholder.FindAllString(value, -1) {
		if !slices.Contains(allowed, p) {
			return &fault.Error{Kind: fault.Usage, Subject: key, Message: fmt.Sprintf("%s has the unknown placeholder %s: %s", key, p, value),
				Hints: []string{"use one of " + strings.Join(allowed, ", ")}}
		}
	}
	return nil
}

// Fill replaces the placeholders in a value of key. account is called if the value
// has {account}. A placeholder without a value, such as {region} where no region
// is configured, is an error, like one that does not exist.
func (l Layer) Fill(key, value string, env Env, account func() (string, error)) (string, error) {
	if err := CheckPlaceholders(key, value); err != nil {
		return "", err
	}
	values := map[string]string{"{layer}": l.Name, "{name}": l.Name, "{region}": env.RegionOf(l),
		"{runtime}": strings.ReplaceAll(l.Runtime, ".", ""), "{arch}": l.Arch()}
	if strings.Contains(value, "{account}") {
		number, err := account()
		if err != nil {
			return "", err
		}
		values["{account}"] = number
	}
	for _, p := range placeholder.FindAllString(value, -1) {
		if values[p] == "" {
			return "", withoutValue(key, value, p)
		}
		value = strings.ReplaceAll(value, p, values[p])
	}
	return value, nil
}

// withoutValue says how to give a placeholder its value.
func withoutValue(key, value, placeholder string) error {
	hints := map[string][]string{
		"{region}":  {"--region eu-central-1 (or yours)", "export AWS_REGION=eu-central-1"},
		"{layer}":   {"--name NAME"},
		"{name}":    {"--name NAME"},
		"{runtime}": {"--runtime python3.13"},
	}
	return &fault.Error{Kind: fault.Usage, Subject: key, Hints: hints[placeholder],
		Message: fmt.Sprintf("%s has a %s, but no %s is configured: %s", key, placeholder, strings.Trim(placeholder, "{}"), value)}
}
