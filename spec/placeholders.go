package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
)

// Placeholders returns the placeholders that names, destinations, paths, and parameters
// may contain. Each has the same meaning everywhere:
//
//	{layer}    the layer's name
//	{name}     the project's name, or the layer's if there is no project
//	{region}   the AWS region
//	{account}  the AWS account, 12 digits
//	{runtime}  the runtime without its dot, which names must not contain: python313
//	{arch}     x86_64 or arm64
func Placeholders() []string {
	return []string{"{layer}", "{name}", "{region}", "{account}", "{runtime}", "{arch}"}
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// CheckPlaceholders returns a fault.Error of Kind Usage if the value of key contains an
// unknown placeholder, or one that allowed does not list. Without allowed, it accepts all
// placeholders.
func CheckPlaceholders(key, value string, allowed ...string) error {
	if len(allowed) == 0 {
		allowed = Placeholders()
	}
	for _, p := range placeholder.FindAllString(value, -1) {
		if !slices.Contains(allowed, p) {
			return &fault.Error{Kind: fault.Usage, Subject: key, Message: fmt.Sprintf("unknown placeholder %s in %s: %s", p, keyOf(key), value),
				Hints: []string{"choose one of: " + strings.Join(allowed, ", ")}}
		}
	}
	return nil
}

// keyOf describes a key of a file, such as "outputs in lamella.toml", so that it is not taken
// for a word of the sentence. Flags and variables are clear by themselves.
func keyOf(key string) string {
	if name, file, ok := strings.Cut(key, " in "); ok {
		return fmt.Sprintf("the key %q of %s", name, file)
	}
	return key
}

// Fill replaces the placeholders in the value of key. It calls account only if the value
// contains {account}. It returns an error for an unknown placeholder, and for one without a
// value, such as {region} if no region is configured.
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

// withoutValue returns the error for a placeholder without a value.
func withoutValue(key, value, placeholder string) error {
	hints := map[string][]string{
		"{region}":  {"set the region: export AWS_REGION=eu-central-1", "or set it for this run: --region eu-central-1"},
		"{layer}":   {"set a name: --name NAME"},
		"{name}":    {"set a name: --name NAME"},
		"{runtime}": {"choose a runtime: --runtime python3.13"},
	}
	return &fault.Error{Kind: fault.Usage, Subject: key, Hints: hints[placeholder],
		Message: fmt.Sprintf("%s has a %s, but no %s is configured: %s", key, placeholder, strings.Trim(placeholder, "{}"), value)}
}
