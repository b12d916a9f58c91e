package project

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lamella-build/lamella/internal/textfile"
	"github.com/lamella-build/lamella/lock"
)

// isSelfContained reports whether the lock file is complete in itself: it neither includes
// other files nor depends on the pyproject.toml beside it.
func (p *Project) isSelfContained() bool {
	switch name := p.Manifest.Name; {
	case name == "poetry.lock", name == "pdm.lock":
		return false
	case strings.HasSuffix(name, ".lock"), strings.HasSuffix(name, ".toml"):
		return true
	}
	return !including.MatchString(p.text())
}

// including matches the lines with which a requirements file includes other files.
var including = regexp.MustCompile(`(?m)^[ \t]*(-[rc]|--requirement|--constraint)`)

// text returns the lock file's content as text.
func (p *Project) text() string {
	text, err := textfile.Decode(p.LockPath, p.Manifest.Data)
	if err != nil { // URLs look the same in this encoding
		return string(p.Manifest.Data)
	}
	return text
}

// readIncludes makes the files that the lock file includes part of the comparison, because
// the bytes of the lock file itself do not change with them.
func (p *Project) readIncludes() error {
	if p.isSelfContained() {
		return nil
	}
	if err := p.parse(); err != nil {
		return err
	}
	for _, include := range p.lock.Includes {
		p.includes = append(p.includes, string(include.Digest))
	}
	return nil
}

// checkFresh warns about a lock file that is not up to date with its project, or rejects it. It
// runs before everything else: "unchanged" would be the wrong answer for someone who changed
// pyproject.toml and forgot to lock.
func (p *Project) checkFresh() error {
	if !p.hasProjectFile() {
		return nil
	}
	err := p.parse()
	var stale *lock.Stale
	if err == nil {
		stale, err = p.lock.Stale()
	}
	switch {
	case err != nil && p.Layer.Locked:
		return err
	case err != nil: // an unchanged lock file need not be parsed, and others are read again
		return nil
	case stale == nil:
		return nil
	case p.Layer.Locked:
		return stale.Fault()
	}
	p.warn(fmt.Sprintf("%s; update the lock file: %s", stale, stale.Relock))
	return nil
}

// hasProjectFile reports whether the file that the lock file was made from exists beside it.
// Flat formats do not record what they were made from.
func (p *Project) hasProjectFile() bool {
	if !strings.HasSuffix(p.Manifest.Name, ".lock") {
		return false
	}
	for _, name := range []string{"pyproject.toml", "Pipfile"} {
		if _, err := os.Stat(filepath.Join(filepath.Dir(p.LockPath), name)); err == nil {
			return true
		}
	}
	return false
}
