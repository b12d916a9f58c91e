package pep425

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// WheelName is the parsed name of a wheel file.
type WheelName struct {
	Name    string // normalized
	Version pep440.Version
	Build   BuildTag
	Tags    []Tag // with compressed tag sets expanded
}

// maxTags is the maximum number of tags of a file name after expansion. Real names have up
// to a few dozen, but a malicious one could have billions.
const maxTags = 1000

// ParseWheelName parses a wheel file name, name-version(-build)?-python-abi-platform.whl,
// which must be percent-decoded. The tags in a compressed tag set may be in any order.
func ParseWheelName(filename string) (WheelName, error) {
	w, err := parseWheelName(filename)
	if err != nil {
		return WheelName{}, fmt.Errorf("%q is not a valid wheel file name: %w", filename, err)
	}
	return w, nil
}

func parseWheelName(filename string) (w WheelName, err error) {
	stem, ok := strings.CutSuffix(filename, ".whl")
	if !ok {
		return w, errors.New("the name does not end in .whl")
	}
	if dashes := strings.Count(stem, "-"); dashes != 4 && dashes != 5 {
		return w, errors.New("expected name-version(-build)-python-abi-platform.whl")
	}
	name, rest, _ := strings.Cut(stem, "-")
	if name == "" || strings.Contains(name, "__") || strings.ContainsFunc(name, isNotWord) {
		return w, fmt.Errorf("%q is not a valid project name", name)
	}
	w.Name = pep503.Normalize(name)
	version, rest, _ := strings.Cut(rest, "-")
	if w.Version, err = pep440.Parse(version); err != nil {
		return w, err
	}
	if strings.Count(rest, "-") == 3 {
		var build string
		build, rest, _ = strings.Cut(rest, "-")
		if w.Build, err = parseBuildTag(build); err != nil {
			return w, err
		}
	}
	w.Tags, err = parseTags(rest)
	return w, err
}

// isNotWord reports whether r is invalid in the project name of a wheel file name. Old
// files have non-ASCII letters.
func isNotWord(r rune) bool {
	return r != '_' && r != '.' && !unicode.IsLetter(r) && !unicode.IsNumber(r)
}

// parseTags expands a compressed tag set such as "py2.py3-none-any".
func parseTags(s string) ([]Tag, error) {
	python, rest, _ := strings.Cut(s, "-")
	abi, platform, _ := strings.Cut(rest, "-")
	total := 1
	for _, set := range []string{python, abi, platform} {
		if set == "" || set[0] == '.' || set[len(set)-1] == '.' || strings.Contains(set, "..") {
			return nil, fmt.Errorf("the tag %s has an empty part", s)
		}
		if total *= strings.Count(set, ".") + 1; total > maxTags {
			return nil, fmt.Errorf("the name has more than %d tags", maxTags)
		}
	}
	tags := make([]Tag, 0, total)
	for py := range strings.SplitSeq(python, ".") {
		if !isIdentifier(py) {
			return nil, fmt.Errorf("%q is not a valid python tag", py)
		}
		for a := range strings.SplitSeq(abi, ".") {
			for p := range strings.SplitSeq(platform, ".") {
				tags = append(tags, Tag{py, a, p})
			}
		}
	}
	return tags, nil
}

// isIdentifier reports whether s is a Python identifier.
func isIdentifier(s string) bool {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return true
}

// BuildTag orders wheels with equal tags by Number, then Rest. The zero value means
// that the name has no build tag, and sorts lowest.
type BuildTag struct {
	Present bool
	Number  string // decimal digits, without leading zeros
	Rest    string
}

// Compare compares two build tags and returns -1, 0, or +1.
func (b BuildTag) Compare(c BuildTag) int {
	switch {
	case b.Present != c.Present && b.Present:
		return 1
	case b.Present != c.Present:
		return -1
	}
	return cmp.Or(
		cmp.Compare(len(b.Number), len(c.Number)),
		strings.Compare(b.Number, c.Number),
		strings.Compare(b.Rest, c.Rest),
	)
}

// parseBuildTag splits a build tag into its leading digits and the rest.
func parseBuildTag(s string) (BuildTag, error) {
	rest := strings.TrimLeft(s, "0123456789")
	number := s[:len(s)-len(rest)]
	if number == "" {
		return BuildTag{}, fmt.Errorf("the build tag %q does not start with a digit", s)
	}
	if number = strings.TrimLeft(number, "0"); number == "" {
		number = "0"
	}
	return BuildTag{Present: true, Number: number, Rest: rest}, nil
}

// SdistName is the parsed name of a source distribution.
type SdistName struct {
	Name    string // normalized
	Version pep440.Version
}

// ParseSdistName parses name-version.tar.gz or name-version.zip.
func ParseSdistName(filename string) (SdistName, error) {
	stem, ok := strings.CutSuffix(filename, ".tar.gz")
	if !ok {
		stem, ok = strings.CutSuffix(filename, ".zip")
	}
	if !ok {
		return SdistName{}, fmt.Errorf("invalid sdist file name %q: the name does not end in .tar.gz or .zip", filename)
	}
	// The name may contain dashes; the version may not (PEP 625).
	dash := strings.LastIndexByte(stem, '-')
	if dash <= 0 {
		return SdistName{}, fmt.Errorf("invalid sdist file name %q: expected name-version", filename)
	}
	version, err := pep440.Parse(stem[dash+1:])
	if err != nil {
		return SdistName{}, fmt.Errorf("invalid sdist file name %q: %w", filename, err)
	}
	return SdistName{pep503.Normalize(stem[:dash]), version}, nil
}
