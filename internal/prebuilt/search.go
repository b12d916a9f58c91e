package prebuilt

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/target"
)

// sitePackages matches a folder in which pip or a virtual environment puts modules. A
// runtime looks only in the one with its own name.
var sitePackages = regexp.MustCompile(`^` + layer.Root + `(?:[Ll]ib(?:64)?/)?(?:(python3\.[0-9]+)/)?site-packages/`)

// noModules matches the other folders of a virtual environment.
var noModules = regexp.MustCompile(`^` + layer.Root + `(?:bin|include|share|Scripts|Include)/`)

// checkSearched rejects a layer with all of its modules in folders in which the target's
// Python does not look for them.
func (z *reader) checkSearched(t target.Target) error {
	var folder, runtime string
	for _, f := range z.files {
		m := sitePackages.FindStringSubmatch(f.Name)
		switch {
		case !strings.HasPrefix(f.Name, layer.Root):
		case m == nil && (noModules.MatchString(f.Name) || path.Dir(f.Name)+"/" == layer.Root && !isModule(f.Name)):
		case m == nil, m[0] == t.SitePackages():
			return nil
		case folder == "":
			folder, runtime = m[0], m[1]
		}
	}
	if folder == "" {
		return nil
	}
	var hints []string
	otherwise := ""
	if other, err := target.Parse(runtime, t.Architecture); err == nil && other.SitePackages() == folder {
		hints = append(hints, fmt.Sprintf("if the layer is for %s, choose that runtime: --runtime %[1]s", runtime))
		otherwise = "otherwise, "
	}
	hints = append(hints, otherwise+"unpack the zip and package its "+strings.TrimSuffix(folder, "/")+" folder: lamella package DIR -o NEW.zip   # puts the modules directly below python/")
	return unfit(z.subject, fmt.Sprintf("has its modules in %s, where %s does not look for them, so functions could not import anything from the layer", folder, t.Runtime), hints...)
}

// isModule reports whether Python can import the file by its name if its folder is searched.
func isModule(name string) bool {
	switch path.Ext(name) {
	case ".py", ".pyc", ".so":
		return true
	}
	return false
}
