package deploy

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/index"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/spec"
)

// OutputSchema is the version of the format of the JSON files that [WriteOutputs] writes.
const OutputSchema = 1

// Output is a layer version in an output file.
type Output struct {
	// Key is unique in its file. It is the layer's name, followed by "/" and the region if a
	// layer in the file is in several regions, and by "/" and the account if one is in
	// several accounts.
	Key     string `json:"key"`
	Layer   string `json:"layer"`
	Target  string `json:"target"` // such as "python3.13/x86_64"
	Region  string `json:"region"`
	Account string `json:"account"`
	ARN     string `json:"arn"`
	Version int64  `json:"version"`
}

// Outputs returns the layer versions of the successful outcomes. Their keys do not depend on
// which other outcomes failed.
func Outputs(outcomes []Deployed) []Output {
	var layers []spec.Layer
	for _, d := range outcomes {
		layers = append(layers, d.Layer)
	}
	parts := keyParts(layers)
	var outputs []Output
	for _, d := range outcomes {
		if d.Err != nil {
			continue
		}
		outputs = append(outputs, newOutput(d.Layer, d.Result.ARN, d.Result.Version, parts))
	}
	return outputs
}

// newOutput returns the output for a version of l, with the given number of parts in its
// key.
func newOutput(l spec.Layer, arn string, version int64, parts int) Output {
	o := Output{Layer: l.Name, Target: l.Target(), ARN: arn, Version: version}
	if words := strings.Split(arn, ":"); len(words) == 8 { // arn:PARTITION:lambda:REGION:ACCOUNT:layer:NAME:VERSION
		o.Region, o.Account = words[3], words[4]
	}
	o.Key = strings.Join([]string{o.Layer, o.Region, o.Account}[:parts], "/")
	return o
}

// keyParts returns how many parts (the name, the region, and the account) the keys of these
// layers need to be different.
func keyParts(layers []spec.Layer) int {
	distinct := func(key func(spec.Layer) string) bool {
		seen := map[string]bool{}
		for _, l := range layers {
			seen[key(l)] = true
		}
		return len(seen) == len(layers)
	}
	switch {
	case distinct(func(l spec.Layer) string { return l.Name }):
		return 1
	case distinct(func(l spec.Layer) string { return l.Name + "/" + l.Region }):
		return 2
	}
	return 3
}

