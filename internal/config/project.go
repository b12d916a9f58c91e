package config

import (
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/lamella-build/lamella/internal/textfile"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// Project is what a project says about itself, as far as it helps with
// defaults and hints.
type Project struct {
	Name           string // [project].name in pyproject.toml, normalised; else the folder's name
	RequiresPython string // [project].requires-python, "" if not stated
	PythonVersion  string // the first version in .python-version, "" if there is none
}

// ReadProject reads the project in the folder dir. What is missing or cannot be
// read is left empty: it gives defaults only, and Read reports a damaged file.
func ReadProject(dir string) Project {
	var doc struct {
		Project struct {
			Name           any `toml:"name"`
			RequiresPython any `toml:"requires-python"`
		} `toml:"project"`
	}
	if data, err := textfile.Read(filepath.Join(dir, pyprojectFile)); err == nil {
		_ = toml.Unmarshal(data, &doc)
	}
	var p Project
	p.Name, _ = doc.Project.Name.(string)
	p.RequiresPython, _ = doc.Project.RequiresPython.(string)
	if p.Name == "" {
		if abs, err := filepath.Abs(dir); err == nil {
			p.Name = filepath.Base(abs)
		}
	}
	p.Name = pep503.Normalize(p.Name)
	version := filepath.Join(dir, ".python-version")
	if data, err := textfile.Bytes(version); err == nil {
		text, _ := textfile.Decode(version, data) // PowerShell's echo 3.13 > .python-version is in UTF-16
		p.PythonVersion = firstVersion(text)
	}
	return p
}

// firstVersion returns the first entry of a .python-version file, as pyenv and
// uv read it, without the name of the implementation.
func firstVersion(text string) string {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line != "" {
			return strings.TrimPrefix(strings.TrimPrefix(line, "cpython"), "-")
		}
	}
	return ""
}

// SuggestRuntime returns the Lambda runtime among runtimes (names such as
// "python3.13", oldest first) that suits the project: the one of its
// .python-version, else the newest that its requires-python allows and that is
// not newer than python3.13, else the oldest it allows. "" if nothing says.
func (p Project) SuggestRuntime(runtimes []string) string {
	for _, r := range runtimes {
		minor := strings.TrimPrefix(r, "python")
		if p.PythonVersion == minor || strings.HasPrefix(p.PythonVersion, minor+".") {
			return r
		}
	}
	specifiers, err := pep440.ParseSpecifiers(p.RequiresPython)
	if err != nil || p.RequiresPython == "" {
		return ""
	}
	suggestion := ""
	for _, r := range runtimes {
		minor := strings.TrimPrefix(r, "python")
		// A late patch release satisfies ">=3.11.4" as well as ">=3.11".
		version, err := pep440.Parse(minor + ".99")
		if err != nil || !specifiers.Contains(version) {
			continue
		}
		suggestion = r
		if r == fallbackRuntime {
			break
		}
	}
	return suggestion
}

// fallbackRuntime is suggested where nothing in the project says more.
const fallbackRuntime = "python3.13"
