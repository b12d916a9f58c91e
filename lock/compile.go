package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/shell"
	"github.com/lamella-build/lamella/internal/textfile"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/target"
)

// Compile returns the command that pins the requirements of l, a requirements.txt,
// for t with hashes. It is based on the command in the header of the file, if any.
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
	default: // an export, which has hashes by default
		command = withoutOption(withoutOption(command, "--no-hashes", false), "--without-hashes", false)
	}
	return in(dir, command)
}

// IsSource reports whether the command that [Lock.Compile] returns reads l itself, so that
// it can only repeat the versions in l.
func (l *Lock) IsSource() bool {
	d := &document{path: l.Path, content: l.Manifest, format: format{name: Requirements}}
	command, _ := d.stated()
	source, _ := compileFiles(l.Path)
	return command == "" && !madeByPDM.Match(l.Manifest) && source == l.Path
}

// withOption adds an option after the name of the command, unless it has it.
func withOption(command, name, option string) string {
	if slices.Contains(strings.Fields(command), option) {
		return command
	}
	return strings.Replace(command, name, name+" "+option, 1)
}

// CompileCommand returns the command that pins the requirements at path for t. A
// requirements.in beside a requirements.txt is its source. The command never replaces a
// file that no tool has generated: it pins into a new file beside it, and a comment at its
// end says how to use that.
func CompileCommand(path string, t target.Target) string {
	source, output := compileFiles(path)
	if source == output || isHandWritten(output) {
		output = stemOf(path) + "-locked.txt"
		return compileCommand(source, output, t) + "  # then use --lock " + shell.Quote(output)
	}
	return compileCommand(source, output, t)
}

// compileFiles returns the files that CompileCommand would read and write: both are path
// if it has no source.
func compileFiles(path string) (source, output string) {
	source, output = stemOf(path)+".in", stemOf(path)+".txt"
	if source != path {
		output = path
		if _, err := os.Stat(source); err != nil {
			source = path
		}
	}
	return source, output
}

func stemOf(path string) string { return strings.TrimSuffix(strings.TrimSuffix(path, ".txt"), ".in") }

// isHandWritten reports whether path is a file without the header of a tool that generates
// requirements.
func isHandWritten(path string) bool {
	content, err := textfile.Read(path)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	return !madeBy.Match(content[:min(len(content), headerBytes)])
}

// compileCommand returns the command that pins the requirements in source for t.
func compileCommand(source, output string, t target.Target) string {
	return fmt.Sprintf("uv pip compile %s --generate-hashes --only-binary :all: --python-version 3.%d --python-platform %s-manylinux_2_%d -o %s",
		shell.Quote(source), t.Minor, t.Machine, uvGlibc(t.GlibcMinor), shell.Quote(output))
}

// uvGlibc returns the newest glibc minor version of uv's --python-platform that is
// not newer than 2.<minor>. uv supports 2.17, 2.28 and 2.31 to 2.40.
func uvGlibc(minor int) int {
	switch {
	case minor >= 31:
		return min(minor, 40)
	case minor >= 28:
		return 28
	}
	return 17
}

// CreateHints returns hints that say how to create a lock file for t from the files in the
// folder project, with the command of the project's tool. There are none if there is
// nothing to lock.
func CreateHints(project string, t target.Target) []string {
	read := func(name string) (content string, ok bool) {
		bytes, err := textfile.Read(filepath.Join(project, name))
		return string(bytes), err == nil
	}
	if path, name := workspaceLock(project); path != "" {
		return []string{fmt.Sprintf("use the lock file of the workspace: lamella COMMAND --lock %s --package %s", shell.Quote(path), shell.Quote(name))}
	}
	const first = "create the lock file: "
	var hints []string
	if _, ok := read("Pipfile"); ok {
		hints = append(hints, first+in(project, "pipenv lock"))
	}
	if content, ok := read("pyproject.toml"); ok {
		tool := "uv"
		for _, other := range []string{"poetry", "pdm"} {
			if strings.Contains(content, "[tool."+other) {
				tool = other
			}
		}
		hints = append(hints, first+in(project, tool+" lock"))
	}
	if _, ok := read("requirements.in"); ok {
		hints = append(hints, first+CompileCommand(filepath.Join(project, "requirements.in"), t))
	}
	if len(hints) > 0 {
		for i := range hints[1:] {
			hints[1+i] = "or " + hints[1+i]
		}
		return hints
	}
	for _, name := range []string{"setup.py", "setup.cfg"} {
		if _, ok := read(name); ok {
			return []string{first + compileCommand(filepath.Join(project, name), filepath.Join(project, "requirements.txt"), t)}
		}
	}
	for _, name := range []string{"environment.yml", "environment.yaml"} {
		if _, ok := read(name); ok {
			source := filepath.Join(project, "requirements.in")
			return []string{"list the packages from PyPI in " + source + ", because conda's " + name + " is not a lock file",
				first + CompileCommand(source, t)}
		}
	}
	return nil
}

// workspaceLock returns the uv.lock in the nearest folder above project, and the name
// of the project, if the project is a member of that workspace.
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

// in returns the command line that runs command in the folder dir.
func in(dir, command string) string {
	if dir = filepath.Clean(dir); dir == "." {
		return command
	}
	return "cd " + shell.Quote(dir) + " && " + command
}
