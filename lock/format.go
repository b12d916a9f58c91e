package lock

import (
	"path"
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
	// files are the patterns (path.Match) of the names that Find looks for.
	files []string
	// other are further names that --lock may give to such a file.
	other []string
	// looks is a regular expression that recognises the content of a file with
	// any other name; "": such a file is told by its name only.
	looks string
	// read is the format's reader; nil: recognised, not supported yet.
	read func(*document) (*Lock, error)
	// export is the command that turns such a lock into a requirements.txt
	// with hashes, where read is nil.
	export string
}

// formats returns the table, in the order in which a file is tried against it.
func formats() []format {
	return []format{
		{
			name:  UV,
			files: []string{"uv.lock"},
			other: []string{"*.py.lock", "*.uv.lock"}, // of a PEP 723 script; renamed
			looks: `(?m)^requires-python = "[^"]*"\r?$`,
			read:  readUV,
		},
		{
			name:   Poetry,
			files:  []string{"poetry.lock"},
			looks:  `(?m)^lock-version = "[12]\.\d+"\r?$`,
			export: "poetry export --format requirements.txt --output requirements.txt",
		},
		{
			name:   Pylock,
			files:  []string{"pylock.toml", "pylock.*.toml"},
			export: "uv export --format requirements-txt --no-dev --no-emit-project --output-file requirements.txt",
		},
		{
			name:   PDM,
			files:  []string{"pdm.lock"},
			looks:  `(?m)^lock_version = "4[^"]*"\r?$`,
			export: "pdm export --prod --format requirements --output requirements.txt",
		},
		{
			name:   Pipenv,
			files:  []string{"Pipfile.lock"},
			looks:  `"pipfile-spec"\s*:`,
			export: "pipenv requirements --hash > requirements.txt",
		},
		{
			name:  Requirements,
			files: []string{"requirements.txt"},
			other: []string{"*.txt", "*.in", "*requirements*"},
			read:  readRequirements,
		},
	}
}

// formatOf tells the format of a file: by its own name, else by its content,
// else by the names that its format may have.
func formatOf(name string, content []byte) (format, bool) {
	table := formats()
	for _, f := range table {
		if matches(f.files, name) {
			return f, true
		}
	}
	if !strings.HasSuffix(name, ".txt") {
		for _, f := range table {
			if f.looks != "" && regexp.MustCompile(f.looks).Match(content) {
				return f, true
			}
		}
	}
	for _, f := range table {
		if matches(f.other, name) {
			return f, true
		}
	}
	return format{}, false
}

func matches(patterns []string, name string) bool {
	for _, pattern := range patterns {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return true
		}
	}
	return false
}
