// Package config reads the user's settings for a project from three sources. For each key,
// the first source in this list that sets it applies:
//
//   - command-line flags, which the command line itself reads;
//   - environment variables ([FromEnv]): LAMELLA_RUNTIME for the key "runtime";
//   - the configuration file ([Read]): the table [tool.lamella] in pyproject.toml, or the
//     file lamella.toml.
//
// [Merge] combines them. [Keys] is the single table of all settings. Flags, environment
// variables, help texts, the JSON schema ([Schema]), the sample that `lamella init` writes
// ([Init]), and docs/configuration.md are generated from it. [Tables] lists settings with a
// structure of their own, which only the file can contain. [Expand] turns the settings into
// one [spec.Layer] for each layer, target, and destination.
//
// An unknown key or a value of the wrong type is an error with the position in the file and
// the most similar key.
package config

import (
	"errors"
	"regexp"
)

// Settings are the values of all keys, from one source or combined. A zero value means that
// the key is not set. A field's tag is the name of its [Key] and of the corresponding field
// in [spec.Layer].
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
	Strip           *bool     `toml:"strip"`
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

// OneOrMore is a value that can be a string or a list of strings.
type OneOrMore []string

// UnmarshalText implements encoding.TextUnmarshaler for one string. The decoder also calls
// it for numbers and booleans, but no value of such a key looks like one of these.
func (o *OneOrMore) UnmarshalText(text []byte) error {
	if !startsWithLetter.Match(text) || string(text) == "true" || string(text) == "false" {
		return errNotString
	}
	*o = OneOrMore{string(text)}
	return nil
}

var errNotString = errors.New("must be a string or an array of strings")

var startsWithLetter = regexp.MustCompile(`^[A-Za-z{]`)

// First returns the first value, or "" if there is none.
func (o OneOrMore) First() string {
	if len(o) == 0 {
		return ""
	}
	return o[0]
}

// AllOrSome is a switch that can also be a list: {"true"}, {"false"}, or names.
type AllOrSome []string

// UnmarshalText implements encoding.TextUnmarshaler for true and false. The decoder also
// calls it for one string, which becomes a list with one element.
func (a *AllOrSome) UnmarshalText(text []byte) error {
	if !startsWithLetter.Match(text) {
		return errNotString
	}
	*a = AllOrSome{string(text)}
	return nil
}

// Source is one source of settings.
type Source struct {
	Settings Settings
	// Origin returns where the value of a key was set, such as "--runtime",
	// "LAMELLA_RUNTIME", or "runtime in pyproject.toml".
	Origin func(Key) string
}

// Origins maps the names of keys to where they were set.
type Origins map[string]string

// Merge returns, for each key, the value of the first source that sets it. Lists of several
// sources are not joined.
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
