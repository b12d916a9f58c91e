// Package config reads what a user set for a project, from three sources. The
// stronger one wins, key by key:
//
//  1. command-line flags (read by the command line itself),
//  2. environment variables: [FromEnv], LAMELLA_RUNTIME for the key "runtime",
//  3. the project's configuration file: [Read], the table [tool.lamella] in
//     pyproject.toml or, instead of it, the file lamella.toml.
//
// [Merge] combines them. [Keys] is the one table of all settings: flags, environment,
// help texts, the JSON schema ([Schema]), the sample that `lamella init` writes
// ([Init]) and docs/configuration.md are made from it. Settings with a structure of
// their own are in [Tables], which only the file can have. [Expand] turns the
// settings into one [spec.Layer] for each layer, target and destination.
//
// An unknown key and a value of the wrong type are errors with the position in the
// file and the key that was probably meant.
package config

import (
	"errors"
	"regexp"
)

// Settings are the values of all keys, from one source or from all together.
// A zero value means that nothing was set; a switch that was set is true or false.
// The tag of a field is the name of its [Key], and that of the field of [spec.Layer]
// that gets the value.
type Settings struct {
	Lock            string    `toml:"lock"`
	Runtime         OneOrMore `toml:"runtime"`
	Arch            OneOrMore `toml:"arch"`
	Extra           []string  `toml:"extra"`
	AllExtras       *bool     `toml:"all-extras"`
	Group           []string  `toml:"group"`
	NoDefaultGroups *bool     `toml:"no-default-groups"`
	OnlyGroup       []string  `toml:"only-group"`
	Package         string    `toml:"package"`
	Exclude         []string  `toml:"exclude"`
	Prefer          []string  `toml:"prefer"`
	Slim            []string  `toml:"slim"`
	Scripts         *bool     `toml:"scripts"`
	Bytecode        AllOrSome `toml:"bytecode"`
	BytecodePython  string    `toml:"bytecode-python"`
	Locked          *bool     `toml:"locked"`
	Check           *bool     `toml:"check"`
	AllowUnhashed   *bool     `toml:"allow-unhashed"`
	AllowBuild      []string  `toml:"allow-build"`
	IndexURL        string    `toml:"index-url"`
	FindLinks       []string  `toml:"find-links"`
	Cache           string    `toml:"cache"`
	Builder         string    `toml:"builder"`
	BuilderPath     string    `toml:"builder-path"`
	Container       string    `toml:"container"`
	Image           string    `toml:"image"`
	BuildTimeout    string    `toml:"build-timeout"`
	Output          string    `toml:"output"`

	Name         string    `toml:"name"`
	To           string    `toml:"to"`
	Region       OneOrMore `toml:"region"`
	Profile      string    `toml:"profile"`
	RoleARN      string    `toml:"role-arn"`
	KMSKey       string    `toml:"kms-key"`
	SSE          string    `toml:"sse"`
	ACL          string    `toml:"acl"`
	SSMParameter string    `toml:"ssm-parameter"`
	Outputs      []string  `toml:"outputs"`
	Attach       []string  `toml:"attach"`

	Description             string   `toml:"description"`
	License                 string   `toml:"license"`
	CompatibleRuntimes      []string `toml:"compatible-runtime"`
	CompatibleArchitectures []string `toml:"compatible-architecture"`
	Share                   []string `toml:"share"`
	Storage                 string   `toml:"storage"`
	Detect                  string   `toml:"detect"`

	Index       []Index    `toml:"index"`
	Layer       []Settings `toml:"layer"`
	Destination []Settings `toml:"destination"`
}

// OneOrMore is a value that may be one string or a list of them.
type OneOrMore []string

// UnmarshalText implements encoding.TextUnmarshaler for one string. The decoder calls it
// for numbers and booleans as well; no value of such a key looks like one.
func (o *OneOrMore) UnmarshalText(text []byte) error {
	if !startsWithLetter.Match(text) || string(text) == "true" || string(text) == "false" {
		return errNotString
	}
	*o = OneOrMore{string(text)}
	return nil
}

var errNotString = errors.New("must be a string or an array of strings")

var startsWithLetter = regexp.MustCompile(`^[A-Za-z{]`)

// First returns the first value, "" if there is none.
func (o OneOrMore) First() string {
	if len(o) == 0 {
		return ""
	}
	return o[0]
}

// AllOrSome is a switch that may be a list instead: {"true"}, {"false"}, or some names.
type AllOrSome []string

// UnmarshalText implements encoding.TextUnmarshaler for true and false. The decoder calls
// it for one string as well, which is a list of one.
func (a *AllOrSome) UnmarshalText(text []byte) error {
	if !startsWithLetter.Match(text) {
		return errNotString
	}
	*a = AllOrSome{string(text)}
	return nil
}

// Source is where settings come from.
type Source struct {
	Settings Settings
	// Origin says where the value of a key was set: "--runtime",
	// "LAMELLA_RUNTIME", "runtime in pyproject.toml".
	Origin func(Key) string
}

// Origins says for each key that is set, by name, where it was set.
type Origins map[string]string

// Merge returns for each key the value of the first source that sets it.
// A list is taken whole: lists of several sources are not joined.
func Merge(sources ...Source) (Settings, Origins) {
	var merged Settings
	origins := Origins{}
	for _, k := range Keys() {
		for i := range sources {
			if k.isSet(&sources[i].Settings) {
				k.copy(&merged, &sources[i].Settings)
				origins[k.Name] = sources[i].Origin(k)
				break
			}
		}
	}
	for _, t := range Tables() {
		for i := range sources {
			if t.isSet(&sources[i].Settings) {
				t.copy(&merged, &sources[i].Settings)
				break
			}
		}
	}
	return merged, origins
}
