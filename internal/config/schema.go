package config

import _ "embed"

//go:embed schema.json
var schema string

// Schema returns the JSON schema (2020-12) of [tool.lamella] and lamella.toml.
func Schema() string { return schema }
