// Package config reads what a user set for a project, from three sources. The
// stronger one wins, key by key:
//
//  1. command-line flags (read by the command line itself),
//  2. environment variables: [FromEnv], LAMELLA_RUNTIME for the key "runtime",
//  3. the project's configuration file: [Read], the table [tool.lamella] in
//     pyproject.toml or, instead of it, the file lamella.toml.
//
// [Merge] puts them together. [Keys] is the one table of all settings: flags,
// environment, help texts, the JSON schema ([Schema]), the sample that
// `lamella init` writes ([Init]) and docs/configuration.md follow it. What has a
// structure of its own is in [Tables], which only the file can have.
//
// A key that is not known and a value of the wrong type are errors that say
// where they stand in the file and which key was probably meant.
package config

// Settings are the values of all keys, from one source or from all together.
// A zero value means that nothing was set; a switch that was set is true or false.
type Settings struct {
	Lock            string   `toml:"lock"`
	Runtime         string   `toml:"runtime"`
	Runtimes        []string `toml:"runtimes"`
	Arch            string   `toml:"arch"`
	Archs           []string `toml:"archs"`
	Extra           []string `toml:"extra"`
	AllExtras       *bool    `toml:"all-extras"`
	Group           []string `toml:"group"`
	NoDefaultGroups *bool    `toml:"no-default-groups"`
	OnlyGroup       []string `toml:"only-group"`
	Package         string   `toml:"package"`
	Exclude         []string `toml:"exclude"`
	Prefer          []string `toml:"prefer"`
	Scripts         *bool    `toml:"scripts"`
	Locked          *bool    `toml:"locked"`
	AllowUnhashed   *bool    `toml:"allow-unhashed"`
	AllowBuild      []string `toml:"allow-build"`
	IndexURL        string   `toml:"index-url"`
	FindLinks       []string `toml:"find-links"`
	Builder         string   `toml:"builder"`
	BuilderPath     string   `toml:"builder-path"`
	Container       string   `toml:"container"`
	Image           string   `toml:"image"`
	BuildTimeout    string   `toml:"build-timeout"`
	Output          string   `toml:"output"`

	Name string `toml:"name"`
	Home string `toml:"home"`
	To   string `toml:"to"`

	Region  string   `toml:"region"`
	Regions []string `toml:"regions"`
	Profile string   `toml:"profile"`
	RoleARN string   `toml:"role-arn"`

	KMSKey string `toml:"kms-key"`
	SSE    string `toml:"sse"`
	ACL    string `toml:"acl"`

	SSMParameter string   `toml:"ssm-parameter"`
	Outputs      []string `toml:"outputs"`

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

// Source is where settings come from.
type Source struct {
	Settings Settings
	// Origin says where the value of a key was set: "--runtime",
	// "LAMELLA_RUNTIME", "runtime in pyproject.toml".
	Origin func(Key) string
}

// Origins tells for each key that is set, by name, where.
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
			if other, ok := Lookup(k.Other); ok && other.isSet(&sources[i].Settings) {
				break // it says the same, and is stronger
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
