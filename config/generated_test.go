package config

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the generated schema and documentation")

// Every key has its field in Settings, and every field its key.
func TestKeysFitSettings(t *testing.T) {
	var s Settings
	v := reflect.ValueOf(&s).Elem()
	if v.NumField() != len(Keys()) {
		t.Errorf("Settings has %d fields, Keys %d keys", v.NumField(), len(Keys()))
	}
	for _, k := range Keys() {
		var pointer any
		switch {
		case k.IsList():
			pointer = k.List(&s)
		case k.IsSwitch():
			pointer = k.Switch(&s)
		default:
			pointer = k.Text(&s)
		}
		found := false
		for i := range v.NumField() {
			if v.Field(i).Addr().Interface() == pointer {
				found = true
				if tag := v.Type().Field(i).Tag.Get("toml"); tag != k.Name {
					t.Errorf("key %s points to the field with tag %s", k.Name, tag)
				}
			}
		}
		if !found {
			t.Errorf("key %s points to no field of Settings", k.Name)
		}
	}
}

func TestSchemaIsFresh(t *testing.T) {
	properties := map[string]any{}
	for _, k := range Keys() {
		p := map[string]any{"description": k.Doc, "type": "string"}
		if k.IsList() {
			p["type"], p["items"] = "array", map[string]any{"type": "string"}
		}
		if k.IsSwitch() {
			p["type"] = "boolean"
		}
		properties[k.Name] = p
	}
	want, err := json.MarshalIndent(map[string]any{
		"$schema":              "https://json-schema.org/draft/2020-12/schema",
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
	const path, begin, end = "../docs/configuration.md", "<!-- keys: made by go test ./config -update -->\n", "<!-- end of keys -->\n"
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
		t.Errorf("%s is out of date; run: go test ./config -update", path)
	}
}
