package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/textfile"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/target"
)

// Compile is the command that pins the requirements of l, a requirements.txt, anew
// for t, with hashes: the one that made it where it says so.
func (l *Lock) Compile(t target.Target) string {
	d := &document{path: l.Path, content: l.Manifest, format: format{name: Requirements}}
	command, dir := d.stated()
	switch tool := strings.Fields(command + " . ."); {
	case command == "" && madeByPDM.Match(l.Manifest):
		return in(filepath.Dir(l.Path), d.command())
	case command == "":
		return CompileCommand(l.Path, t)
	case tool[0] == "uv" && tool[1] == "pip":
		command = withoutOption(withoutOption(command, "--python-version", true), "--python-platform", true)
		command = strings.Replace(command, "uv pip compile", fmt.Sprintf("uv pip compile --python-version 3.%d --python-platform %s-manylinux_2_%d",
			t.Minor, t.Machine, uvGlibc(t.GlibcMinor)), 1)
		command = withOption(command, "uv pip compile", "--generate-hashes")
	case tool[0] == "pip-compile":
		command = withOption(command, "pip-compile", "--generate-hashes")
	default: // an export, with hashes unless it is told otherwise
		command = withoutOption(withoutOption(command, "--no-hashes", false), "--without-hashes", false)
	}
	return in(dir, command)
}

// withOption adds an option behind the name of the command, unless it is there.
func withOption(command, name, option string) string {
	if slices.Contains(strings.Fields(command), option) {
		return command
	}
	return strings.Replace(command, name, name+" "+option, 1)
}

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
