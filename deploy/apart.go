package deploy

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/outfile"
	"github.com/lamella-build/lamella/project"
	"github.com/lamella-build/lamella/spec"
)

// bytesKey identifies the bytes of a layer's zip.
func bytesKey(l spec.Layer) string {
	l.Name, l.Output, l.Description, l.License, l.Detect, l.Force, l.BuildTimeout = "", "", "", "", "", false, 0
	l.CompatibleRuntimes, l.CompatibleArchitectures = nil, nil
	l.Architecture = l.Arch()
	return contentKey(l)
}

// CheckApart returns a fault.Error of Kind Usage if one of the layers would overwrite a
// file of another: zips with different content, or output files. All and Apply do nothing
// for such layers.
func CheckApart(layers []spec.Layer) error {
	type writer struct{ layer, region, what, content string }
	written := map[string]writer{}
	claim := func(path string, w writer) error {
		key := outfile.RealPath(path)
		if runtime.GOOS == "windows" || runtime.GOOS == "darwin" { // Web.zip and web.zip are one file
			key = strings.ToLower(key)
		}
		other, taken := written[key]
		if !taken || other.what == w.what && other.content == w.content {
			written[key] = w
			return nil
		}
		own := "{layer}-{runtime}-{arch}"
		if other.region != w.region {
			own = "{layer}-{region}-{runtime}-{arch}"
		}
		wrong := &fault.Error{Kind: fault.Usage, Subject: path, Hints: []string{fmt.Sprintf("give each layer its own file: output = %q", "build/lambda/"+own+".zip")},
			Message: fmt.Sprintf("%s cannot be both %s of %s and %s of %s", path, other.what, other.layer, w.what, w.layer)}
		if other.what == w.what {
			wrong.Message = fmt.Sprintf("%s cannot be %s of two layers with different content, %s and %s", path, w.what, other.layer, w.layer)
		}
		return wrong
	}
	for _, l := range layers {
		if zip, err := project.OutputPath(l); err == nil { // else opening the project reports it
			if err := claim(zip, writer{l.String(), l.Region, "the zip", bytesKey(l)}); err != nil {
				return err
			}
		}
		for _, path := range l.Outputs {
			if err := claim(path, writer{l.String(), l.Region, "an outputs file", ""}); err != nil {
				return err
			}
		}
	}
	return checkVariables(layers)
}
