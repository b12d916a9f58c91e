package project

import (
	"fmt"
	"path/filepath"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/layer/layerzip"
	"github.com/lamella-build/lamella/spec"
)

var zipFile = outfile.Kind{Name: "a layer zip", Example: "layer.zip", Option: "-o", Ours: layerzip.Ours}

// OutputPath returns the path of a layer's zip, or a fault.Error of Kind Usage if the layer
// has no name.
func OutputPath(l spec.Layer) (string, error) {
	if l.Output != "" {
		return l.Output, nil
	}
	if l.Name == "" {
		return "", NoName()
	}
	name := fmt.Sprintf("%s-%s-%s.zip", l.Name, l.Runtime, l.Arch())
	return filepath.Join(l.Folder(), "build", "lambda", name), nil
}

// NoName returns the error for a layer without a name.
func NoName() error {
	return &fault.Error{Kind: fault.Usage, Subject: "name", Message: "the layer has no name",
		Hints: []string{"set a name: --name NAME, or name = \"NAME\" in [tool.lamella]"}}
}

// Inputs returns the project's files that a run reads, which outputs must not overwrite.
// lockFile is the project's lock file, or "" if unknown.
func Inputs(l spec.Layer, lockFile string) []outfile.Input {
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

// CheckOutput returns a fault.Error of Kind Usage if the output path exists and is not a
// zip written by lamella.
func (p *Project) CheckOutput() error {
	path, err := OutputPath(p.Layer)
	if err != nil {
		return err
	}
	return zipFile.Check(path, Inputs(p.Layer, p.LockPath)...)
}

// checkPackage rejects an output path for the zip of a folder if the path is inside the
// folder itself, or if a file exists there that lamella did not write.
func checkPackage(dir, output string) error {
	if err := zipFile.Check(output); err != nil {
		return err
	}
	inside, err := filepath.Rel(outfile.RealPath(dir), outfile.RealPath(output))
	if err == nil && filepath.IsLocal(inside) {
		return &fault.Error{Kind: fault.Usage, Subject: output, Message: output + " is in the folder to package, so the next run would package it too",
			Hints: []string{"choose a file outside the folder: -o " + filepath.Join(filepath.Dir(outfile.RealPath(dir)), "layer.zip")}}
	}
	return nil
}
