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

// isSelfContained reports a lock file that states everything itself: no other file
// includes more, or is included.
func (p *Project) isSelfContained() bool {
	switch name := p.Manifest.Name; {
	case name == "poetry.lock", name == "pdm.lock":
		return false
	case strings.HasSuffix(name, ".lock"), strings.HasSuffix(name, ".toml"):
		return true
	}
	return !including.MatchString(p.text())
}

// including finds the lines by which a requirements file includes others.
var including = regexp.MustCompile(`(?m)^[ \t]*(-[rc]|--requirement|--constraint)`)

// text is the lock file's content as text.
func (p *Project) text() string {
	text, err := textfile.Decode(p.LockPath, p.Manifest.Data)
	if err != nil { // an encoding in which URLs look the same
		return string(p.Manifest.Data)
	}
	return text
}

// readIncludes makes the files that the lock file includes part of what is compared:
// the lock file's own bytes do not change with them.
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

// checkFresh warns of a lock file that is older than its project, or refuses it. It
// comes before everything else: "unchanged" would be the wrong answer for somebody
// who changed pyproject.toml and forgot to lock.
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
	case err != nil: // an unchanged lock need not be understood, and others are read again
		return nil
	case stale == nil:
		return nil
	case p.Layer.Locked:
		return stale.Fault()
	}
	p.warn(fmt.Sprintf("%s; update it: %s", stale, stale.Relock))
	return nil
}

// hasProjectFile reports that the file that the lock was made from lies beside it. The
// flat formats do not state what they were made from.
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
