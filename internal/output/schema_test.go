package output

import (
	"flag"
	"fmt"
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/internal/check"
	"github.com/lamella-build/lamella/internal/imports"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/versions"
)

var update = flag.Bool("update", false, "write the schemas and their documentation")

// results are the types of the results of all commands: what a command reports of each
// layer, and beside them.
var results = map[string]struct {
	row    any
	or     any // what it reports instead when it only plans
	result any
}{
	"error":        {},
	"plan":         {row: Planned{}},
	"apply":        {row: publish.Result{}},
	"deploy":       {row: publish.Result{}},
	"build":        {row: Built{}},
	"package":      {row: Built{}},
	"check":        {row: check.Report{}},
	"imports":      {row: imports.Profile{}},
	"upload":       {row: Uploaded{}},
	"publish":      {row: publish.Result{}},
	"rollback":     {row: publish.Result{}, or: RolledBack{}},
	"release":      {row: Released{}},
	"users":        {row: deploy.Users{}},
	"attach":       {row: Attached{}},
	"policy":       {result: Policies{}},
	"ls":           {row: deploy.Status{}},
	"status":       {row: deploy.Status{}},
	"history":      {row: History{}},
	"show":         {row: Shown{}},
	"diff":         {row: versions.Difference{}},
	"verify":       {row: versions.Verified{}},
	"share":        {row: Shared{}},
	"prune":        {row: Pruned{}},
	"resolve":      {row: Resolved{}},
	"why":          {row: Why{}},
	"tree":         {row: resolve.DependencyTree{}},
	"doctor":       {row: Doctor{}},
	"vendor":       {result: Vendored{}},
	"init":         {result: Initialised{}},
	"cache-dir":    {result: CacheDir{}},
	"cache-size":   {result: Cache{}},
	"cache-clean":  {result: Cache{}},
	"cache-push":   {result: Cache{}},
	"cache-pull":   {result: Cache{}},
	"cache-verify": {row: CacheUse{}, result: Cache{}},
	"version":      {result: ToolVersion{}},
}

func newGenerator(t *testing.T) *generator {
	return &generator{t: t, definitions: map[string]object{}, types: map[string]reflect.Type{}, packages: map[string][]*ast.File{}}
}

// whole is the schema of an object that has the fields of head and of one of results,
// and "error". Without an error all that are required are there.
func (g *generator) whole(head any, replace map[string]object, results ...any) object {
	fields := g.fields(reflect.TypeOf(head))
	var complete []object
	for _, result := range results {
		if result == nil {
			continue
		}
		var own []string
		added := g.fields(reflect.TypeOf(result))
		for _, f := range added {
			if !f.optional {
				own = append(own, f.name)
			}
		}
		fields = slices.DeleteFunc(fields, func(f field) bool {
			return slices.ContainsFunc(added, func(a field) bool { return a.name == f.name })
		})
		for i := range added {
			added[i].late = true
		}
		fields = append(fields, added...)
		complete = append(complete, object{{"required", own}})
	}
	fields = append(fields, field{name: "error", typ: reflect.TypeFor[*Error](), doc: "null if nothing failed"})
	properties, required := g.properties(fields)
	for i, p := range properties {
		if r, ok := replace[p.name]; ok {
			properties[i].value = append(p.value.(object), r...)
		}
	}
	s := object{{"type", "object"}, {"properties", properties}, {"required", required}}
	if len(complete) > 0 {
		s = append(s, member{"anyOf", append(complete, object{{"properties", object{{"error", object{{"type", "object"}}}}}})})
	}
	return s
}

func (g *generator) document(name string) object {
	r := results[name]
	row := g.whole(rowHead{}, nil, r.row, r.or)
	s := g.whole(documentHead{}, map[string]object{"layers": {{"items", row}}}, r.result)
	title := "lamella " + strings.ReplaceAll(name, "-", " ") + " --json"
	if name == "error" {
		title = "a command that failed before it knew its layers"
	}
	return append(object{
		{"$schema", "https://json-schema.org/draft/2020-12/schema"},
		{"$id", "https://github.com/lamella-build/lamella/schema/" + name + ".json"},
		{"title", title},
	}, s...)
}

func TestSchemasAreFresh(t *testing.T) {
	g := newGenerator(t)
	var documents object
	for _, name := range slices.Sorted(maps.Keys(results)) {
		documents = append(documents, member{name, g.document(name)})
	}
	var definitions object
	for _, name := range slices.Sorted(maps.Keys(g.definitions)) {
		definitions = append(definitions, member{name, g.definitions[name]})
	}
	fresh(t, "schemas.json", "{\"results\": "+lines(t, documents)+",\n\"definitions\": "+lines(t, definitions)+"}\n")
	fresh(t, filepath.Join("..", "..", "docs", "json.md"), g.page())
}

// lines is o with a line for each member.
func lines(t *testing.T, o object) string {
	t.Helper()
	var all []string
	for _, m := range o {
		text, err := marshal(m.value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%q: %s", m.name, text))
	}
	return "{\n" + strings.Join(all, ",\n") + "\n}"
}

func fresh(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date; run: go test ./internal/output -update", path)
	}
}

