package builder

import (
	"io"
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/pypa/pysource"
)

// stub is what an __init__.py does that has no code but to declare its package a
// namespace that several distributions share. In the order of what is kept: all
// of them make the same modules importable in a layer, which has one folder for
// the package. A lower one needs pkg_resources, which is not everywhere.
type stub int

const (
	noStub        stub = iota // any other code
	resourcesStub             // pkg_resources.declare_namespace
	emptyStub                 // nothing
	eitherStub                // pkg_resources or, where it is missing, pkgutil
	pkgutilStub               // pkgutil.extend_path
)

// maxStub bounds what is read of a file to find out: comments make a stub long.
const maxStub = 16 << 10 // bytes

// sharedStub returns which of entries, the files of several distributions at one
// place, does for all of them; false if they are not all stubs. An empty file
// does not do for one that asks pkg_resources, nor the other way round.
func sharedStub(entries []layer.Entry) (int, bool) {
	kinds := make([]stub, len(entries))
	for i, e := range entries {
		if kinds[i] = stubOf(e); kinds[i] == noStub {
			return 0, false
		}
	}
	best := slices.Max(kinds)
	return slices.Index(kinds, best), best != emptyStub || !slices.Contains(kinds, resourcesStub)
}

// stubOf reads an entry. One that cannot be read is no stub.
func stubOf(e layer.Entry) stub {
	if path.Base(e.Name) != "__init__.py" || e.Size > maxStub {
		return noStub
	}
	content, err := io.ReadAll(e.Open())
	if err != nil || int64(len(content)) != e.Size {
		return noStub
	}
	return classify(content)
}

// The ways to write each stub; a line is a statement.
var (
	pkgutilForms = []string{
		`__path__ = __import__ ( "pkgutil" ) . extend_path ( __path__ , __name__ )`,
		"from pkgutil import extend_path\n__path__ = extend_path ( __path__ , __name__ )",
		"import pkgutil\n__path__ = pkgutil . extend_path ( __path__ , __name__ )",
	}
	resourcesForms = []string{
		`__import__ ( "pkg_resources" ) . declare_namespace ( __name__ )`,
		"import pkg_resources\npkg_resources . declare_namespace ( __name__ )",
		"from pkg_resources import declare_namespace\ndeclare_namespace ( __name__ )",
	}
	exceptForms = []string{"except :", "except ImportError :", "except ModuleNotFoundError :", "except Exception :",
		"except ( ImportError , AttributeError ) :", "except ( ImportError , ModuleNotFoundError ) :"}
)

// classify says what stub the source of an __init__.py is. Comments, docstrings,
// quotes and future imports make no difference.
func classify(source []byte) stub {
	statements, err := pysource.Parse(source)
	if err != nil {
		return noStub
	}
	statements = slices.DeleteFunc(statements, func(s pysource.Statement) bool { return s.IsString() || s.IsFuture() })
	if len(statements) == 0 {
		return emptyStub
	}
	if asked, otherwise, ok := alternatives(statements); ok {
		if slices.Contains(resourcesForms, asked) && slices.Contains(pkgutilForms, otherwise) {
			return eitherStub
		}
		return noStub
	}
	switch text := spell(statements, 0); {
	case slices.Contains(pkgutilForms, text):
		return pkgutilStub
	case slices.Contains(resourcesForms, text):
		return resourcesStub
	}
	return noStub
}

// alternatives takes apart "try: asked; except …: otherwise".
func alternatives(statements []pysource.Statement) (asked, otherwise string, ok bool) {
	if spell(statements[:1], 0) != "try :" {
		return "", "", false
	}
	at := slices.IndexFunc(statements, func(s pysource.Statement) bool { return s.Depth == 0 && s.Tokens[0] == "except" })
	if at < 0 || !slices.Contains(exceptForms, spell(statements[at:at+1], 0)) {
		return "", "", false
	}
	return spell(statements[1:at], 1), spell(statements[at+1:], 1), true
}

// spell writes statements that are all at that depth, one a line; "" if one is not.
func spell(statements []pysource.Statement, depth int) string {
	lines := make([]string, len(statements))
	for i, s := range statements {
		if s.Depth != depth {
			return ""
		}
		lines[i] = strings.Join(s.Tokens, " ")
	}
	return strings.Join(lines, "\n")
}
