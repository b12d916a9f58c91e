package lock

import (
	"errors"
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"github.com/lamella-build/lamella/internal/secret"
)

// quoting is an error whose message quotes what a user wrote. It is made fit to
// be shown: without credentials, and not endless.
func quoting(err error) error {
	const enough = 300
	text := secret.Text(err.Error())
	if len(text) > enough {
		text = strings.ToValidUTF8(text[:enough], "") + "…"
	}
	return errors.New(text)
}

// hasScheme reports an absolute URL rather than a path. A single letter is a
// Windows drive.
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

// baseName is the last path component of a URL or path, percent-decoded
// where it is a URL. Query and fragment do not belong to it.
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

// absolute joins path parts to an absolute file path; a part that is absolute
// itself starts anew.
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

// FileURL is the file URL of an absolute path.
func FileURL(file string) string {
	file = filepath.ToSlash(file)
	if !strings.HasPrefix(file, "/") {
		file = "/" + file // C:/wheels becomes file:///C:/wheels
	}
	return (&url.URL{Scheme: "file", Path: file}).String()
}
