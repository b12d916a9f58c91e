package config

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/spec"
)

var update = flag.Bool("update", false, "write the generated schema and documentation")

// Every key has its field in Settings and every field its key, and each has a field of
// the same name in the layer.
func TestKeysFitSettings(t *testing.T) {
	var s Settings
	if n := reflect.TypeOf(s).NumField(); n != len(Keys())+len(Tables()) {
		t.Errorf("Settings has %d fields; there are %d keys and %d tables", n, len(Keys()), len(Tables()))
	}
	var tags func(reflect.Type) []string
	tags = func(layer reflect.Type) (all []string) {
		for i := range layer.NumField() {
			if layer.Field(i).Anonymous {
				all = append(all, tags(layer.Field(i).Type)...)
				continue
			}
			name, _, _ := strings.Cut(layer.Field(i).Tag.Get("json"), ",")
			all = append(all, name)
		}
		return all
	}
	inLayer := tags(reflect.TypeFor[spec.Layer]())
	for _, k := range Keys() {
		k.field(&s) // or it panics
		if !slices.Contains(inLayer, k.Name) {
			t.Errorf("the layer has no field for %s", k.Name)
		}
	}
}

// Every table has its field in Settings, a list of structs with the table's keys.
func TestTablesFitSettings(t *testing.T) {
	settings := reflect.TypeFor[Settings]()
	for _, table := range Tables() {
		found := false
		for i := range settings.NumField() {
			if field := settings.Field(i); field.Tag.Get("toml") == table.Name {
				found = true
				if table.keys != nil {
					if field.Type.Elem() != settings {
						t.Errorf("table %s takes keys, its struct does not", table.Name)
					}
					continue
				}
				var names []string
				for j := range field.Type.Elem().NumField() {
					names = append(names, field.Type.Elem().Field(j).Tag.Get("toml"))
				}
				if !slices.Equal(names, table.fields()) {
					t.Errorf("table %s has the keys %q, its struct %q", table.Name, table.fields(), names)
				}
			}
		}
		if !found {
			t.Errorf("no field of Settings is the table %s", table.Name)
		}
	}
}

func TestSchemaIsFresh(t *testing.T) {
	one := func(k Key) map[string]any {
		value := map[string]any{"type": "string"}
		if k.Values != nil {
			value["enum"] = k.Values
		}
		if k.Pattern != "" {
			value["pattern"] = k.Pattern
		}
		return value
	}
	property := func(k Key) map[string]any {
		p := one(k)
		switch {
		case k.IsSwitch():
			p = map[string]any{"type": "boolean", "default": false}
		case k.IsOneOrMore():
			p = map[string]any{"anyOf": []any{one(k), map[string]any{"type": "array", "items": one(k)}}}
		case k.IsAllOrSome():
			p = map[string]any{"anyOf": []any{map[string]any{"type": "boolean"}, map[string]any{"type": "array", "items": one(k)}}}
		case k.IsList():
			p = map[string]any{"type": "array", "items": one(k)}
		}
		p["description"] = k.Doc
		if k.Default != "" {
			p["default"] = k.Default
		}
		return p
	}
	properties := map[string]any{}
	for _, table := range Tables() {
		fields, required := map[string]any{}, []string{}
		for _, f := range table.Fields {
			fields[f.Name] = map[string]any{"description": f.Doc, "type": "string"}
			if f.Required {
				required = append(required, f.Name)
			}
		}
		for _, k := range table.keys {
			fields[k.Name] = property(k)
		}
		properties[table.Name] = map[string]any{"description": table.Doc, "type": "array", "items": map[string]any{
			"type": "object", "additionalProperties": false, "properties": fields, "required": required}}
	}
	for _, k := range Keys() {
		properties[k.Name] = property(k)
	}
	want, err := json.MarshalIndent(map[string]any{
		"$schema":              "https://json-schema.org/draft/2020-12/schema",
		"$id":                  "https://github.com/lamella-build/lamella/raw/main/internal/config/schema.json",
		"title":                "[tool.lamella] in pyproject.toml, or lamella.toml",
		"type":                 "object",
		"additionalProperties": false,
		"properties":           properties,
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	fresh(t, "schema.json", string(want)+"\n")
}

// The table in docs/configuration.md between the two comments is made from Keys.
func TestDocumentationIsFresh(t *testing.T) {
	const path, begin, end = "../../docs/configuration.md", "<!-- keys: made by go test ./internal/config -update -->\n", "<!-- end of keys -->\n"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(data), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the keys", path)
	}
	var b strings.Builder
	var group Group
	for _, k := range Keys() {
		if k.Group != group {
			group = k.Group
			fmt.Fprintf(&b, "\n### %s\n\n| key | what it sets | example |\n|---|---|---|\n", group)
		}
		fmt.Fprintf(&b, "| `%s` | %s | `%s` |\n", k.Name, strings.ReplaceAll(k.Doc, "|", `\|`), strings.ReplaceAll(k.Example, "|", `\|`))
	}
	b.WriteString("\n### Tables (only in the file)\n\n| key | what it sets |\n|---|---|\n")
	for _, table := range Tables() {
		fmt.Fprintf(&b, "| `[[%s]]` | %s |\n", table.Name, table.Doc)
		for _, f := range table.Fields {
			doc := f.Doc
			if f.Required {
				doc += "; required"
			}
			fmt.Fprintf(&b, "| &emsp;`%s` | %s |\n", f.Name, doc)
		}
	}
	fresh(t, path, before+begin+b.String()+"\n"+end+after)
}

// fresh compares a file with what it should contain, and writes it with -update.
func fresh(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is out of date; run: go test ./internal/config -update", path)
	}
}
