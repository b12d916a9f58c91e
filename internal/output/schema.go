package output

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
)

// schemas is generated from the types in this package by its tests: the schema of each
// result, and the definitions that they refer to.
//
//go:embed schemas.json
var schemas []byte

var definition = regexp.MustCompile(`"#/\$defs/(\w+)"`)

type schemaFile struct {
	Results     map[string]json.RawMessage `json:"results"`
	Definitions map[string]json.RawMessage `json:"definitions"`
}

func readSchemas() schemaFile {
	var f schemaFile
	if err := json.Unmarshal(schemas, &f); err != nil {
		panic(err) // a test reads it
	}
	return f
}

// Names returns the names of all results, sorted. They are the names of the commands, with
// "-" in place of a space, and "error" for what every command prints if it fails before it
// knows its layers.
func Names() []string { return slices.Sorted(maps.Keys(readSchemas().Results)) }

// Schema returns the JSON schema (2020-12) of the result called name, or nil if there is
// none.
func Schema(name string) []byte {
	f := readSchemas()
	root, ok := f.Results[name]
	if !ok {
		return nil
	}
	needed := map[string]json.RawMessage{}
	var find func(json.RawMessage)
	find = func(schema json.RawMessage) {
		for _, match := range definition.FindAllSubmatch(schema, -1) {
			if name := string(match[1]); needed[name] == nil {
				needed[name] = f.Definitions[name]
				find(needed[name])
			}
		}
	}
	find(root)
	definitions, err := json.Marshal(needed)
	if err != nil {
		panic(err) // valid JSON can always be marshaled
	}
	whole := append(bytes.TrimSuffix(bytes.TrimSpace(root), []byte("}")), `,"$defs":`...)
	var b bytes.Buffer
	if err := json.Indent(&b, append(append(whole, definitions...), '}'), "", "  "); err != nil {
		panic(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}
