package check

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/lamella-build/lamella/internal/runtimes"
	"github.com/lamella-build/lamella/pypa/pep440"
)

// trio are the distributions of the SDK that are released together. Each expects about the
// same version of the others.
var trio = []string{"boto3", "botocore", "s3transfer"}

// partialSDK reports a layer that contains part of the SDK. The runtime has the other part
// in another version, which AWS updates.
func (c *content) partialSDK() []Finding {
	present := map[string]string{}
	for _, d := range c.distributions {
		present[d.name] = d.version
	}
	var have, lack []string
	for _, name := range trio {
		if _, ok := present[name]; ok {
			have = append(have, name)
		} else {
			lack = append(lack, name)
		}
	}
	switch {
	case len(have) > 0 && len(lack) > 0:
		return []Finding{{Code: PartialSDK, Severity: Warning, Subject: strings.Join(lack, ", "), Who: have,
			Message: fmt.Sprintf("the layer has %s, but %s from the runtime, where AWS may update the SDK to an incompatible version", list(have), doing(lack, "comes", "come")),
			Hint:    fmt.Sprintf("include all of them, or exclude all of them: --exclude %s", strings.Join(trio, " --exclude "))}}
	case len(have) > 0:
		return nil
	}
	var found []Finding
	for _, name := range []string{"urllib3", "jmespath", "python-dateutil"} {
		if version, ok := present[name]; ok {
			found = append(found, c.replacesForSDK(name, version))
		}
	}
	return found
}

// replacesForSDK checks a distribution that the runtime's SDK also uses.
func (c *content) replacesForSDK(name, version string) Finding {
	f := Finding{Code: ShadowsRuntime, Severity: Note, Subject: name, Who: []string{name},
		Message: fmt.Sprintf("%s %s in the layer replaces the runtime's, which the runtime's boto3 uses", name, version)}
	p, _ := runtimes.Provided(name)
	if seen, ok := p.Latest(c.target.Runtime); ok && major(seen.Version) != major(version) {
		f.Severity = Warning
		f.Message += fmt.Sprintf(" (the runtime had %s in %s)", seen.Version, seen.Date)
		f.Hint = "include boto3 in the layer if the function uses it, or lock " + name + " " + major(seen.Version)
	}
	return f
}

// major returns the first number in a version.
func major(version string) string {
	v, err := pep440.Parse(version)
	if err != nil {
		return version
	}
	number, _, _ := strings.Cut(v.String(), ".")
	return number
}

// pathFiles reports .pth files. The runtime reads them at every start, and runs the lines
// that begin with "import".
func (c *content) pathFiles() []Finding {
	var found []Finding
	for i := range c.entries {
		e := &c.entries[i]
		rest, _, ok := c.inRoot(e.Name)
		if !ok || path.Ext(rest) != ".pth" || strings.Contains(rest, "/") {
			continue
		}
		f := Finding{Code: PathFile, Severity: Note, Subject: e.Path(), Who: []string{who(e)},
			Message: fmt.Sprintf("%s of %s adds folders to sys.path each time a function starts", rest, who(e))}
		if runs, err := runsCode(e.Open()); err == nil && runs {
			f.Message = fmt.Sprintf("%s of %s runs code each time a function starts", rest, who(e))
		}
		f.Hint = fmt.Sprintf("if the function does not need it, exclude it: --exclude './%s'", rest)
		found = append(found, f)
	}
	return found
}

// runsCode reports whether a .pth file has a line that Python runs.
func runsCode(r io.Reader) (bool, error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if text := lines.Text(); strings.HasPrefix(text, "import ") || strings.HasPrefix(text, "import\t") {
			return true, nil
		}
	}
	return false, lines.Err()
}
