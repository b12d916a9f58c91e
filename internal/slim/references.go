package slim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/layer"
)

// references are what a source refers to that a preset could leave out.
type references struct {
	Modules []string `json:"m,omitempty"` // imported modules with a part that is the name of such a folder
	Paths   []string `json:"p,omitempty"` // paths in strings, from such a folder on
	Stubs   bool     `json:"s,omitempty"` // whether the source reads stubs
}

// generation is incremented when the rules for reading references change.
const generation = "slim 2\n"

// factsKey returns the key under which the references of these sources of a wheel are
// stored. Another layer may exclude other sources of the same wheel.
func factsKey(wheel string, sources []*layer.Entry) string {
	sorted := make([]string, len(sources))
	for i, e := range sources {
		sorted[i] = e.Name + "\n"
	}
	slices.Sort(sorted)
	h := sha256.New()
	for _, name := range sorted {
		_, _ = io.WriteString(h, name)
	}
	return generation + wheel + "\n" + hex.EncodeToString(h.Sum(nil))
}

// readOwner reads the references of a distribution's sources, or gets them from facts.
func readOwner(ctx context.Context, sources []*layer.Entry, facts Facts, wheel string) (map[string]references, error) {
	known := map[string]references{}
	keep := facts != nil && wheel != ""
	if keep && facts.Fact(factsKey(wheel, sources), &known) {
		return known, nil
	}
	for _, e := range sources {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		content, err := io.ReadAll(e.Open())
		if err != nil {
			return nil, &layer.Damaged{Name: e.Name, Of: e.Owner, Err: err}
		}
		if r := read(e.Name, content); len(r.Modules) > 0 || len(r.Paths) > 0 || r.Stubs {
			known[e.Name] = r
		}
	}
	if keep {
		return known, facts.PutFact(factsKey(wheel, sources), known)
	}
	return known, nil
}

var (
	names      = append(slices.Clone(folders[Tests]), folders[Docs]...)
	fromImport = regexp.MustCompile(`^from\s*(\.*)\s*([\w.]*)\s+import\b((?s:.*))`)
	comment    = regexp.MustCompile(`#[^\n]*`)
	word       = regexp.MustCompile(`[\w.]+`)
	entryPoint = regexp.MustCompile(`(?m)=\s*([\w.]+)`)
)

// read finds the references in a source. It does not parse Python: an import in a docstring
// also counts, which keeps more than necessary.
func read(name string, content []byte) references {
	var r references
	if isEntryPoints(name) {
		for _, m := range entryPoint.FindAllSubmatch(content, -1) {
			r.module(string(m[1]))
		}
		return r
	}
	r.Stubs = bytes.Contains(content, []byte("attach_stub")) || bytes.Contains(content, []byte(`.pyi"`)) || bytes.Contains(content, []byte(`.pyi'`))
	found := false
	for _, n := range names {
		for at := range occurrences(content, n) {
			found = true
			if text := stringAround(content, at); text != "" {
				r.text(text, n, lineAround(content, at))
			}
		}
	}
	if found {
		for statement := range imports(content) {
			r.statement(name, statement)
		}
	}
	return r
}

// occurrences returns the positions at which text occurs as a whole word.
func occurrences(content []byte, text string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for from := 0; ; {
			at := bytes.Index(content[from:], []byte(text))
			if at < 0 {
				return
			}
			at += from
			from = at + len(text)
			if (at == 0 || !isWord(content[at-1])) && (from == len(content) || !isWord(content[from])) && !yield(at) {
				return
			}
		}
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// stringAround returns the string literal around a position if it is a path or the name of a
// module, and "" otherwise.
func stringAround(content []byte, at int) string {
	inside := func(c byte) bool { return isWord(c) || strings.IndexByte(`./\-`, c) >= 0 }
	start, end := at, at
	for start > 0 && inside(content[start-1]) {
		start--
	}
	for end < len(content) && inside(content[end]) {
		end++
	}
	if start == 0 || end == len(content) || content[start-1] != content[end] || content[end] != '"' && content[end] != '\'' {
		return ""
	}
	return string(content[start:end])
}

// imports returns the import statements of a source, each with its continuation lines.
func imports(content []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for len(content) > 0 {
			line, rest, _ := bytes.Cut(content, []byte("\n"))
			at := importIn(line)
			if at < 0 {
				content = rest
				continue
			}
			statement := content[at:len(line)]
			if open := bytes.IndexByte(statement, '('); open >= 0 {
				if end := bytes.IndexByte(content[at:], ')'); end >= 0 {
					statement, rest = content[at:at+end], content[at+end:]
				}
			} else {
				for bytes.HasSuffix(bytes.TrimRight(statement, "\r"), []byte("\\")) && len(rest) > 0 {
					_, rest, _ = bytes.Cut(rest, []byte("\n"))
					statement = content[at : len(content)-len(rest)]
					statement = bytes.TrimRight(statement, "\n")
				}
			}
			if !yield(string(statement)) {
				return
			}
			content = rest
		}
	}
}

