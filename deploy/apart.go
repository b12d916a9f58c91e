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

// bytesKey returns a key that identifies the bytes of a layer's zip.
func bytesKey(l spec.Layer) string {
	l.Name, l.Output, l.Description, l.License, l.Detect, l.Force, l.BuildTimeout = "", "", "", "", "", false, 0
	l.CompatibleRuntimes, l.CompatibleArchitectures = nil, nil
	l.Architecture = l.Arch()
	return contentKey(l)
}

// CheckApart returns a fault.Error of Kind Usage if one of the layers would overwrite a file
// of another: a zip with different content, or an output file. All and Apply do nothing for
// such layers.
func CheckApart(layers []spec.Layer) error {
	type writer struct {
		layer         spec.Layer
		what, content string
	}
	written := map[string]writer{}
	claim := func(path string, w writer) error {
		key := outfile.RealPath(path)
		if runtime.GOOS == "windows" || runtime.GOOS == "darwin" { // Web.zip and web.zip are the same file
			key = strings.ToLower(key)
		}
		other, taken := written[key]
		if !taken || other.what == w.what && other.content == w.content {
			written[key] = w
			return nil
		}
		wrong := &fault.Error{Kind: fault.Usage, Subject: path, Hints: []string{ownFile(other.layer, w.layer, other.what == w.what)},
			Message: fmt.Sprintf("%s cannot be both %s of %s and %s of %s", path, other.what, other.layer, w.what, w.layer)}
		if other.what == w.what {
			wrong.Message = fmt.Sprintf("%s cannot be %s of two layers with different content: %s", path, w.what, both(other.layer, w.layer))
		}
		return wrong
	}
	for _, l := range layers {
		if zip, err := project.OutputPath(l); err == nil { // opening the project reports any error
			if err := claim(zip, writer{l, "the zip", bytesKey(l)}); err != nil {
				return err
			}
		}
		for _, path := range l.Outputs {
			if err := claim(path, writer{l, "an outputs file", ""}); err != nil {
				return err
			}
		}
	}
	return checkVariables(layers)
}

// ownFile returns the hint to write two files to different paths. If only one is a zip, it
// gets another path. If both are zips, a pattern does not help if it expands to the same
// name for both layers.
func ownFile(a, b spec.Layer, zips bool) string {
	own := "{layer}-{runtime}-{arch}"
	switch {
	case !zips:
		return `choose another file for the zip: output = "build/lambda/{layer}-{runtime}-{arch}.zip"`
	case !strings.EqualFold(a.Name, b.Name) || a.Runtime != b.Runtime || a.Arch() != b.Arch():
	case a.Region != b.Region:
		own = "{layer}-{region}-{runtime}-{arch}"
	default:
		return `give the layers different names, or give each layer its own file: output = "build/lambda/FILE.zip"`
	}
	return fmt.Sprintf("give each layer its own file: output = %q", "build/lambda/"+own+".zip")
}

// both names two layers. If they have the same name, it adds what distinguishes them.
func both(a, b spec.Layer) string {
	switch {
	case a.String() != b.String():
		return fmt.Sprintf("%s and %s", a, b)
	case a.Lock != b.Lock && a.Lock != "" && b.Lock != "":
		return fmt.Sprintf("%s from %s and %s from %s", a, a.Lock, b, b.Lock)
	case a.Project != b.Project:
		return fmt.Sprintf("%s of the project %s and %s of the project %s", a, a.Project, b, b.Project)
	case a.Runtime != b.Runtime || a.Arch() != b.Arch():
		return fmt.Sprintf("%s for %s on %s and %s for %s on %s", a, a.Runtime, a.Arch(), b, b.Runtime, b.Arch())
	}
	return fmt.Sprintf("which are both named %s", a)
}