// page is docs/json.md.
func (g *generator) page() string {
	var b strings.Builder
	b.WriteString(`# JSON results

With ` + "`--json`" + `, every command prints one JSON object to stdout, whether it succeeds or fails. ` + "`lamella schema`" + ` lists the
result types, and, for example, ` + "`lamella schema deploy`" + ` prints the JSON Schema of the result of ` + "`deploy`" + `. Every object
has these fields:

`)
	b.WriteString(g.table(append(g.fields(reflect.TypeFor[documentHead]()), field{name: "error", typ: reflect.TypeFor[*Error](), doc: "error of the command; null if it succeeded"})))
	b.WriteString("\nEvery element of `layers` has these fields, and also the fields of the command, which are listed below. If the command failed\nfor a layer, the fields of the command may be absent:\n\n")
	b.WriteString(g.table(append(g.fields(reflect.TypeFor[rowHead]()), field{name: "error", typ: reflect.TypeFor[*Error](), doc: "error for this layer; null if it succeeded"})))
	b.WriteString("\nFor example, to print the ARNs of a deployment, or the first hint of an error:\n\n```sh\n" +
		"lamella deploy --json | jq -r '.layers[].arn'\nlamella build --json | jq -r '.error.hints[0]'\n```\n\n" +
		"New versions of lamella can add fields without changing `schema`. If a field is renamed or removed, or its meaning changes,\nthe value of `schema` increases.\n\n`go test ./internal/output -update` generates this page from the Go types.\n\n## Commands\n")
	for _, name := range slices.Sorted(maps.Keys(results)) {
		r := results[name]
		if name == "error" {
			continue
		}
		fmt.Fprintf(&b, "\n### lamella %s\n", strings.ReplaceAll(name, "-", " "))
		if r.row != nil {
			fmt.Fprintf(&b, "\nIn each element of `layers`:\n\n%s", g.table(g.fields(reflect.TypeOf(r.row))))
		}
		if r.or != nil {
			fmt.Fprintf(&b, "\nWithout `--yes`, each element of `layers` instead has these fields:\n\n%s", g.table(g.fields(reflect.TypeOf(r.or))))
		}
		if r.result != nil {
			fmt.Fprintf(&b, "\nIn addition to `layers`:\n\n%s", g.table(g.fields(reflect.TypeOf(r.result))))
		}
	}
	b.WriteString("\n## Progress\n\nWith `--progress json`, every command prints its progress to stderr as JSON, one object per line. Lines that do not start\n" +
		"with `{` are the text of an error. Each object has these fields:\n\n" + g.table(g.fields(reflect.TypeFor[Event]())))
	b.WriteString("\n## Types\n")
	for _, name := range slices.Sorted(maps.Keys(g.types)) {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n%s", name, g.typeComment(g.types[name]), g.table(g.fields(g.types[name])))
	}
	return b.String()
}

func (g *generator) table(fields []field) string {
	var b strings.Builder
	b.WriteString("| field | type | meaning |\n|---|---|---|\n")
	for _, f := range fields {
		typ := g.typeName(f.typ)
		if f.typ.Kind() == reflect.Pointer && !f.optional {
			typ += " or null"
		}
		doc := f.doc
		if f.optional && !strings.Contains(doc, "absent") {
			doc = strings.TrimPrefix(strings.TrimSuffix(doc, ".")+"; "+absence(f.typ), "; ")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.name, typ, strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(doc))
	}
	return b.String()
}

// absence says when an optional field of type t is absent.
func absence(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "absent if false"
	case reflect.Slice, reflect.Map:
		return "absent if empty"
	}
	return "may be absent"
}

// plural names several values of type t.
func (g *generator) plural(t reflect.Type) string {
	name := g.typeName(t)
	switch of, rest, found := strings.Cut(name, " "); {
	case strings.HasPrefix(name, "["): // a link
		return name
	case found:
		return of + "s " + rest
	}
	return name + "s"
}

func (g *generator) typeName(t reflect.Type) string {
	switch s := g.schema(t); {
	case t == reflect.TypeFor[[]Row]():
		return "list of objects"
	case t.Kind() == reflect.Pointer:
		return g.typeName(t.Elem())
	case t.Kind() == reflect.Slice:
		return "list of " + g.plural(t.Elem())
	case t.Kind() == reflect.Map:
		return "object of " + g.plural(t.Elem())
	case s[0].name == "$ref":
		name := strings.TrimPrefix(s[0].value.(string), "#/$defs/")
		return fmt.Sprintf("[%s](#%s)", name, strings.ToLower(name))
	case len(s) > 1 && s[1].name == "enum":
		return "`" + strings.Join(s[1].value.([]string), "`, `") + "`"
	case len(s) > 1 && s[1].name == "format":
		return "time"
	default:
		return s[0].value.(string)
	}
}
