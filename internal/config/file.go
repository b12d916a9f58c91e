package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/textfile"
)

// The files that can contain the configuration. At most one of them may do so.
const (
	pyprojectFile = "pyproject.toml"
	lamellaFile   = "lamella.toml"
)

// Read reads the configuration of the project in the folder dir: the table [tool.lamella] in
// pyproject.toml, or lamella.toml. Both may be missing. It returns a fault.Error of Kind
// Usage if both exist, a key is unknown, or a value has the wrong type. Relative paths in
// the file are relative to dir.
func Read(dir string) (Source, error) {
	var found []Source
	for _, file := range []struct {
		name  string
		table []string // the table that contains the keys
	}{
		{pyprojectFile, []string{"tool", "lamella"}},
		{lamellaFile, nil},
	} {
		path := filepath.Join(dir, file.name)
		data, err := textfile.Read(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return Source{}, unreadable(path, err)
		}
		settings, err := parse(path, data, file.table)
		if err != nil {
			return Source{}, err
		}
		if settings == nil {
			continue
		}
		if err := checkTables(path, settings); err != nil {
			return Source{}, err
		}
		rebase(settings, dir)
		found = append(found, Source{Settings: *settings, Origin: func(k Key) string { return k.Name + " in " + path }})
	}
	switch len(found) {
	case 0:
		return Source{Origin: func(Key) string { return "" }}, nil
	case 1:
		return found[0], nil
	}
	return Source{}, &fault.Error{
		Kind: fault.Usage, Subject: dir,
		Message: fmt.Sprintf("%s has [tool.lamella], but %s exists too", filepath.Join(dir, pyprojectFile), filepath.Join(dir, lamellaFile)),
		Hints:   []string{"keep only one of the two: move all keys into it, then delete " + lamellaFile + " or remove [tool.lamella] from " + pyprojectFile},
	}
}

// unreadable reports that a configuration file cannot be read. If the path is not a file, or
// the file is too large or is not text, the user can fix the problem, so the Kind is Usage.
func unreadable(path string, err error) error {
	kind := fault.Machine
	if errors.As(err, new(*fault.Error)) || errors.Is(err, bound.ErrNoFile) || errors.As(err, new(*bound.Exceeded)) {
		kind = fault.Usage
	}
	return &fault.Error{Kind: kind, Subject: path, Message: "cannot read " + path, Err: err}
}

// parse decodes the settings in data. They are in table, or at the top if table is empty. It
// returns nil if there is no such table.
func parse(path string, data []byte, table []string) (*Settings, error) {
	var doc struct {
		Tool struct {
			Lamella *Settings `toml:"lamella"`
		} `toml:"tool"`
	}
	top := &Settings{}
	var into any = top
	if len(table) > 0 {
		into = &doc
	}
	err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(into)
	if len(table) > 0 {
		top = doc.Tool.Lamella
	}
	if err == nil {
		return top, nil
	}

	if unknown, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		if err := unknownKeys(path, unknown, table); err != nil {
			return nil, err
		}
		return top, nil // unknown keys belong to other tools
	}
	return nil, wrongValue(path, data, err, table)
}

// bareOneOrMore matches a value that is neither a string nor an array.
var bareOneOrMore = regexp.MustCompile(`(?m)^[ \t]*(runtime|arch|region)[ \t]*=[ \t]*([^ \t"'\[])`)

// forExample precedes an example of a setting whose value is invalid.
const forExample = "correct the value, for example: "

