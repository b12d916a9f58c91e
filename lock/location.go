package lock

import (
	"errors"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lamella-build/lamella/internal/secret"
)

// quoting returns err, which quotes user input, without credentials and shortened to a
// readable length. It shortens the quotations first, so that the reason remains.
func quoting(err error) error {
	const maxQuoted, maxBytes = 100, 400
	text := quotation.ReplaceAllStringFunc(secret.Text(err.Error()), func(quoted string) string {
		if len(quoted) <= maxQuoted {
			return quoted
		}
		return strings.TrimRight(strings.ToValidUTF8(quoted[:maxQuoted], ""), `\`) + `…"`
	})
	if len(text) > maxBytes {
		text = strings.ToValidUTF8(text[:maxBytes], "") + "…"
	}
	return errors.New(text)
}

var quotation = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// hasScheme reports whether location is an absolute URL rather than a path. A single letter
// before the colon is a Windows drive, not a scheme.
func hasScheme(location string) bool {
	scheme, _, ok := strings.Cut(location, ":")
	if !ok || len(scheme) < 2 {
		return false
	}
	for i := range len(scheme) {
		c := scheme[i] | 0x20 // in lower case
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", rune(scheme[i]))) {
			return false
		}
	}
	return true
}

// baseName returns the last element of a path or of a URL's path, percent-decoded if it is
// from a URL.
func baseName(location string) string {
	if !hasScheme(location) {
		return path.Base(filepath.ToSlash(location))
	}
	location, _, _ = strings.Cut(location, "#")
	location, _, _ = strings.Cut(location, "?")
	name := path.Base(location)
	if strings.Contains(name, "%") {
		if decoded, err := url.PathUnescape(name); err == nil {
			return decoded
		}
	}
	return name
}

// absolute joins dir and parts to an absolute path. An absolute part replaces everything
// before it.
func absolute(dir string, parts ...string) string {
	for _, part := range parts {
		part = filepath.FromSlash(part)
		if filepath.IsAbs(part) {
			dir = part
		} else {
			dir = filepath.Join(dir, part)
		}
	}
	return filepath.Clean(dir)
}

// FileURL returns the file URL of an absolute path.
func FileURL(file string) string {
	file = filepath.ToSlash(file)
	if !strings.HasPrefix(file, "/") {
		file = "/" + file // C:/wheels becomes file:///C:/wheels
	}
	return (&url.URL{Scheme: "file", Path: file}).String()
}
