package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lamella-build/lamella/internal/textfile"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/target"
)

// CompileCommand is the command that pins, for t, the requirements at path, with
// the names of the user's own files: a requirements.in beside a requirements.txt
// is its source. Without one the requirements are moved out of the lock's way.
func CompileCommand(path string, t target.Target) string {
	source, output, move := path, path, ""
	if stem, isSource := strings.CutSuffix(source, ".in"); isSource {
		output = stem + ".txt"
	} else {
		source = strings.TrimSuffix(source, ".txt") + ".in"
		if _, err := os.Stat(source); err != nil {
			move = "mv " + quote(output) + " " + quote(source) + " && "
		}
	}
	return fmt.Sprintf("%suv pip compile %s --generate-hashes --only-binary :all: --python-version 3.%d --python-platform %s-manylinux_2_%d -o %s",
		move, quote(source), t.Minor, t.Machine, uvGlibc(t.GlibcMinor), quote(output))
}

// uvGlibc is the newest glibc of uv's --python-platform that is not newer
// than 2.<minor>: it knows 2.17, 2.28 and 2.31 to 2.40.
func uvGlibc(minor int) int {
	switch {
	case minor >= 31:
		return min(minor, 40)
	case minor >= 28:
		return 28
	}
	return 17
}

// lockCommands are the commands that make a lock file for t from what the folder
// project has; none if it has nothing that could be locked.
func lockCommands(project string, t target.Target) []string {
	read := func(name string) (content string, ok bool) {
		bytes, err := textfile.Read(filepath.Join(project, name))
		return string(bytes), err == nil
	}
	if path, name := workspaceLock(project); path != "" {
		return []string{fmt.Sprintf("it belongs to a workspace; take that one's lock: --lock %s --package %s", quote(path), quote(name))}
	}
	var commands []string
	if _, ok := read("Pipfile"); ok {
		commands = append(commands, in(project, "pipenv lock"))
	}
	if content, ok := read("pyproject.toml"); ok {
		tool := "uv"
		for _, other := range []string{"poetry", "pdm"} {
			if strings.Contains(content, "[tool."+other) {
				tool = other
			}
		}
		commands = append(commands, in(project, tool+" lock"))
	}
	if _, ok := read("requirements.in"); ok {
		commands = append(commands, CompileCommand(filepath.Join(project, "requirements.in"), t))
	}
	return commands
}

// workspaceLock is the uv.lock of the nearest folder above project that has one,
// and the name of the project, if it is a member of that workspace.
func workspaceLock(project string) (path, name string) {
	p, err := readPyproject(filepath.Join(project, "pyproject.toml"))
	if err != nil || p.Project.Name == "" {
		return "", ""
	}
	name = pep503.Normalize(p.Project.Name)
	above := project
	for range 5 {
		above = filepath.Join(above, "..")
		path := filepath.Join(above, string(UV))
		l, err := Read(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			break
		}
		for _, m := range l.Members {
			if l.Packages[m.Package].Name == name {
				return path, name
			}
		}
		break
	}
	return "", ""
}

// in is a command that has to run in the folder dir.
func in(dir, command string) string {
	if dir = filepath.Clean(dir); dir == "." {
		return command
	}
	return "cd " + quote(dir) + " && " + command
}
