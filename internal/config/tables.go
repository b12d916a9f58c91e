package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
)

// Table is a setting that is a list of tables, which only the file can contain:
// [[tool.lamella.NAME]], or [[NAME]] in lamella.toml.
type Table struct {
	Name    string
	Doc     string   // one line, without a full stop
	Fields  []Field  // nil if the table takes keys
	keys    []Key    // the keys in [Keys] that it takes
	Example []string // lines of TOML below the header

	isSet func(*Settings) bool
	copy  func(dst, src *Settings)
	// check returns what is wrong with the tables, and hints. It returns nil if nothing is
	// wrong.
	check func(*Settings) (hints []string, wrong error)
}

// Field is a key of a Table. Its value is a string.
type Field struct {
	Name, Doc string
	Required  bool
}

// Tables returns all tables in the order of the documentation.
func Tables() []Table {
	return []Table{
		{Name: "index",
			Doc: "additional package indexes, searched in the order listed, before the main index, for distributions that the lock file does not assign to an index",
			Fields: []Field{
				{"name", "name of the index, which is NAME in the variables UV_INDEX_NAME_USERNAME, UV_INDEX_NAME_PASSWORD, and LAMELLA_INDEX_NAME_TOKEN", true},
				{"url", "base URL of the simple API; not needed for CodeArtifact", false},
				{"auth", "codeartifact, to log in to AWS CodeArtifact with your AWS credentials", false},
				{"domain", "CodeArtifact domain", false},
				{"owner", "account that owns the domain, 12 digits; default: the account of your credentials", false},
				{"repository", "CodeArtifact repository", false},
				{"region", "region of the domain; default: from the AWS configuration", false},
			},
			Example: []string{`name = "corp"`, `auth = "codeartifact"`, `domain = "my-company"`, `owner = "111122223333"`, `repository = "python"`},
			isSet:   func(s *Settings) bool { return s.Index != nil },
			copy:    func(dst, src *Settings) { dst.Index = src.Index },
			check:   checkIndexes},
		{Name: "layer",
			Doc:     "one of several layers, with any of the keys above; keys that are not set here are inherited",
			keys:    Keys(),
			Example: []string{`name = "data"`, `lock = "data/uv.lock"`},
			isSet:   func(s *Settings) bool { return s.Layer != nil },
			copy:    func(dst, src *Settings) { dst.Layer = src.Layer },
			check:   func(s *Settings) ([]string, error) { return checkLayers(s.Layer) }},
		{Name: "destination",
			Doc:     "one of several destinations for each layer, with any key under \"Where the layer goes\"",
			keys:    placeKeys(),
			Example: []string{`profile = "production"`, `region = ["eu-central-1", "us-east-1"]`, `to = "s3://layers-{region}/{layer}"`},
			isSet:   func(s *Settings) bool { return s.Destination != nil },
			copy:    func(dst, src *Settings) { dst.Destination = src.Destination },
			check:   func(s *Settings) ([]string, error) { return checkDestinations(s.Destination) }},
	}
}

// placeKeys returns the keys of a destination.
func placeKeys() []Key {
	return slices.DeleteFunc(Keys(), func(k Key) bool { return k.Group != Destination || k.Name == "name" })
}

func checkLayers(layers []Settings) (hints []string, wrong error) {
	for i, l := range layers {
		switch {
		case l.Index != nil || l.Layer != nil || l.Destination != nil:
			return []string{"put [[index]], [[layer]], and [[destination]] side by side"}, fmt.Errorf("[[layer]] number %d contains an array of tables", i+1)
		case l.Name == "":
			return []string{`name = "data"`}, fmt.Errorf("[[layer]] number %d has no name", i+1)
		}
	}
	return nil, nil
}

func checkDestinations(destinations []Settings) (hints []string, wrong error) {
	places := placeKeys()
	for i := range destinations {
		d := &destinations[i]
		if d.Index != nil || d.Layer != nil || d.Destination != nil {
			return []string{"put [[index]], [[layer]], and [[destination]] side by side"}, fmt.Errorf("[[destination]] number %d contains an array of tables", i+1)
		}
		for _, k := range Keys() {
			if k.isSet(d) && !slices.ContainsFunc(places, func(p Key) bool { return p.Name == k.Name }) {
				return []string{"put it at the top, or in a [[layer]]"}, fmt.Errorf("[[destination]] number %d: %s is not a key of a destination", i+1, k.Name)
			}
		}
	}
	return nil, nil
}

