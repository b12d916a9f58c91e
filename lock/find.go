package lock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/target"
)

// Find returns the path of the only lock file in the folder project. A pylock.NAME.toml
// counts only if there is no other lock file, because it is meant for one of several
// purposes. If there is no lock file or more than one, the error is a fault.Error that
// lists the candidates, or the commands that create a lock file for t.
func Find(project string, t target.Target) (string, error) {
	entries, err := os.ReadDir(project)
	if err != nil {
		if info, statErr := os.Stat(project); statErr == nil && !info.IsDir() {
			return "", &fault.Error{Kind: fault.Usage, Message: "the project must be a folder, but " + project + " is a file", Subject: project,
				Hints: []string{"pass the lock file with --lock: lamella build --lock " + shell.Quote(project)}}
		}
		return "", &fault.Error{Kind: fault.Usage, Message: "cannot look for a lock file in " + project, Subject: project, Err: cause(err)}
	}
	var found []string
	for _, f := range formats() {
		own := regexp.MustCompile(f.file) // compiled once for all files
		for _, entry := range entries {
			if !entry.IsDir() && own.MatchString(entry.Name()) {
				found = append(found, entry.Name())
			}
		}
	}
	if general := slices.DeleteFunc(slices.Clone(found), isNamedPylock); len(general) > 0 {
		found = general
	}
	switch len(found) {
	case 1:
		return filepath.Join(project, found[0]), nil
	case 0:
		return "", noLock(project, t)
	}
	return "", &fault.Error{
		Kind: fault.Usage, Subject: project,
		Message: fmt.Sprintf("%s has %d lock files: %s", project, len(found), strings.Join(found, ", ")),
		Hints:   []string{"choose one: --lock " + shell.Quote(filepath.Join(project, found[0]))},
	}
}

// isNamedPylock reports whether name is like "pylock.dev.toml" (PEP 751, "File Name").
func isNamedPylock(name string) bool {
	return strings.HasPrefix(name, "pylock.") && name != string(Pylock)
}

// sources are the files that a lock file can be created from.
var sources = []string{"pyproject.toml", "Pipfile", "requirements.in", "setup.py", "setup.cfg", "environment.yml", "environment.yaml"}

// FindProject returns the nearest folder, from dir upwards, that contains a lock file,
// lamella.toml, or a file that a lock file is created from, such as pyproject.toml. The
// path is relative if dir is. ok is false if there is no such folder.
func FindProject(dir string) (project string, ok bool) {
	full, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	for {
		entries, _ := os.ReadDir(full) // an unreadable folder is not the project
		if slices.ContainsFunc(entries, isProjectFile) {
			return dir, true
		}
		above := filepath.Dir(full)
		if above == full {
			return "", false
		}
		full, dir = above, filepath.Join(dir, "..")
	}
}

func isProjectFile(entry os.DirEntry) bool {
	name := entry.Name()
	if entry.IsDir() {
		return false
	}
	return name == "lamella.toml" || slices.Contains(sources, name) ||
		slices.ContainsFunc(formats(), func(f format) bool { return regexp.MustCompile(f.file).MatchString(name) })
}

// ErrNone is wrapped by the error for a folder without a lock file.
var ErrNone = errors.New("no lock file found")

// noLock returns the error for a project without a lock file.
func noLock(project string, t target.Target) error {
	full, err := filepath.Abs(project)
	if err != nil {
		full = project
	}
	e := &fault.Error{Kind: fault.Lock, Message: "no lock file found in " + full, Subject: project, Sentinel: ErrNone, Hints: CreateHints(project, t)}
	if len(e.Hints) == 0 {
		e.Message = "no Python project found in " + full
		e.Hints = []string{
			"choose the project's folder: lamella COMMAND path/to/project",
			"or, if the lock file has a nonstandard name, choose it: --lock FILE",
		}
	}
	return e
}
