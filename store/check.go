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

// Check refuses what Lambda would refuse of p, before any request is sent. The
// error is a fault.Error of Kind Usage.
func Check(p Publication) error {
	refuse := func(what string, hint string) error {
		return &fault.Error{Kind: fault.Usage, Op: "publish", Subject: "layer " + shorten(p.Name), Err: fmt.Errorf("%s", what), Hints: []string{hint}}
	}
	count := func(s string) int { return utf8.RuneCountInString(s) }
	switch {
	case p.Name == "":
		return refuse("it has no name", "name it: --name NAME, or name = \"NAME\" in [tool.lamella]")
	case count(p.Name) > MaxName:
		return refuse(fmt.Sprintf("its name has %d characters, %d are allowed", count(p.Name), MaxName), "choose a shorter one: --name NAME")
	case !layerName.MatchString(p.Name):
		return refuse("its name may hold only letters, digits, - and _", "try --name "+spellable(p.Name))
	case count(p.Description) > MaxDescription:
		return refuse(fmt.Sprintf("its description has %d characters, %d are allowed", count(p.Description), MaxDescription), "shorten it: --description TEXT")
	case count(p.License) > MaxLicense:
		return refuse(fmt.Sprintf("its licence has %d characters, %d are allowed", count(p.License), MaxLicense), "give an SPDX identifier or a URL: --license MIT")
	case len(p.Runtimes) > MaxRuntimes:
		return refuse(fmt.Sprintf("%d compatible runtimes, %d are allowed", len(p.Runtimes), MaxRuntimes), "name fewer: --compatible-runtime RUNTIME")
	case len(p.Architectures) > MaxArchitectures:
		return refuse(fmt.Sprintf("%d compatible architectures, %d are allowed", len(p.Architectures), MaxArchitectures), "name x86_64, arm64 or both")
	}
	for _, a := range p.Architectures {
		if !slices.Contains(architectures, a) {
			return refuse(fmt.Sprintf("unknown architecture %q", a), "x86_64 and arm64 are known")
		}
	}
	return nil
}

// spellable turns a refused name into one that Lambda takes.
func spellable(name string) string {
	fixed := strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && layerName.MatchString(string(r)) {
			return r
		}
		return '-'
	}, name)
	return strings.Trim(fixed, "-")
}

func shorten(name string) string {
	const longest = 60
	if utf8.RuneCountInString(name) <= longest {
		return name
	}
	return string([]rune(name)[:longest]) + "…"
}
