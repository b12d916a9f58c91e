package store

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lamella-build/lamella/fault"
)

// Limits of PublishLayerVersion, from the Lambda API reference
// (API_PublishLayerVersion).
const (
	MaxName          = 140 // characters of a layer's name
	MaxDescription   = 256 // characters
	MaxLicense       = 512 // characters
	MaxRuntimes      = 15
	MaxArchitectures = 2
)

var (
	layerName     = regexp.MustCompile(`^[a-zA-Z0-9_-]+$`)
	architectures = []string{"x86_64", "arm64"}
)

// Check returns an error if Lambda would reject p, before any request is sent. The error is
// a fault.Error of Kind Usage.
func Check(p Publication) error {
	name := shorten(p.Name)
	refuse := func(hint, format string, args ...any) error {
		return &fault.Error{Kind: fault.Usage, Subject: name, Message: fmt.Sprintf(format, args...), Hints: []string{hint}}
	}
	count := utf8.RuneCountInString
	switch {
	case p.Name == "":
		return refuse("set a name: --name NAME, or name = \"NAME\" in [tool.lamella]", "the layer has no name")
	case count(p.Name) > MaxName:
		return refuse("choose a shorter name: --name NAME", "the layer name %q has %d characters, but the limit is %d", name, count(p.Name), MaxName)
	case !layerName.MatchString(p.Name):
		return refuse("choose another name: --name "+spellable(p.Name), "the layer name %q has characters other than letters, digits, -, and _", name)
	case count(p.Description) > MaxDescription:
		return refuse("shorten it: --description TEXT", "the description of layer %s has %d characters, but the limit is %d", name, count(p.Description), MaxDescription)
	case count(p.License) > MaxLicense:
		return refuse("use an SPDX identifier or a URL: --license MIT", "the license of layer %s has %d characters, but the limit is %d", name, count(p.License), MaxLicense)
	case len(p.Runtimes) > MaxRuntimes:
		return refuse("use fewer: --compatible-runtime RUNTIME", "layer %s declares %d compatible runtimes, but the limit is %d", name, len(p.Runtimes), MaxRuntimes)
	case len(p.Architectures) > MaxArchitectures:
		return refuse("use x86_64, arm64, or both", "layer %s declares %d compatible architectures, but the limit is %d", name, len(p.Architectures), MaxArchitectures)
	}
	for _, a := range p.Architectures {
		if !slices.Contains(architectures, a) {
			return refuse("use x86_64 or arm64", "layer %s declares the unknown architecture %q", name, a)
		}
	}
	return nil
}

// spellable replaces the characters in a name that Lambda does not accept.
func spellable(name string) string {
	fixed := strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && layerName.MatchString(string(r)) {
			return r
		}
		return '-'
	}, name)
	return strings.Trim(fixed, "-")
}

// shorten truncates a name that would make a message too long.
func shorten(name string) string {
	const longest = 60
	if utf8.RuneCountInString(name) <= longest {
		return name
	}
	return string([]rune(name)[:longest]) + "…"
}
