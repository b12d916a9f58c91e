package lamella

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/layerzip"
	"github.com/lamella-build/lamella/store/local"
)

// The kinds of files that the steps write, and the folder in AWS's stead.
var (
	zipFile  = outfile.Kind{Name: "a layer zip", Example: "layer.zip", Option: "-o", Ours: layerzip.Ours}
	noteFile = outfile.Kind{Name: "the note beside a layer zip", Example: "layer.zip.json", Option: "-o", Ours: outfile.Text(isNote)}
	savePlan = outfile.Kind{Name: "a plan", Example: "plan.json", Option: "-o", Ours: outfile.Text(isPlan)}
	outputOf = map[string]outfile.Kind{
		".json":   {Name: "a file of outputs", Example: "layers.json", Option: "--outputs", Ours: outfile.Text(isOutputJSON)},
		".env":    {Name: "a file of outputs", Example: "layers.env", Option: "--outputs", Ours: outfile.Text(outputEnvFile.Match)},
		".tfvars": {Name: "a file of outputs", Example: "layers.tfvars", Option: "--outputs", Ours: outfile.Text(outputTerraformFile.Match)},
	}
	exportOf = map[ExportFormat]outfile.Kind{
		ExportRequirements: {Name: "an exported lock file", Example: "requirements-lambda.txt", Option: "-o", Ours: outfile.Text(isExport)},
		ExportPylock:       {Name: "an exported lock file", Example: "pylock.lambda.toml", Option: "-o", Ours: outfile.Text(isExport)},
	}
	localPlace = outfile.Place{Name: "a folder of layers", Example: "out", Option: "--to", URLOption: "--home", Ours: local.Ours}

	outputEnvFile       = regexp.MustCompile(`^(LAYER_(ARN|VERSION)_[A-Z0-9_]+=[A-Za-z0-9:_-]*\n?)*$`)
	outputTerraformFile = regexp.MustCompile(`^\s*layer_arns\s*=\s*\{\s*("[^"\n]*"\s*=\s*"arn:[^"\n]*"\s*)*\}\s*$`)
	exportFile          = regexp.MustCompile(`^(# .* for .*, by lamella .*\n|lock-version = "1\.0"\nenvironments = .*\nrequires-python = .*\ncreated-by = "lamella )`)
)

func isExport(data []byte) bool { return exportFile.Match(data) }

func isNote(data []byte) bool {
	var n note
	return json.Unmarshal(data, &n) == nil && n.Schema > 0 && n.SHA256 != "" && n.Identity != ""
}

func isPlan(data []byte) bool {
	var p planFile
	return json.Unmarshal(data, &p) == nil && p.Schema > 0 && p.Digest != "" && len(p.Plan) > 0
}

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

// inputs are the files of the project that a run reads.
func (l Layer) inputs(lockFile string) []outfile.Input {
	var all []outfile.Input
	if lockFile != "" {
		all = append(all, outfile.Input{Path: lockFile, What: "the lock file"})
	}
	folders := []string{l.Project}
	if lockFile != "" {
		folders = append(folders, filepath.Dir(lockFile))
	}
	for _, folder := range folders {
		for _, name := range []string{"pyproject.toml", "lamella.toml", "Pipfile", "uv.toml", "poetry.toml", "setup.py", "setup.cfg"} {
			all = append(all, outfile.Input{Path: filepath.Join(folder, name), What: "the project's " + name})
		}
	}
	for _, link := range l.FindLinks {
		wheels, _ := filepath.Glob(filepath.Join(link, "*.whl"))
		for _, wheel := range wheels {
			all = append(all, outfile.Input{Path: wheel, What: "a wheel"})
		}
	}
	return all
}

// checkOutput looks at where the zip and the note beside it are to be written.
func (w *work) checkOutput() error {
	path, err := w.output()
	if err != nil {
		return err
	}
	inputs := w.layer.inputs(w.path)
	if err := zipFile.Check(path, inputs...); err != nil {
		return err
	}
	return noteFile.Check(notePath(path), inputs...)
}

