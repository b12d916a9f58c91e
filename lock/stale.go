package lock

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/pelletier/go-toml/v2"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/internal/textfile"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// Stale says why a lock file is not up to date with its project. It is shown as a warning, or
// as an error if the lock file must be up to date.
type Stale struct {
	Lock    string   // path of the lock file
	Reasons []string // sentences without a full stop: "app now requires six>=1, which is not in the lock file"
	Relock  string   // the command that updates the lock file
}

func (s *Stale) Error() string {
	return fmt.Sprintf("%s is not up to date with its project: %s", s.Lock, strings.Join(s.Reasons, "; "))
}

// maxReasons is the maximum number of changes that a Stale lists.
const maxReasons = 100

// Stale reports whether the project files beside the lock file have changed since it was
// created. It compares them with what the tool recorded in the lock file: uv records the
// requirements; Poetry, PDM, and Pipenv record a hash of them. It returns nil if nothing
// has changed, if there are no project files, or if the lock file records nothing
// (requirements.txt, pylock.toml). For unreadable project files, the error is a
// fault.Error.
func (l *Lock) Stale() (*Stale, error) {
	if l.check == nil {
		return nil, nil
	}
	reasons, err := l.check()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil || len(reasons) == 0 {
		return nil, err
	}
	if more := len(reasons) - maxReasons; more > 0 {
		reasons = append(reasons[:maxReasons:maxReasons], "and "+number.Count(more, "more change"))
	}
	return &Stale{Lock: l.Path, Reasons: reasons, Relock: l.relock}, nil
}

// Fault returns s as an error, for use if the lock file must be up to date.
func (s *Stale) Fault() *fault.Error {
	return &fault.Error{
		Kind: fault.Lock, Message: s.Lock + " is not up to date with its project", Subject: s.Lock,
		Details: s.Reasons, Hints: []string{"update the lock file: " + aside(s.Relock)},
	}
}