// importIn returns the position in a line at which an import statement begins, or -1 if
// there is none. It can begin at the start of the line, or after a colon or semicolon.
func importIn(line []byte) int {
	for _, keyword := range []string{"import", "from"} {
		for at := range occurrences(line, keyword) {
			before := bytes.TrimRight(line[:at], " \t")
			if len(before) == 0 || before[len(before)-1] == ';' || before[len(before)-1] == ':' || bytes.HasSuffix(before, []byte(">>>")) {
				return at
			}
		}
	}
	return -1
}

// statement records what an import statement in a source imports. An "import" in it may be
// the second part of a "from" before it on the same line.
func (r *references) statement(source, text string) {
	text = strings.NewReplacer("\\\r\n", " ", "\\\n", " ").Replace(comment.ReplaceAllString(text, ""))
	if m := fromImport.FindStringSubmatch(text); m != nil {
		from := absolute(source, len(m[1]), m[2])
		r.module(from)
		for _, imported := range word.FindAllString(m[3], -1) {
			r.module(from + "." + imported)
		}
		return
	}
	for _, imported := range word.FindAllString(text, -1) {
		r.module(imported)
	}
}

// absolute returns the module that an import in a source names. The import may be relative
// (the import statement, "Package Relative Imports").
func absolute(source string, dots int, module string) string {
	if dots == 0 {
		return module
	}
	folder := path.Dir(strings.TrimPrefix(source, layer.Root))
	for range dots - 1 {
		folder = path.Dir(folder)
	}
	return strings.Trim(strings.ReplaceAll(folder, "/", ".")+"."+module, ".")
}

// module records an imported module that could be left out.
func (r *references) module(name string) {
	for part := range strings.SplitSeq(name, ".") {
		if slices.Contains(names, part) {
			if !slices.Contains(r.Modules, name) {
				r.Modules = append(r.Modules, name)
			}
			return
		}
	}
}

// text records what a string in a source names: a module, a path, or a folder with which the
// line makes a path. A single word is otherwise not the name of a folder.
func (r *references) text(text, name string, line []byte) {
	switch text = strings.ReplaceAll(text, `\`, "/"); {
	case strings.Contains(text, "/"):
		at := slices.IndexFunc(strings.Split(text, "/"), func(part string) bool { return part == name })
		if at < 0 {
			return
		}
		r.path(strings.Join(strings.Split(text, "/")[at:], "/"))
	case text == name:
		if joins.Match(line) {
			r.path(name)
		}
	case !strings.ContainsAny(text, "-"):
		r.module(strings.Trim(text, "."))
		if strings.HasPrefix(text, ".") { // relative to a package that is not known here
			r.path(name)
		}
	}
}

func (r *references) path(text string) {
	if text = strings.Trim(text, "/"); !slices.Contains(r.Paths, text) {
		r.Paths = append(r.Paths, text)
	}
}

// joins matches lines that make paths from parts.
var joins = regexp.MustCompile(`join|[pP]ath|files\(|resource|[)"'\w] / ["'\w]`)

// lineAround returns the line that contains a position.
func lineAround(content []byte, at int) []byte {
	start := bytes.LastIndexByte(content[:at], '\n') + 1
	line, _, _ := bytes.Cut(content[start:], []byte("\n"))
	return line
}