// WriteOutputs writes the files that the layers list in Outputs, each atomically. If a layer
// failed, the files that would lack it are left unchanged; left contains their paths.
func WriteOutputs(outcomes []Deployed) (left []string, err error) {
	var paths []string
	for _, d := range outcomes {
		if err := checkOutputs(d.Layer); err != nil {
			return nil, err
		}
		for _, path := range d.Layer.Outputs {
			if !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	for _, path := range paths {
		var own []Deployed
		for _, d := range outcomes {
			if slices.Contains(d.Layer.Outputs, path) {
				own = append(own, d)
			}
		}
		if slices.ContainsFunc(own, func(d Deployed) bool { return d.Err != nil }) {
			left = append(left, path)
			continue
		}
		if err := outfile.WriteFile(path, outputFormats[filepath.Ext(path)](Outputs(own))); err != nil {
			return left, errOutputs(path, err)
		}
	}
	return left, nil
}

func errOutputs(path string, err error) error {
	return &fault.Error{Kind: fault.Machine, Subject: path, Message: "cannot write " + path, Err: err, Hints: []string{"create its folder, or choose another file: --outputs FILE"}}
}

// outputFormats maps file extensions to formats.
var outputFormats = map[string]func([]Output) []byte{".json": outputJSON, ".env": outputEnv, ".tfvars": outputTerraform}

// checkOutputs rejects a file with an unknown format, and a file that contains something
// other than outputs.
func checkOutputs(l spec.Layer) error {
	for _, path := range l.Outputs {
		kind, known := outputKinds[filepath.Ext(path)]
		if !known {
			return &fault.Error{Kind: fault.Usage, Subject: path, Message: fmt.Sprintf("unknown format for the outputs file %q: the name must end in .json, .env, or .tfvars", path),
				Hints: []string{`correct the name, for example: outputs = ["layers.json", "layers.env", "layers.tfvars"]`}}
		}
		if err := kind.Check(path, project.Inputs(l, l.Lock)...); err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Dir(path)); err != nil { // report it before anything is published
			return errOutputs(path, err)
		}
	}
	return nil
}

func outputJSON(outputs []Output) []byte {
	data, err := json.MarshalIndent(struct {
		Schema int      `json:"schema"`
		Layers []Output `json:"layers"`
	}{OutputSchema, outputs}, "", "  ")
	if err != nil {
		panic(err) // strings and numbers can always be marshaled
	}
	return append(data, '\n')
}

// outputEnv returns a variable for each ARN and each version, in a form that shells and
// dotenv readers accept. No value needs quotes.
func outputEnv(outputs []Output) []byte {
	var b strings.Builder
	for _, o := range outputs {
		name := index.EnvName(o.Key)
		fmt.Fprintf(&b, "LAYER_ARN_%s=%s\nLAYER_VERSION_%s=%d\n", name, o.ARN, name, o.Version)
	}
	return []byte(b.String())
}

// checkVariables rejects layers with different names if the names become equal in the names
// of variables, and both layers are in the same output file.
func checkVariables(layers []spec.Layer) error {
	files := map[string][]spec.Layer{}
	for _, l := range layers {
		for _, path := range l.Outputs {
			if filepath.Ext(path) == ".env" {
				files[path] = append(files[path], l)
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		parts := keyParts(files[path])
		taken := map[string]string{}
		for _, l := range files[path] {
			key := l.Name
			if parts > 1 {
				key += "/" + l.Region
			}
			other, there := taken[index.EnvName(key)]
			if there && other != l.Name {
				return &fault.Error{Kind: fault.Usage, Subject: path,
					Message: fmt.Sprintf("%s would have LAYER_ARN_%s twice, for the layers %s and %s", path, index.EnvName(key), other, l.Name),
					Hints:   []string{`rename one of the layers, or write JSON: outputs = ["layers.json"]`}}
			}
			taken[index.EnvName(key)] = l.Name
		}
	}
	return nil
}

// outputTerraform returns the variable layer_arns, which has type map(string).
func outputTerraform(outputs []Output) []byte {
	width := 0
	for _, o := range outputs {
		width = max(width, len(o.Key))
	}
	var b strings.Builder
	b.WriteString("layer_arns = {\n")
	for _, o := range outputs {
		fmt.Fprintf(&b, "  %-*s = %q\n", width+2, `"`+o.Key+`"`, o.ARN)
	}
	b.WriteString("}\n")
	return []byte(b.String())
}

var outputKinds = map[string]outfile.Kind{
	".json":   {Name: "an outputs file", Example: "layers.json", Option: "--outputs", Ours: outfile.Text(isOutputJSON)},
	".env":    {Name: "an outputs file", Example: "layers.env", Option: "--outputs", Ours: outfile.Text(ownEnv.Match)},
	".tfvars": {Name: "an outputs file", Example: "layers.tfvars", Option: "--outputs", Ours: outfile.Text(ownTerraform.Match)},
}

// Patterns that match lamella's own files, so that no other file is replaced.
var (
	ownEnv       = regexp.MustCompile(`^(LAYER_(ARN|VERSION)_[A-Z0-9_]+=[A-Za-z0-9:_-]*\n?)*$`)
	ownTerraform = regexp.MustCompile(`^\s*layer_arns\s*=\s*\{\s*("[^"\n]*"\s*=\s*"arn:[^"\n]*"\s*)*\}\s*$`)
)

func isOutputJSON(data []byte) bool {
	var all struct {
		Schema int `json:"schema"`
		Layers []struct {
			Key string `json:"key"`
			ARN string `json:"arn"`
		} `json:"layers"`
	}
	if json.Unmarshal(data, &all) != nil || all.Schema < 1 || all.Layers == nil {
		return false
	}
	for _, l := range all.Layers {
		if l.Key == "" || !strings.HasPrefix(l.ARN, "arn:") {
			return false
		}
	}
	return true
}