// projectFile decodes the TOML file with the given name beside the lock file.
func (d *document) projectFile(name string) (map[string]any, error) {
	path := filepath.Join(filepath.Dir(d.path), name)
	content, err := textfile.Read(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	file := &document{path: path, content: content, format: d.format, project: true}
	var data map[string]any
	if err := toml.Unmarshal(content, &data); err != nil {
		return nil, file.tomlFault(err)
	}
	return data, nil
}

// changed returns the reason for a hash that does not match.
func changed(file, tool string) []string {
	return []string{fmt.Sprintf("the requirements in %s have changed since %s locked them (the hash differs)", file, tool)}
}

// stalePoetry compares the content-hash, computed as in Poetry's Locker._get_content_hash.
// Since Poetry 2.3, the hash covers [dependency-groups], too; older lock files may have the
// hash without them.
func (d *document) stalePoetry(want string) ([]string, error) {
	data, err := d.projectFile("pyproject.toml")
	if err != nil || want == "" {
		return nil, err
	}
	for _, withGroups := range []bool{true, false} {
		got, ok := hashJSON(poetryContent(data, withGroups), ", ", ": ")
		if !ok || got == want {
			return nil, nil
		}
		if m := generatedByPoetry.FindSubmatch(d.content); m != nil && !beforePoetry23(string(m[1]), string(m[2])) {
			break
		}
	}
	return changed("pyproject.toml", "Poetry"), nil
}

var generatedByPoetry = regexp.MustCompile(`\A# This file is .*Poetry (\d+)\.(\d+)`)

func beforePoetry23(major, minor string) bool {
	return major == "0" || major == "1" || major == "2" && len(minor) == 1 && minor < "3"
}

// poetryContent returns the part of a pyproject.toml that Poetry hashes.
func poetryContent(data map[string]any, withGroups bool) map[string]any {
	project := pick(table(data, "project"), "requires-python", "dependencies", "optional-dependencies")
	groups := map[string]any{}
	if withGroups {
		groups = table(data, "dependency-groups")
	}
	tool := table(data, "tool", "poetry")
	poetry := pick(tool, "dependencies", "source", "extras", "dev-dependencies", "group")
	if len(project) == 0 && len(groups) == 0 {
		for _, key := range []string{"dependencies", "source", "extras", "dev-dependencies"} {
			poetry[key] = tool[key] // null if absent
		}
		return poetry
	}
	content := map[string]any{"tool": map[string]any{"poetry": poetry}}
	if len(project) > 0 {
		content["project"] = project
	}
	if len(groups) > 0 {
		content["dependency-groups"] = groups
	}
	return content
}

// stalePDM compares the content_hash, computed as in PDM's PyProject.content_hash.
func (d *document) stalePDM(want string) ([]string, error) {
	data, err := d.projectFile("pyproject.toml")
	want, ok := strings.CutPrefix(want, "sha256:")
	pdm := table(data, "tool", "pdm")
	if err != nil || !ok || pdm["workspace"] != nil { // in a workspace, the hash covers the members
		return nil, err
	}
	project := table(data, "project")
	const maxRepeats = 50
	for repeats := range maxRepeats {
		groups, merged := pdmContentGroups(data, 1+repeats)
		got, ok := hashJSON(map[string]any{
			"sources":               orElse(pdm["source"], []any{}),
			"dependencies":          orElse(project["dependencies"], []any{}),
			"dev-dependencies":      groups,
			"optional-dependencies": table(project, "optional-dependencies"),
			"requires-python":       orElse(project["requires-python"], ""),
			"resolution":            table(pdm, "resolution"),
		}, ", ", ": ")
		if !ok || got == want {
			return nil, nil
		}
		if !merged {
			break
		}
	}
	return changed("pyproject.toml", "PDM"), nil
}

// pdmContentGroups returns the development groups as PDM hashes them. If a group is in both
// tables, merged is true: PDM appends the second list to the first each time it reads them,
// so the hash covers an unknown number of copies. times is the number of copies to assume.
func pdmContentGroups(data map[string]any, times int) (groups map[string]any, merged bool) {
	groups = map[string]any{}
	for name, list := range table(data, "dependency-groups") {
		groups[pep503.Normalize(name)] = list
	}
	for name, list := range table(data, "tool", "pdm", "dev-dependencies") {
		name = pep503.Normalize(name)
		before, both := groups[name].([]any)
		more, _ := list.([]any)
		all := slices.Concat(before, more)
		if both {
			merged = true
			for range times - 1 {
				all = append(all, more...)
			}
		}
		groups[name] = all
	}
	return groups, merged
}

// stalePipfile compares the hash of the Pipfile, both as plette's Pipfile.get_hash computes
// it and as Pipenv does now, with normalized package names.
func (d *document) stalePipfile(want string) ([]string, error) {
	data, err := d.projectFile("Pipfile")
	if err != nil || want == "" || data["source"] == nil { // without sources, Pipenv hashes its own default
		return nil, err
	}
	for _, spell := range []func(string) string{pep503.Normalize, func(name string) string { return name }} {
		got, ok := hashJSON(pipfileContent(data, spell), ",", ":")
		if !ok || got == want {
			return nil, nil
		}
	}
	return changed("the Pipfile", "Pipenv"), nil
}

// pipfileContent returns the part of a Pipfile that Pipenv hashes.
func pipfileContent(data map[string]any, spell func(string) string) map[string]any {
	packages := func(section string) map[string]any {
		spelled := map[string]any{}
		for name, value := range table(data, section) {
			spelled[spell(name)] = value
		}
		return spelled
	}
	content := map[string]any{
		"_meta":   map[string]any{"sources": data["source"], "requires": table(data, "requires")},
		"default": packages("packages"),
		"develop": packages("dev-packages"),
	}
	for name := range data {
		switch name {
		case "source", "packages", "dev-packages", "requires", "scripts", "pipfile", "pipenv", "default", "develop":
		default:
			content[name] = packages(name)
		}
	}
	return content
}

// table returns the nested table at path, or an empty one if there is none.
func table(data map[string]any, path ...string) map[string]any {
	for _, key := range path {
		data, _ = data[key].(map[string]any)
	}
	if data == nil {
		data = map[string]any{}
	}
	return data
}

// pick returns the given keys of data with their values, without keys that data lacks.
func pick(data map[string]any, keys ...string) map[string]any {
	picked := map[string]any{}
	for _, key := range keys {
		if value, ok := data[key]; ok {
			picked[key] = value
		}
	}
	return picked
}

func orElse(value, otherwise any) any {
	if value == nil {
		return otherwise
	}
	return value
}

// hashJSON returns the SHA-256, in hex, of value as Python's json.dumps writes it with
// sort_keys and the given separators. ok is false if value contains something that Python
// cannot write or that pythonJSON does not support.
func hashJSON(value any, comma, colon string) (sum string, ok bool) {
	w := pythonJSON{comma: comma, colon: colon, ok: true}
	w.write(value)
	return digest.SHA256(w.text.Bytes()).Hex(), w.ok
}

type pythonJSON struct {
	text         bytes.Buffer
	comma, colon string
	ok           bool
}

func (w *pythonJSON) write(value any) {
	switch value := value.(type) {
	case nil:
		w.text.WriteString("null")
	case bool, int64:
		fmt.Fprint(&w.text, value)
	case float64:
		w.writeFloat(value)
	case string:
		w.writeString(value)
	case []any:
		w.text.WriteByte('[')
		for i, element := range value {
			if i > 0 {
				w.text.WriteString(w.comma)
			}
			w.write(element)
		}
		w.text.WriteByte(']')
	case map[string]any:
		w.text.WriteByte('{')
		for i, key := range slices.Sorted(maps.Keys(value)) {
			if i > 0 {
				w.text.WriteString(w.comma)
			}
			w.writeString(key)
			w.text.WriteString(w.colon)
			w.write(value[key])
		}
		w.text.WriteByte('}')
	default: // a date
		w.ok = false
	}
}

// writeFloat writes a number like Python's repr, unless repr would use an exponent.
func (w *pythonJSON) writeFloat(value float64) {
	text := strconv.FormatFloat(value, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	if _, err := json.Marshal(value); err != nil || value != 0 && (value < 1e-4 || value >= 1e16) {
		w.ok = false
	}
	w.text.WriteString(text)
}

// writeString writes s in ASCII, with \uXXXX for all other characters.
func (w *pythonJSON) writeString(s string) {
	w.text.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			w.text.WriteByte('\\')
			w.text.WriteRune(r)
		case strings.ContainsRune("\b\f\n\r\t", r):
			w.text.WriteByte('\\')
			w.text.WriteByte("bfnrt"[strings.IndexRune("\b\f\n\r\t", r)])
		case r >= ' ' && r < 0x7f:
			w.text.WriteRune(r)
		default:
			for _, unit := range utf16.AppendRune(nil, r) {
				fmt.Fprintf(&w.text, `\u%04x`, unit)
			}
		}
	}
	w.text.WriteByte('"')
}
