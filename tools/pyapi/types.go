package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/internal/output"
)

// renamed are definitions whose names say too little in a flat module.
var renamed = map[string]string{"Error": "Failure", "Result": "ImportResult", "Document": "PolicyDocument"}

// schema is as much of a JSON schema as the results use.
type schema struct {
	Description string            `json:"description"`
	Type        string            `json:"type"`
	Format      string            `json:"format"`
	Enum        []string          `json:"enum"`
	Ref         string            `json:"$ref"`
	Items       *schema           `json:"items"`
	Additional  *schema           `json:"additionalProperties"`
	AnyOf       []schema          `json:"anyOf"`
	Properties  properties        `json:"properties"`
	Required    []string          `json:"required"`
	Definitions map[string]schema `json:"$defs"`
}

// properties keep their order.
type properties []property

type property struct {
	name   string
	schema schema
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *properties) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		var s schema
		if err := d.Decode(&s); err != nil {
			return err
		}
		*p = append(*p, property{name.(string), s})
	}
	return nil
}

func (p properties) get(name string) schema {
	for _, q := range p {
		if q.name == name {
			return q.schema
		}
	}
	return schema{}
}

// without returns p without the properties of these names.
func (p properties) without(names ...string) properties {
	return slices.DeleteFunc(slices.Clone(p), func(q property) bool { return slices.Contains(names, q.name) })
}

// typesFile returns _types.py.
func typesFile() (string, error) {
	definitions := map[string]schema{}
	var results strings.Builder
	for _, name := range output.Names() {
		var s schema
		if err := json.Unmarshal(output.Schema(name), &s); err != nil {
			return "", fmt.Errorf("schema %s: %w", name, err)
		}
		maps.Copy(definitions, s.Definitions)
		if name != "error" {
			result(&results, name, s)
		}
	}
	var b strings.Builder
	b.WriteString(header + "import datetime\nfrom dataclasses import dataclass, field\nfrom typing import Dict, List, Literal, Optional\n")
	for _, name := range slices.Sorted(maps.Keys(definitions)) {
		s := definitions[name]
		class(&b, className(name), s.Description, s.Properties, s.Required)
	}
	class(&b, "FailedLayer", "A layer for which the command failed.", properties{
		{"layer", schema{Type: "string", Description: "name of the layer"}},
		{"target", schema{Type: "string", Description: `runtime and architecture, such as "python3.13/x86_64"; "" if no runtime is configured`}},
		{"place", schema{Type: "string", Description: "configured profile, role, and region"}},
		{"error", schema{Ref: "#/$defs/Error"}},
	}, []string{"layer", "target", "place", "error"})
	return b.String() + results.String(), nil
}

// result writes the class of a command's result, and that of one of its layers.
func result(b *strings.Builder, name string, s schema) {
	verb := strings.ReplaceAll(name, "-", " ")
	row := s.Properties.get("layers").Items
	own := s.Properties.without("schema", "layers", "error")
	required := append(slices.Clone(s.Required), complete(s.AnyOf)...)
	if len(row.Properties.without("layer", "target", "place", "error")) > 0 {
		rowClass := camel(name) + "Layer"
		class(b, rowClass, "What `lamella "+verb+"` reports about a layer.", row.Properties, append(slices.Clone(row.Required), complete(row.AnyOf)...))
		own = append(properties{
			{"layers", schema{Type: "array", Items: &schema{Ref: rowClass}, Description: "results, in the order of the configuration"}},
			{"failed", schema{Type: "array", Items: &schema{Ref: "FailedLayer"}, Description: "layers for which the command failed"}},
		}, own...)
		required = append(required, "layers", "failed")
	}
	own = append(own, property{"exit_status", schema{Type: "integer", Description: "exit status of the command"}})
	class(b, camel(name)+"Result", "The result of `lamella "+verb+"`.", own, append(required, "exit_status"))
}

// complete returns the properties that every result has which is not just an error.
func complete(results []schema) []string {
	var all []string
	for i, r := range results {
		if r.Required == nil {
			continue
		}
		if i == 0 {
			all = r.Required
		} else {
			all = slices.DeleteFunc(slices.Clone(all), func(name string) bool { return !slices.Contains(r.Required, name) })
		}
	}
	return all
}

// class writes a dataclass. Those of its fields that have no default come first.
func class(b *strings.Builder, name, doc string, fields properties, required []string) {
	fmt.Fprintf(b, "\n\n@dataclass(frozen=True)\nclass %s:\n    %s\n", name, docstring(doc))
	if len(fields) > 0 {
		b.WriteByte('\n')
	}
	for _, must := range []bool{true, false} {
		for _, f := range fields {
			if slices.Contains(required, f.name) == must {
				b.WriteString(attribute(f, must))
			}
		}
	}
}

func attribute(f property, must bool) string {
	name, typ := identifier(f.name), typeOf(f.schema)
	value := ""
	if !must {
		switch f.schema.Type {
		case "array":
			value = " = field(default_factory=list)"
		default:
			if !strings.HasPrefix(typ, "Optional[") {
				typ = "Optional[" + typ + "]"
			}
			value = " = None"
		}
	}
	line := fmt.Sprintf("    %s: %s%s\n", name, typ, value)
	doc := strings.ReplaceAll(f.schema.Description, "null", "None")
	if !must {
		doc = strings.NewReplacer("absent if ", "None if ", "absent for ", "None for ").Replace(doc)
	}
	if doc != "" {
		line += "    " + docstring(doc) + "\n"
	}
	return line
}

// typeOf returns the annotation of a value that follows s.
func typeOf(s schema) string {
	switch {
	case s.Ref != "":
		return className(s.Ref)
	case len(s.AnyOf) > 0:
		return "Optional[" + typeOf(s.AnyOf[0]) + "]"
	case len(s.Enum) > 0:
		return `Literal["` + strings.Join(s.Enum, `", "`) + `"]`
	case s.Format == "date-time":
		return "datetime.datetime"
	case s.Type == "array":
		return "List[" + typeOf(*s.Items) + "]"
	case s.Type == "object" && s.Additional != nil:
		return "Dict[str, " + typeOf(*s.Additional) + "]"
	}
	typ, ok := map[string]string{"string": "str", "integer": "int", "number": "float", "boolean": "bool"}[s.Type]
	if !ok {
		panic(fmt.Sprintf("no Python type for %+v", s))
	}
	return typ
}

func className(ref string) string {
	name := strings.TrimPrefix(ref, "#/$defs/")
	if other, ok := renamed[name]; ok {
		return other
	}
	return name
}

// camel returns "CacheClean" for "cache-clean".
func camel(name string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(name, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

var keywords = []string{"for", "from", "import", "in", "is", "class", "lambda", "with", "as", "del", "global", "pass", "try"}

// identifier returns the Python name of a flag or field.
func identifier(name string) string {
	name = strings.ReplaceAll(name, "-", "_")
	if slices.Contains(keywords, name) {
		name += "_"
	}
	return name
}

func docstring(text string) string {
	text = strings.ReplaceAll(text, `\`, `\\`)
	if strings.HasSuffix(text, `"`) {
		text += " "
	}
	return `"""` + strings.ReplaceAll(text, `"""`, `\"\"\"`) + `"""`
}
