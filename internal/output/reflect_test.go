package output

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// object is a JSON object whose fields keep their order.
type object []member

type member struct {
	name  string
	value any
}

func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := marshal(m.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s", m.name, value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// field is a field of a JSON object.
type field struct {
	name, doc string
	optional  bool // absent if it is empty
	late      bool // absent if there is an error
	typ       reflect.Type
}

// generator makes the schemas and the documentation of types.
type generator struct {
	t           *testing.T
	definitions map[string]object
	types       map[string]reflect.Type // of the definitions
	packages    map[string][]*ast.File
}

// fields are those of t as encoding/json sees them.
func (g *generator) fields(t reflect.Type) []field {
	var all []field
	comments := g.fieldComments(t)
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case f.Anonymous && name == "":
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			for _, promoted := range g.fields(inner) {
				if !slices.ContainsFunc(all, func(o field) bool { return o.name == promoted.name }) {
					all = append(all, promoted)
				}
			}
		case !f.IsExported():
		case name == "":
			g.t.Errorf("%s.%s has no JSON name", t, f.Name)
		default:
			optional := strings.Contains(options, "omit")
			all = append(all, field{name: name, doc: meaning(f.Name, comments[f.Name], optional), optional: optional, typ: f.Type})
		}
	}
	return all
}

// schema is that of a value of type t.
func (g *generator) schema(t reflect.Type) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{{"type", "string"}, {"format", "date-time"}}
	case t == reflect.TypeFor[Row]():
		return nil
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return object{{"type", "string"}}
	case t.Implements(reflect.TypeFor[json.Marshaler]()):
		g.t.Errorf("%s has its own JSON", t)
	}
	switch t.Kind() {
	case reflect.String:
		if words := g.constants(t); len(words) > 1 {
			return object{{"type", "string"}, {"enum", words}}
		}
		return object{{"type", "string"}}
	case reflect.Bool:
		return object{{"type", "boolean"}}
	case reflect.Float64:
		return object{{"type", "number"}}
	case reflect.Int, reflect.Int64, reflect.Int32:
		return object{{"type", "integer"}}
	case reflect.Slice:
		return object{{"type", "array"}, {"items", g.schema(t.Elem())}}
	case reflect.Map:
		return object{{"type", "object"}, {"additionalProperties", g.schema(t.Elem())}}
	case reflect.Pointer:
		return g.schema(t.Elem())
	case reflect.Struct:
		return object{{"$ref", "#/$defs/" + g.define(t)}}
	}
	g.t.Errorf("%s has no schema", t)
	return nil
}

// define adds the definition of a struct and returns its name.
func (g *generator) define(t reflect.Type) string {
	name := t.Name()
	if known, ok := g.types[name]; ok && known != t {
		name = strings.ToUpper(filepath.Base(t.PkgPath())[:1]) + filepath.Base(t.PkgPath())[1:] + name
	}
	if _, ok := g.types[name]; !ok {
		g.types[name] = t
		properties, required := g.properties(g.fields(t))
		g.definitions[name] = object{{"description", g.typeComment(t)}, {"type", "object"}, {"properties", properties}, {"required", required}}
	}
	return name
}

func (g *generator) properties(fields []field) (properties object, required []string) {
	required = []string{}
	for _, f := range fields {
		s := g.schema(f.typ)
		if f.typ.Kind() == reflect.Pointer && !f.optional {
			s = object{{"anyOf", []object{s, {{"type", "null"}}}}}
		}
		if f.doc != "" {
			s = append(object{{"description", f.doc}}, s...)
		}
		properties = append(properties, member{f.name, s})
		if !f.optional && !f.late {
			required = append(required, f.name)
		}
	}
	return properties, required
}

// files are the parsed sources of the package of t.
func (g *generator) files(t reflect.Type) []*ast.File {
	folder, ok := strings.CutPrefix(t.PkgPath(), "github.com/lamella-build/lamella")
	if !ok {
		g.t.Fatalf("%s is a type of another module", t)
	}
	if files, ok := g.packages[folder]; ok {
		return files
	}
	paths, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(folder), "*.go"))
	if err != nil {
		g.t.Fatal(err)
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			g.t.Fatal(err)
		}
		files = append(files, f)
	}
	g.packages[folder] = files
	return files
}

// declared calls visit for each declaration of kind in the package of t.
func (g *generator) declared(t reflect.Type, kind token.Token, visit func(*ast.GenDecl, ast.Spec)) {
	for _, f := range g.files(t) {
		for _, d := range f.Decls {
			if decl, ok := d.(*ast.GenDecl); ok && decl.Tok == kind {
				for _, spec := range decl.Specs {
					visit(decl, spec)
				}
			}
		}
	}
}

var (
	isEmpty  = regexp.MustCompile(`(^|[;,] )(""|0|nil|null) (if|for) `)
	nilValue = regexp.MustCompile(`\bnil\b`)
)

// meaning is the comment of a field as a reader of JSON needs it: without the name of the
// Go field, and with the values that JSON has.
func meaning(name, comment string, optional bool) string {
	if optional {
		comment = isEmpty.ReplaceAllString(comment, "${1}absent $3 ")
	}
	comment = strings.TrimPrefix(nilValue.ReplaceAllString(unnamed(name, comment), "null"), "the ")
	if short := strings.TrimSuffix(comment, "."); !strings.Contains(short, ". ") {
		return short
	}
	return comment
}

// unnamed removes the name and the verb that Go's doc comments begin with.
func unnamed(name, comment string) string {
	rest, ok := strings.CutPrefix(comment, name+" ")
	if !ok {
		return comment
	}
	verb, object, _ := strings.Cut(rest, " ")
	switch verb {
	case "is", "are", "lists", "describes":
		return object
	case "reports":
		return strings.TrimSuffix(object, ".")
	}
	return comment
}

func (g *generator) typeComment(t reflect.Type) (text string) {
	g.declared(t, token.TYPE, func(decl *ast.GenDecl, spec ast.Spec) {
		if s := spec.(*ast.TypeSpec); s.Name.Name == t.Name() {
			text = unnamed(t.Name(), oneLine(decl.Doc, s.Doc))
			text = strings.ToUpper(text[:1]) + text[1:]
		}
	})
	return text
}

func (g *generator) fieldComments(t reflect.Type) map[string]string {
	texts := map[string]string{}
	g.declared(t, token.TYPE, func(_ *ast.GenDecl, spec ast.Spec) {
		s, ok := spec.(*ast.TypeSpec).Type.(*ast.StructType)
		if !ok || spec.(*ast.TypeSpec).Name.Name != t.Name() {
			return
		}
		for _, f := range s.Fields.List {
			for _, name := range f.Names {
				texts[name.Name] = oneLine(f.Doc, f.Comment)
			}
		}
	})
	return texts
}

// constants are the values of the constants of the string type t.
func (g *generator) constants(t reflect.Type) []string {
	var words []string
	if t.PkgPath() == "" {
		return nil
	}
	g.declared(t, token.CONST, func(_ *ast.GenDecl, spec ast.Spec) {
		s := spec.(*ast.ValueSpec)
		if name, ok := s.Type.(*ast.Ident); ok && name.Name == t.Name() {
			if word, err := strconv.Unquote(s.Values[0].(*ast.BasicLit).Value); err == nil {
				words = append(words, word)
			}
		}
	})
	return words
}

func oneLine(comments ...*ast.CommentGroup) string {
	var words []string
	for _, c := range comments {
		if c != nil {
			words = append(words, strings.Fields(c.Text())...)
		}
	}
	return strings.NewReplacer("[", "", "]", "").Replace(strings.Join(words, " "))
}