// Index is a [[tool.lamella.index]] table.
type Index struct {
	Name       string `toml:"name"`
	URL        string `toml:"url"`
	Auth       string `toml:"auth"`
	Domain     string `toml:"domain"`
	Owner      string `toml:"owner"`
	Repository string `toml:"repository"`
	Region     string `toml:"region"`
}

// CodeArtifact is the value of Index.Auth for an AWS CodeArtifact repository.
const CodeArtifact = "codeartifact"

func checkIndexes(s *Settings) (hints []string, wrong error) {
	var seen []string
	for _, i := range s.Index {
		aws := i.Domain != "" || i.Owner != "" || i.Repository != "" || i.Region != ""
		switch {
		case i.Name == "":
			return []string{`give it a name: name = "corp"`}, errors.New("an [[index]] has no name")
		case slices.Contains(seen, i.Name):
			return []string{"give each index its own name"}, fmt.Errorf("two [[index]] tables are named %q", i.Name)
		case i.Auth != "" && i.Auth != CodeArtifact:
			return []string{`use the only supported value: auth = "codeartifact"`, `or remove "auth" to take credentials from the environment, netrc, or the keyring`}, fmt.Errorf("[[index]] %q has the unknown value %q for \"auth\"", i.Name, i.Auth)
		case i.Auth == CodeArtifact && (i.Domain == "" || i.Repository == ""):
			return []string{`set the domain: domain = "my-company"`, `set the repository: repository = "python"`}, fmt.Errorf("[[index]] %q needs \"domain\" and \"repository\" for CodeArtifact", i.Name)
		case i.Auth == "" && aws:
			return []string{`if the index is in CodeArtifact, add: auth = "codeartifact"`}, fmt.Errorf("[[index]] %q has one or more keys that are for CodeArtifact only (\"domain\", \"owner\", \"repository\", \"region\")", i.Name)
		case i.URL == "" && i.Auth == "":
			return []string{`add the URL: url = "https://index.example/simple"`}, fmt.Errorf("[[index]] %q has no \"url\"", i.Name)
		case i.URL != "" && !strings.HasPrefix(i.URL, "https://") && !strings.HasPrefix(i.URL, "http://"):
			return []string{`set the URL of the index: url = "https://index.example/simple"`, "or use find-links for a folder of wheels"}, fmt.Errorf("[[index]] %q has a \"url\" that is not an http or https URL", i.Name)
		}
		seen = append(seen, i.Name)
	}
	return nil, nil
}

// checkTables reports the first invalid table in the file at path.
func checkTables(path string, s *Settings) error {
	for _, t := range Tables() {
		if hints, wrong := t.check(s); wrong != nil {
			return &fault.Error{Kind: fault.Usage, Subject: path, Message: fmt.Sprintf("%s: %v", path, wrong), Hints: hints}
		}
	}
	return nil
}

// lookupTable returns the table with this dotted name or, if name is that of a field, the
// table that contains the field.
func lookupTable(name string) (t Table, field string, ok bool) {
	name, field, _ = strings.Cut(name, ".")
	for _, t := range Tables() {
		if t.Name == name {
			return t, field, true
		}
	}
	return Table{}, "", false
}

// exampleOf returns the hints for a field with the wrong type or, if field is "", for the
// whole table. dotted is the full name of the table.
func (t Table) exampleOf(field, dotted string) []string {
	for _, line := range t.Example {
		if strings.HasPrefix(line, field+" = ") {
			return []string{forExample + line}
		}
	}
	if k, ok := Lookup(field); ok {
		return []string{forExample + k.Name + " = " + k.Example}
	}
	return []string{fmt.Sprintf("write each %s as [[%s]], with keys such as %s", t.Name, dotted, t.Example[0])}
}

func (t Table) fields() []string {
	var names []string
	for _, k := range t.keys {
		names = append(names, k.Name)
	}
	for _, f := range t.Fields {
		names = append(names, f.Name)
	}
	return names
}

// sample returns the table with its example as comments, below the table parent.
func (t Table) sample(parent string) string {
	name := strings.TrimPrefix(strings.Trim(parent, "[]")+"."+t.Name, ".")
	return fmt.Sprintf("\n# %s\n# [[%s]]\n# %s\n", t.Doc, name, strings.Join(t.Example, "\n# "))
}
