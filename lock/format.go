package lock

import (
	"regexp"
	"strings"
)

// Format names a lock file format.
type Format string

const (
	UV           Format = "uv.lock"
	Requirements Format = "requirements.txt"
	Poetry       Format = "poetry.lock"
	Pylock       Format = "pylock.toml"
	PDM          Format = "pdm.lock"
	Pipenv       Format = "Pipfile.lock"
)

// format is a row in the table of formats.
type format struct {
	name Format
	// file is a regular expression for the names that Find looks for.
	file string
	// other is a regular expression for further names that --lock accepts, or "".
	other string
	// looks is a regular expression for the content of a file with any other name, or "" if
	// only the name can identify the format.
	looks string
	read  func(*document) (*Lock, error)
	// relock is the command that creates such a lock file from its project.
	relock string
}

// formats returns the table, in the order in which the formats are tried.
func formats() []format {
	return []format{
		{
			name:   UV,
			file:   `^uv\.lock$`,
			other:  `\.(py|uv)\.lock$`, // for a PEP 723 script, or renamed
			looks:  `(?m)^version = \d+\r?$`,
			read:   readUV,
			relock: "uv lock",
		},
		{
			name:   Pylock,
			file:   `^pylock\.([^.]+\.)?toml$`, // PEP 751, "File Name"
			looks:  `(?m)^created-by = `,
			read:   readPylock,
			relock: "uv export --format pylock.toml --no-dev --no-emit-project --output-file pylock.toml",
		},
		{
			name:   Poetry,
			file:   `^poetry\.lock$`,
			looks:  `(?m)^(\[metadata\]\r?\nlock-version = "[12]\.|content-hash = )`,
			read:   readPoetry,
			relock: "poetry lock",
		},
		{
			name:   PDM,
			file:   `^pdm\.lock$`,
			looks:  `(?m)^lock_version = "4[^"]*"\r?$`,
			read:   readPDM,
			relock: "pdm lock",
		},
		{
			name:   Pipenv,
			file:   `^Pipfile\.lock$`,
			looks:  `"pipfile-spec"\s*:`,
			read:   readPipfile,
			relock: "pipenv lock",
		},
		{
			name:  Requirements,
			file:  `^requirements\.txt$`,
			other: `\.(txt|in)$|requirements`,
			read:  readRequirements,
		},
	}
}

// formatOf returns the format of a file according to its usual name, or else its content,
// or else its other possible names. The content of a .txt file does not count.
func formatOf(name string, content []byte) (format, bool) {
	table := formats()
	for _, f := range table {
		if f.named(name) {
			return f, true
		}
	}
	if !strings.HasSuffix(name, ".txt") {
		if f, ok := formatLike(content); ok {
			return f, true
		}
	}
	for _, f := range table {
		if f.other != "" && regexp.MustCompile(f.other).MatchString(name) {
			return f, true
		}
	}
	return format{}, false
}

// formatLike returns the format that the content looks like.
func formatLike(content []byte) (format, bool) {
	for _, f := range formats() {
		if f.looks != "" && regexp.MustCompile(f.looks).Match(content) {
			return f, true
		}
	}
	return format{}, false
}

// named reports whether name is the usual file name of the format.
func (f format) named(name string) bool { return regexp.MustCompile(f.file).MatchString(name) }

// Relock returns the command that updates the lock file from its project.
func (l *Lock) Relock() string { return l.relock }

// Repair returns the hints for an error in the lock file: to restore or to recreate it.
func (l *Lock) Repair() []string { return l.repair }
