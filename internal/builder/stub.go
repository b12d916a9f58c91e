package builder

import (
	"io"
	"path"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/pypa/pysource"
)

// stub is the kind of an __init__.py that only declares a namespace package, which several
// distributions share. A layer has a single folder for the package, so that all kinds make
// the same modules importable. The highest kind is kept, because lower ones need
// pkg_resources, which may be missing.
type stub int

const (
	noStub        stub = iota // any other code
	resourcesStub             // pkg_resources.declare_namespace
	emptyStub                 // no statements
	eitherStub                // pkg_resources or, if it is missing, pkgutil
	pkgutilStub               // pkgutil.extend_path
)

// maxStub is the size of the largest file that is read as a stub. Most of it is comments.
const maxStub = 16 << 10 // bytes

// sharedStub returns the index of the one of entries, the files of several distributions
// with the same path, that can replace the others. It returns false if they are not all
// stubs. An empty file cannot replace one that calls pkg_resources, or vice versa.
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

// stubOf returns the kind of an entry, or noStub if the entry cannot be read.
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

// The ways to write each stub, with one statement per line.
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

// classify returns the kind of an __init__.py with the given source. It ignores comments,
// docstrings, the kind of quotes, and future imports.
func classify(source []byte) stub {
	statements, err := pysource.Parse(source)
	if err != nil {
		return noStub
	}
	statements = slices.DeleteFunc(statements, func(s pysource.Statement) bool { return s.IsString() || s.IsFuture() })
	if len(statements) == 0 {
		return emptyStub
	}
	if tried, otherwise, ok := alternatives(statements); ok {
		if slices.Contains(resourcesForms, tried) && slices.Contains(pkgutilForms, otherwise) {
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

// alternatives returns the parts of "try: tried; except …: otherwise".
func alternatives(statements []pysource.Statement) (tried, otherwise string, ok bool) {
	if spell(statements[:1], 0) != "try :" {
		return "", "", false
	}
	at := slices.IndexFunc(statements, func(s pysource.Statement) bool { return s.Depth == 0 && s.Tokens[0] == "except" })
	if at < 0 || !slices.Contains(exceptForms, spell(statements[at:at+1], 0)) {
		return "", "", false
	}
	return spell(statements[1:at], 1), spell(statements[at+1:], 1), true
}

// spell returns the statements, one per line, or "" if one of them has a different depth.
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
