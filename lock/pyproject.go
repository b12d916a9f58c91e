package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/pelletier/go-toml/v2"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/textfile"
)

// pyproject is the part of a pyproject.toml that lock files refer to.
type pyproject struct {
	path    string
	content []byte

	Project struct {
		Name                 string              `toml:"name"`
		RequiresPython       string              `toml:"requires-python"`
		Dependencies         []string            `toml:"dependencies"`
		OptionalDependencies map[string][]string `toml:"optional-dependencies"`
		Dynamic              []string            `toml:"dynamic"`
	} `toml:"project"`
	DependencyGroups map[string][]any `toml:"dependency-groups"` // PEP 735
	Tool             struct {
		Poetry struct {
			Name            string              `toml:"name"`
			Dependencies    map[string]any      `toml:"dependencies"`
			DevDependencies map[string]any      `toml:"dev-dependencies"`
			Extras          map[string][]string `toml:"extras"`
			Groups          map[string]struct {
				Dependencies  map[string]any `toml:"dependencies"`
				IncludeGroups []string       `toml:"include-groups"`
			} `toml:"group"`
		} `toml:"poetry"`
		PDM struct {
			DevDependencies map[string][]string `toml:"dev-dependencies"`
			Sources         []pdmSource         `toml:"source"`
		} `toml:"pdm"`
		UV struct {
			DevDependencies []string       `toml:"dev-dependencies"`
			Sources         map[string]any `toml:"sources"`
		} `toml:"uv"`
	} `toml:"tool"`
}

// pyproject reads the pyproject.toml beside the lock file. why is a predicate of the lock
// file that says why it is needed, such as "does not list its groups".
func (d *document) pyproject(why string) (*pyproject, error) {
	path := filepath.Join(filepath.Dir(d.path), "pyproject.toml")
	p, err := readPyproject(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, d.refuse(why+", and there is no pyproject.toml beside it",
			"put the lock file beside its pyproject.toml, or lock again in the folder that contains pyproject.toml: "+d.command())
	}
	return p, err
}

// readPyproject reads the file at path. The error wraps fs.ErrNotExist if it is missing.
func readPyproject(path string) (*pyproject, error) {
	content, err := textfile.Read(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	p := &pyproject{path: path, content: content}
	if err := toml.Unmarshal(content, p); err != nil {
		d := &document{path: path, content: content, project: true}
		var decode *toml.DecodeError
		if errors.As(err, &decode) {
			row, column := decode.Position()
			return nil, d.invalid(row, fmt.Errorf("invalid TOML at column %d: %s", column, textfile.TOMLReason(decode.Error())), d.repair()...)
		}
		return nil, d.invalid(0, err, d.repair()...)
	}
	return p, nil
}

// include returns p as a file that the lock depends on.
func (p *pyproject) include() Include {
	return Include{Path: p.path, Digest: digest.SHA256(p.content)}
}

// fault returns err as an error about the file.
func (p *pyproject) fault(err error, hints ...string) error {
	return (&document{path: p.path}).invalid(0, err, hints...)
}
