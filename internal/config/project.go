package config

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/lamella-build/lamella/internal/textfile"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// Project is the information from project files that is used for defaults and hints.
type Project struct {
	Name           string // [project].name in pyproject.toml, or otherwise the folder's name; normalised
	RequiresPython string // [project].requires-python, Poetry's "python", or that of pylock.toml; "" if there is none
	PythonVersion  string // first version in .python-version, or otherwise that of the Pipfile; "" if there is none
}

// ReadProject reads the project in the folder dir. Missing or unreadable information is
// left empty, because it is used only for defaults; [Read] reports damaged files.
func ReadProject(dir string) Project {
	var doc struct {
		Project struct {
			Name           any `toml:"name"`
			RequiresPython any `toml:"requires-python"`
		} `toml:"project"`
		Tool struct {
			Poetry struct {
				Name         any            `toml:"name"`
				Dependencies map[string]any `toml:"dependencies"`
			} `toml:"poetry"`
		} `toml:"tool"`
	}
	if data, err := textfile.Read(filepath.Join(dir, pyprojectFile)); err == nil {
		_ = toml.Unmarshal(data, &doc)
	}
	var p Project
	p.Name, _ = doc.Project.Name.(string)
	p.RequiresPython, _ = doc.Project.RequiresPython.(string)
	if p.Name == "" {
		p.Name, _ = doc.Tool.Poetry.Name.(string)
	}
	if p.RequiresPython == "" {
		p.RequiresPython, _ = doc.Tool.Poetry.Dependencies["python"].(string)
	}
	if p.RequiresPython == "" {
		p.RequiresPython = requiredByPylock(dir)
	}
	if p.Name == "" {
		if abs, err := filepath.Abs(dir); err == nil {
			p.Name = filepath.Base(abs)
		}
	}
	p.Name = pep503.Normalize(p.Name)
	version := filepath.Join(dir, ".python-version")
	if data, err := textfile.Bytes(version); err == nil {
		text, _ := textfile.Decode(version, data) // with PowerShell, echo 3.13 > .python-version writes UTF-16
		p.PythonVersion = firstVersion(text)
	}
	if p.PythonVersion == "" {
		p.PythonVersion = requiredByPipfile(dir)
	}
	return p
}

// requiredByPipfile returns the Python version that the Pipfile in dir requires. Pipenv
// locks only for that version.
func requiredByPipfile(dir string) string {
	var doc struct {
		Requires struct {
			Version     any `toml:"python_version"`
			FullVersion any `toml:"python_full_version"`
		} `toml:"requires"`
	}
	if data, err := textfile.Read(filepath.Join(dir, "Pipfile")); err == nil {
		_ = toml.Unmarshal(data, &doc)
	}
	version, _ := doc.Requires.FullVersion.(string)
	if version == "" {
		version, _ = doc.Requires.Version.(string)
	}
	return version
}

// requiredByPylock returns the requires-python of the pylock.toml in dir (PEP 751).
func requiredByPylock(dir string) string {
	var doc struct {
		RequiresPython any `toml:"requires-python"`
	}
	if data, err := textfile.Read(filepath.Join(dir, "pylock.toml")); err == nil {
		_ = toml.Unmarshal(data, &doc)
	}
	requires, _ := doc.RequiresPython.(string)
	return requires
}

// firstVersion returns the first entry in a .python-version file, as pyenv and uv read it,
// without the name of the implementation.
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

// SuggestRuntime returns the Lambda runtime that suits the project. runtimes is a list of
// names such as "python3.13", oldest first. SuggestRuntime returns the runtime for the
// project's .python-version or, without one, the oldest runtime that its requires-python
// allows. It returns "" if the project has neither, or if no runtime suits it.
func (p Project) SuggestRuntime(runtimes []string) string {
	for _, r := range runtimes {
		minor := strings.TrimPrefix(r, "python")
		if p.PythonVersion == minor || strings.HasPrefix(p.PythonVersion, minor+".") {
			return r
		}
	}
	if p.RequiresPython == "" {
		return ""
	}
	for alternative := range strings.SplitSeq(p.RequiresPython, "||") { // Poetry separates alternatives with ||
		specifiers, err := pep440.ParseSpecifiers(poetrySpecifiers(alternative))
		if err != nil {
			continue
		}
		for _, r := range runtimes {
			if allows(specifiers, strings.TrimPrefix(r, "python")) {
				return r
			}
		}
	}
	return ""
}

// allows reports whether specifiers allow a release of a minor version, such as "3.11": a late
// one for ">=3.11.4", or a certain one for "==3.11.4".
func allows(specifiers pep440.Specifiers, minor string) bool {
	for micro := 99; micro >= 0; micro-- {
		version, err := pep440.Parse(minor + "." + strconv.Itoa(micro))
		if err == nil && specifiers.Contains(version) {
			return true
		}
	}
	return false
}

// poetrySpecifiers converts a Poetry constraint to version specifiers: "^3.11" allows all
// later versions 3.*, and "~3.11" and "3.11" only 3.11.*. A constraint that is already a
// version specifier is left unchanged. See "Dependency specification" in Poetry's documentation.
func poetrySpecifiers(constraint string) string {
	var parts []string
	for part := range strings.SplitSeq(constraint, ",") {
		part = strings.TrimSpace(part)
		digits := strings.TrimLeft(part, "^~ ")
		release := strings.Split(digits, ".")
		switch {
		case strings.HasPrefix(part, "^"):
			part = ">=" + digits + ",==" + release[0] + ".*"
		case strings.HasPrefix(part, "~") && !strings.HasPrefix(part, "~="):
			part = ">=" + digits + ",==" + strings.Join(release[:min(2, len(release))], ".") + ".*"
		case part != "" && strings.Trim(part, "0123456789.*") == "":
			part = "==" + strings.TrimSuffix(part, ".*") + ".*"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ",")
}