// checkPackage looks at where the zip of a folder is to be written: not in the
// folder itself, of which it would be a part the next time.
func checkPackage(dir, output string) error {
	if err := zipFile.Check(output); err != nil {
		return err
	}
	inside, err := filepath.Rel(realPath(dir), realPath(output))
	if err == nil && filepath.IsLocal(inside) {
		return &fault.Error{Kind: fault.Usage, Op: "write", Subject: output, Err: errors.New("it lies in the folder that is packaged, so that it would be packaged itself the next time"),
			Hints: []string{"name a file outside of it: -o " + filepath.Join(filepath.Dir(realPath(dir)), "layer.zip")}}
	}
	return nil
}

// realPath names a file that may not be there in one way only, as far as the file
// system knows one.
func realPath(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	rest := ""
	for {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return filepath.Join(real, rest)
		}
		if path == filepath.Dir(path) {
			return filepath.Join(path, rest)
		}
		path, rest = filepath.Dir(path), filepath.Join(filepath.Base(path), rest)
	}
}

// CheckPlanFile looks at where a plan for layers is to be written, before it is
// made. The error is a fault.Error of Kind Usage.
func CheckPlanFile(path string, layers []Layer) error {
	var inputs []outfile.Input
	for _, l := range layers {
		inputs = append(inputs, l.inputs(l.Lock)...)
	}
	return savePlan.Check(path, inputs...)
}

// ExportTo is [Export] to a file, which is looked at first.
func ExportTo(ctx context.Context, l Layer, format ExportFormat, path string, env Env) error {
	kind, ok := exportOf[format]
	if ok {
		lockFile := l.Lock
		if w, err := open(ctx, l, Env{Getenv: env.Getenv}); err == nil { // Export tells the error
			lockFile = w.path
		}
		if err := kind.Check(path, l.inputs(lockFile)...); err != nil {
			return err
		}
	}
	content, err := Export(ctx, l, format, env)
	if err != nil {
		return err
	}
	if err := outfile.WriteFile(path, content); err != nil {
		return &fault.Error{Kind: fault.Machine, Op: "write", Subject: path, Err: err, Hints: []string{"name another place: -o FILE"}}
	}
	return nil
}

// recipe tells apart what makes other bytes.
func (l Layer) recipe() string {
	l.Name, l.Output, l.Description, l.License, l.Detect, l.Force, l.BuildTimeout = "", "", "", "", "", false, 0
	l.CompatibleRuntimes, l.CompatibleArchitectures = nil, nil
	if l.Architecture == "" {
		l.Architecture = "x86_64"
	}
	return l.content()
}

// CheckApart refuses layers of which one would overwrite what is of another: zips
// of different content, the notes beside them, files of outputs, or a variable in
// such a file. [DeployAll] and [Apply] do nothing at all with such layers. The error
// is a fault.Error of Kind Usage.
func CheckApart(layers []Layer) error {
	type writer struct{ layer, what, recipe string }
	written := map[string]writer{}
	claim := func(path string, w writer) error {
		key := realPath(path)
		if runtime.GOOS == "windows" || runtime.GOOS == "darwin" { // they take Web.zip for web.zip
			key = strings.ToLower(key)
		}
		other, taken := written[key]
		if !taken || other.what == w.what && other.recipe == w.recipe {
			written[key] = w
			return nil
		}
		wrong := &fault.Error{Kind: fault.Usage, Op: "write", Subject: path, Hints: []string{`give each layer a file of its own: output = "build/lambda/NAME.zip"`}}
		wrong.Err = fmt.Errorf("it would be %s of %s and %s of %s", other.what, other.layer, w.what, w.layer)
		if other.what == w.what {
			wrong.Err = fmt.Errorf("it would be %s of two layers with different content, %s and %s", w.what, other.layer, w.layer)
		}
		return wrong
	}
	for _, l := range layers {
		w := work{layer: l}
		w.target.Runtime, w.target.Architecture = l.Runtime, strings.TrimPrefix(l.Target(), l.Runtime+"/")
		if w.layer.Project == "" {
			w.layer.Project = "."
		}
		if path, err := w.output(); err == nil { // else opening it tells
			if err := claim(path, writer{l.String(), "the zip", l.recipe()}); err != nil {
				return err
			}
			if err := claim(notePath(path), writer{l.String(), "the note beside the zip", l.recipe()}); err != nil {
				return err
			}
		}
		for _, path := range l.Outputs {
			if err := claim(path, writer{l.String(), "a file of outputs", ""}); err != nil {
				return err
			}
		}
	}
	return checkVariables(layers)
}
