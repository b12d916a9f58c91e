package wheel

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/pypa/pysource"
)

// Bin is the folder of a layer that Lambda puts on PATH, as /opt/bin.
const Bin = "bin/"

// shebang is the first line of Python scripts. In Lambda, it runs the runtime's Python,
// which is on PATH.
const shebang = "#!/usr/bin/env python3\n"

// maxScript is the size of the largest script that is rewritten; larger ones are unchanged.
const maxScript = 1 << 20 // bytes

// EntryPoint is a command that calls a function (PyPA "Entry points
// specification", console_scripts and gui_scripts). Like pip and uv, lamella ignores
// its extras.
type EntryPoint struct {
	Name   string // of the command
	Module string // dotted
	Object string // in the module, dotted
}

// entryPointError is the error for an entry point of which no tool makes a command.
type entryPointError string

func (e entryPointError) Error() string { return string(e) }

var object = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([\pL\pN_.]+)\s*:\s*([\pL\pN_.]+)\s*(\[.*\])?$`) })

// ParseEntryPoints returns the commands in an entry_points.txt, sorted by name. If a name
// appears twice, the last one counts, as in pip.
func ParseEntryPoints(content []byte) ([]EntryPoint, error) {
	commands := map[string][2]string{} // by name, those of gui_scripts last
	for _, wanted := range []string{"console_scripts", "gui_scripts"} {
		section := ""
		for line := range strings.Lines(string(content)) {
			line = strings.TrimSpace(line)
			switch {
			case line == "" || line[0] == '#' || line[0] == ';':
				continue
			case line[0] == '[' && line[len(line)-1] == ']':
				section = strings.TrimSpace(line[1 : len(line)-1])
				continue
			case section != wanted:
				continue
			}
			name, value, _ := strings.Cut(line, "=")
			name = strings.TrimSpace(name)
			parts := object().FindStringSubmatch(strings.TrimSpace(value))
			if parts == nil {
				return nil, entryPointError(fmt.Sprintf("%q in entry_points.txt is not of the form NAME = MODULE:FUNCTION", line))
			}
			if err := layer.CheckName(name); err != nil || strings.Contains(name, "/") {
				return nil, entryPointError(fmt.Sprintf("%q in entry_points.txt is not a valid name of a command", name))
			}
			commands[name] = [2]string{parts[1], parts[2]}
		}
	}
	list := make([]EntryPoint, 0, len(commands))
	for name, to := range commands {
		list = append(list, EntryPoint{name, to[0], to[1]})
	}
	slices.SortFunc(list, func(a, b EntryPoint) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// Script returns the script that runs the command, for the layer's bin/.
func (e EntryPoint) Script() []byte {
	first, _, _ := strings.Cut(e.Object, ".")
	return []byte(shebang + searchLayer(e.Name) +
		"from " + e.Module + " import " + first + "\n" +
		"if __name__ == \"__main__\":\n    sys.exit(" + e.Object + "())\n")
}

// searchLayer returns a line of Python that adds the layer's modules to the search path of
// the script bin/<name>. Lambda adds python/ to sys.path only for the function, not for
// programs that the function starts.
func searchLayer(name string) string {
	up := "os.path.dirname(os.path.realpath(__file__))"
	for range strings.Count(name, "/") + 1 {
		up = "os.path.dirname(" + up + ")"
	}
	return "import os, sys; sys.path.insert(0, os.path.join(" + up + ", \"python\"))\n"
}

// PythonScript returns the Python script bin/<name> with the first line and search path
// that it needs there. It replaces the existing first line.
func PythonScript(name string, content []byte) []byte {
	_, rest, _ := bytes.Cut(content, []byte("\n"))
	rest = slices.Concat([]byte(shebang), rest)
	at, err := pysource.Top(rest)
	if err != nil {
		return rest // uses the syntax of another Python version; running it will report that
	}
	line := searchLayer(name)
	if at > 0 && rest[at-1] != '\n' {
		line = "\n" + line
	}
	return slices.Concat(rest[:at], []byte(line), rest[at:])
}

// Hash returns a file's hash and size as they appear in RECORD.
func Hash(content []byte) (hash, size string) {
	sum := sha256.Sum256(content)
	return "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:]), strconv.Itoa(len(content))
}

// script returns the name in bin/ of a script, or "" for any other member.
func (w *Wheel) script(name string) string {
	top, rest, _ := strings.Cut(name, "/")
	inside, ok := strings.CutPrefix(rest, "scripts/")
	if !ok || !w.isDataFolder(top) {
		return ""
	}
	return inside
}

// entryPoints returns the commands in the wheel's entry_points.txt.
func (w *Wheel) entryPoints() ([]EntryPoint, error) {
	m := w.find("entry_points.txt")
	if m == nil {
		return nil, nil
	}
	content, err := w.read(m)
	if err != nil {
		return nil, err
	}
	return ParseEntryPoints(content)
}

// Commands are the names of the files that a wheel adds to bin/.
type Commands struct {
	Scripts  []string // entry points and Python scripts, whose code is also in modules
	Programs []string // all other scripts and programs, which run only from bin/
}

// Commands returns the sorted names of the files that [Selection.Scripts] adds.
func (w *Wheel) Commands() (Commands, error) {
	c, err := w.commands()
	if err != nil {
		return c, openFault(w.name, err)
	}
	return c, nil
}

func (w *Wheel) commands() (Commands, error) {
	var c Commands
	points, err := w.entryPoints()
	if err != nil {
		return c, err
	}
	for _, e := range points {
		c.Scripts = append(c.Scripts, e.Name)
	}
	for _, f := range w.files {
		name := w.script(f.name)
		if name == "" || Replaces(points, name) {
			continue
		}
		offset, err := w.archive.dataOffset(f.member)
		if err != nil {
			return c, err
		}
		if begins(w.entry(f.member, name, offset), "#!") {
			c.Scripts = append(c.Scripts, name)
		} else {
			c.Programs = append(c.Programs, name)
		}
	}
	slices.Sort(c.Scripts)
	slices.Sort(c.Programs)
	return c, nil
}

// Replaces reports whether an entry point replaces script, a file in .data/scripts. pip and
// uv then do not install the file.
func Replaces(points []EntryPoint, script string) bool {
	base := path.Base(script)
	for _, end := range []string{".exe", "-script.py", ".pya"} {
		if name, ok := strings.CutSuffix(base, end); ok {
			base = name
			break
		}
	}
	return slices.ContainsFunc(points, func(e EntryPoint) bool { return e.Name == base })
}

// begins reports whether e's content starts with text.
func begins(e layer.Entry, text string) bool {
	b := make([]byte, len(text))
	_, err := io.ReadFull(e.Open(), b)
	return err == nil && string(b) == text
}

// bin returns the entries for bin/ and their rows in RECORD. offsets holds the offset of
// each member's data.
func (w *Wheel) bin(s *Selection, offsets []int64) (entries []layer.Entry, rows []Row, err error) {
	points, err := w.entryPoints()
	if err != nil {
		return nil, nil, err
	}
	add := func(e layer.Entry, hash, size string) {
		if s.excludes(e.Name, e.Size) {
			return
		}
		e.Executable = true
		entries = append(entries, e)
		rows = append(rows, Row{"../" + e.Name, hash, size})
	}
	made := func(name string, content []byte) {
		hash, size := Hash(content)
		add(stored(Bin+name, content), hash, size)
	}
	for _, e := range points {
		made(e.Name, e.Script())
	}
	stated, err := w.rows()
	if err != nil {
		return nil, nil, err
	}
	for _, f := range w.files {
		name := w.script(f.name)
		if name == "" || Replaces(points, name) {
			continue
		}
		e := w.entry(f.member, "", offsets[f.index])
		e.Name = Bin + name
		if f.size > maxScript || !begins(e, "#!python") {
			i := slices.IndexFunc(stated, func(row Row) bool { return row.Path == f.name })
			row := Row{Size: strconv.FormatInt(f.size, 10)}
			if i >= 0 {
				row = stated[i]
			}
			add(e, row.Hash, row.Size)
			continue
		}
		content, err := w.read(f.member)
		if err != nil {
			return nil, nil, err
		}
		made(name, PythonScript(name, content))
	}
	return entries, rows, nil
}

// rows reads RECORD.
func (w *Wheel) rows() ([]Row, error) {
	content, err := w.read(w.record)
	if err != nil {
		return nil, err
	}
	rows, _, err := parseRecord(bytes.NewReader(content))
	return rows, err
}