// wrongValue explains an error of the TOML decoder.
func wrongValue(path string, data []byte, err error, table []string) error {
	if errors.Is(err, errNotString) { // the decoder does not report the position of this error
		if at := bareOneOrMore.FindSubmatchIndex(data); at != nil {
			before := data[:at[4]]
			where := fmt.Sprintf("%s:%d:%d", path, bytes.Count(before, []byte("\n"))+1, len(before)-bytes.LastIndexByte(before, '\n'))
			k, _ := Lookup(string(data[at[2]:at[3]]))
			return &fault.Error{Kind: fault.Usage, Subject: where, Message: fmt.Sprintf("%s: %q %v", where, k.Name, err), Hints: []string{forExample + k.Name + " = " + k.Example}}
		}
	}
	at, ok := errors.AsType[*toml.DecodeError](err)
	if !ok {
		return &fault.Error{Kind: fault.Usage, Subject: path, Message: "cannot read " + path, Err: err}
	}
	where := position(path, at)
	wrong := &fault.Error{Kind: fault.Usage, Subject: where, Message: where + ": " + textfile.TOMLReason(at.Error())}
	must := func(format string, args ...any) { wrong.Message = where + ": " + fmt.Sprintf(format, args...) }
	if strings.Contains(wrong.Message, " already ") { // the key or table is there twice
		return wrong
	}
	name, ok := within(at.Key(), table)
	if !ok {
		if strings.HasPrefix(at.Error(), "toml: cannot decode") { // the message names types of this program
			must("%q must be a table", strings.Join(at.Key(), "."))
		}
		return wrong
	}
	first, _, _ := strings.Cut(name, ".") // of runtime.x or [runtime], if it is no table
	if k, known := Lookup(first); known {
		must("%q must be %s", k.Name, k.typeName())
		wrong.Hints = []string{forExample + k.Name + " = " + k.Example}
	} else if t, field, known := lookupTable(name); known {
		must("%q must be an array of tables", t.Name)
		if k, isKey := Lookup(field); isKey && t.keys != nil {
			must("%q in [[%s]] must be %s", field, t.Name, k.typeName())
		} else if field != "" {
			must("%q in [[%s]] must be a string", field, t.Name)
		}
		wrong.Hints = t.exampleOf(field, strings.Join(append(slices.Clone(table), t.Name), "."))
	}
	return wrong
}

// unknownKeys returns an error that lists the unknown keys in table, or nil if all unknown
// keys are in other tables.
func unknownKeys(path string, unknown *toml.StrictMissingError, table []string) error {
	var wrong *fault.Error
	for i := range unknown.Errors {
		at := &unknown.Errors[i]
		name, ok := within(at.Key(), table)
		if !ok {
			continue
		}
		candidates, hint := names(), "list all keys: lamella help config"
		if t, field, ok := lookupTable(name); ok {
			name, candidates = field, t.fields()
			hint = "choose one of: " + strings.Join(candidates, ", ")
		}
		message := fmt.Sprintf("unknown key %q", name)
		if nearest := Nearest(name, candidates); nearest != "" {
			message += fmt.Sprintf("; did you mean %q?", nearest)
		}
		if wrong == nil {
			wrong = &fault.Error{
				Kind: fault.Usage, Subject: position(path, at), Message: position(path, at) + ": " + message,
				Hints: []string{hint},
			}
			continue
		}
		wrong.Details = append(wrong.Details, position(path, at)+": "+message)
	}
	if wrong == nil {
		return nil // a nil *fault.Error would be a non-nil error
	}
	return wrong
}

// within returns the part of key below table, and whether there is one.
func within(key toml.Key, table []string) (string, bool) {
	if len(key) <= len(table) || !slices.Equal(key[:len(table)], table) {
		return "", false
	}
	return strings.Join(key[len(table):], "."), true
}

func position(path string, at *toml.DecodeError) string {
	line, column := at.Position()
	return fmt.Sprintf("%s:%d:%d", path, line, column)
}

// typeName describes the TOML type of the key's value.
func (k Key) typeName() string {
	switch {
	case k.IsOneOrMore():
		return "a string or an array of strings"
	case k.IsAllOrSome():
		return "true, false, or an array of strings"
	case k.IsList():
		return "an array of strings"
	case k.IsSwitch():
		return "true or false"
	}
	return "a string"
}

// rebase makes the relative paths in s relative to the current folder.
func rebase(s *Settings, dir string) {
	resolve := func(p string) string {
		if p == "" || filepath.IsAbs(p) || strings.Contains(p, "://") || strings.HasPrefix(p, "file:") {
			return p
		}
		return filepath.Join(dir, p)
	}
	for i := range s.Layer {
		rebase(&s.Layer[i], dir)
	}
	for i := range s.Destination {
		rebase(&s.Destination[i], dir)
	}
	for _, k := range Keys() {
		switch {
		case !k.Path:
		case k.IsList():
			for i, p := range *k.List(s) {
				(*k.List(s))[i] = resolve(p)
			}
		default:
			*k.Text(s) = resolve(*k.Text(s))
		}
	}
}
