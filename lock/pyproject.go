package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/pelletier/go-toml/v2"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/textfile"
)

// pyproject is a pyproject.toml, as far as locks refer to it.
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

// pyproject reads the pyproject.toml beside the lock; why says what for.
func (d *document) pyproject(why string) (*pyproject, error) {
	path := filepath.Join(filepath.Dir(d.path), "pyproject.toml")
	p, err := readPyproject(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, d.fault(0, fmt.Errorf("%s, and there is no pyproject.toml beside it to tell", why),
			"put it beside its pyproject.toml, or bring it up to date there: "+d.relock())
	}
	return p, err
}

// readPyproject reads the file at path. That there is none is fs.ErrNotExist.
func readPyproject(path string) (*pyproject, error) {
	content, err := textfile.Read(path)
	if err != nil {
		return nil, &fault.Error{Kind: fault.Lock, Op: "read", Subject: path, Err: cause(err)}
	}
	p := &pyproject{path: path, content: content}
	if err := toml.Unmarshal(content, p); err != nil {
		d := &document{path: path, content: content}
		var decode *toml.DecodeError
		if errors.As(err, &decode) {
			row, column := decode.Position()
			return nil, d.fault(row, fmt.Errorf("column %d: %w", column, err))
		}
		return nil, d.fault(0, err)
	}
	return p, nil
}

// include is p as a file that a lock's meaning depends on.
func (p *pyproject) include() Include {
	return Include{Path: p.path, Digest: digest.SHA256(p.content)}
}

// fault is an error in the file.
func (p *pyproject) fault(err error) error {
	return &fault.Error{Kind: fault.Lock, Op: "read", Subject: p.path, Err: err}
}
