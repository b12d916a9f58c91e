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

// format is one row of the table of formats.
type format struct {
	name Format
	// file is a regular expression of the names that Find looks for.
	file string
	// other is one of further names that --lock may give to such a file; "": none.
	other string
	// looks is one that recognises the content of a file with any other name;
	// "": such a file is told by its name only.
	looks string
	read  func(*document) (*Lock, error)
	// relock is the command that makes such a lock anew from its project.
	relock string
}

// formats returns the table, in the order in which a file is tried against it.
func formats() []format {
	return []format{
		{
			name:   UV,
			file:   `^uv\.lock$`,
			other:  `\.(py|uv)\.lock$`, // of a PEP 723 script; renamed
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
			name:   Requirements,
			file:   `^requirements\.txt$`,
			other:  `\.(txt|in)$|requirements`,
			read:   readRequirements,
			relock: "uv pip compile --generate-hashes --only-binary :all: requirements.in -o requirements.txt",
		},
	}
}

// formatOf tells the format of a file: by its own name, else by its content,
// else by the names that its format may have.
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

// formatLike tells the format that the content looks like.
func formatLike(content []byte) (format, bool) {
	for _, f := range formats() {
		if f.looks != "" && regexp.MustCompile(f.looks).Match(content) {
			return f, true
		}
	}
	return format{}, false
}

// named reports a file name that is the format's own.
func (f format) named(name string) bool { return regexp.MustCompile(f.file).MatchString(name) }

// Relock is the command that makes the lock anew from its project.
func (l *Lock) Relock() string { return l.relock }
