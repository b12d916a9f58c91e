package lock

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// parse parses a line without its options: a dependency specifier (PEP 508), a URL, or a
// path. URLs and paths may be followed by extras and a marker.
func (r *reqReader) parse(d *document, text string, editable bool) (*reqLinePackage, error) {
	separator := ";"
	if isURL(text) {
		separator = "; " // a URL may contain a semicolon
	}
	location, markerText, _ := strings.Cut(text, separator)
	location = strings.TrimSpace(location)
	var marker pep508.Marker
	if markerText = strings.TrimSpace(markerText); markerText != "" {
		var err error
		if marker, err = pep508.ParseMarker(markerText); err != nil {
			return nil, &lineError{err, "correct the marker, for example: six==1.17.0 ; python_version >= \"3.12\" --hash=sha256:HEX"}
		}
	}
	if !editable && !isURL(text) && !isPath(location) {
		return parseSpecifier(r, location, marker)
	}
	p := &reqLinePackage{marker: marker}
	if m := trailingExtras.FindStringSubmatch(location); m != nil && !isURL(location) {
		location = m[1]
		for extra := range splitNames(m[2]) {
			p.extras = append(p.extras, pep503.Normalize(extra))
		}
	}
	p.Source.Editable = editable
	return p, wrongLocation(r.setLocation(p, location))
}

var trailingExtras = regexp.MustCompile(`^(.+)\[([^\]]*)\]$`)

// lineError is an error in one part of a requirement line, with a hint that says how to
// correct it.
type lineError struct {
	error
	hint string
}

func (e *lineError) Unwrap() error { return e.error }

// wrongLocation returns err as an error in the URL or path of a requirement. It returns nil
// if err is nil.
func wrongLocation(err error) error {
	if err == nil {
		return nil
	}
	return &lineError{err, "correct the name, URL, or path, for example: six @ https://files.example/six-1.17.0-py2.py3-none-any.whl --hash=sha256:HEX"}
}

// correction returns the hint for a requirement line that cannot be parsed. For an error in
// one part of the line, it suggests to generate the file again only if a command can do so.
func (d *document) correction(err error) string {
	var part *lineError
	switch {
	case !errors.As(err, &part):
		return d.orGenerate("write a pinned requirement, such as six==1.17.0 --hash=sha256:HEX")
	case d.hasSource():
		return d.orGenerate(part.hint)
	}
	return part.hint
}

// parseSpecifier parses a dependency specifier without its marker.
func parseSpecifier(r *reqReader, text string, marker pep508.Marker) (*reqLinePackage, error) {
	req, err := pep508.ParseRequirement(text)
	switch {
	case err == nil:
	case strings.Contains(text, "://"):
		return nil, wrongLocation(err)
	case singleEquals.MatchString(text):
		return nil, fmt.Errorf("%w (did you mean == instead of =?)", err)
	default:
		return nil, err
	}
	p := &reqLinePackage{extras: req.Extras, specs: req.Specifiers, marker: marker}
	p.Name = pep503.Normalize(req.Name)
	if req.URL != "" {
		return p, wrongLocation(r.setLocation(p, req.URL))
	}
	version, pinned := req.Specifiers.Pinned()
	if !pinned {
		p.Unpinned = p.Name + req.Specifiers.String()
		return p, nil
	}
	p.Version = version
	if v, err := pep440.Parse(version); err == nil {
		p.Version = v.String()
	}
	if !strings.HasPrefix(req.Specifiers.String(), "===") {
		p.Local = localFiles(p.Version, HighestLocal)
	}
	return p, nil
}

var singleEquals = regexp.MustCompile(`^[^=<>!~;]+=[^=]`)

// setLocation sets the source of a requirement from a URL or path, and its file if that is
// an archive.
func (r *reqReader) setLocation(p *reqLinePackage, location string) error {
	location, fragment, _ := strings.Cut(location, "#")
	values, err := url.ParseQuery(fragment)
	if err != nil {
		return fmt.Errorf("invalid URL fragment #%s: %w", fragment, err)
	}
	if egg, _, _ := strings.Cut(values.Get("egg"), "["); egg != "" && p.Name == "" {
		p.Name = pep503.Normalize(egg)
	}
	if isVCS(location) {
		p.Source.Kind, p.Source.Location = FromGit, location
		if strings.HasPrefix(strings.ToLower(location), "git") {
			p.Source.setPipRepository(location, values.Get("subdirectory"))
		}
		return nil
	}
	local := false
	if !hasScheme(location) {
		location, local = FileURL(absolute(r.top.dir(), location)), true
	} else if u, err := url.Parse(location); err == nil && strings.EqualFold(u.Scheme, "file") {
		location, local = FileURL(absolute(r.top.dir(), filePath(u))), true
	}
	p.Source.Kind, p.Source.Location = FromURL, location
	p.Source.Subdirectory = cleanSubdirectory(values.Get("subdirectory"))
	name := baseName(location)
	switch {
	case p.Source.Editable, local && !isArchive(name):
		p.Source.Kind = FromDirectory
		return nil
	case !isURL(location):
		return fmt.Errorf("%s is not an http, https, or file URL", secret.Redact(location))
	}
	file := File{Name: name, URL: location}
	for _, algorithm := range []string{"sha256", "sha384", "sha512"} {
		if value := values.Get(algorithm); value != "" {
			d, err := digest.Parse(algorithm + ":" + value)
			if err != nil {
				return err
			}
			file.Hashes = append(file.Hashes, d)
		}
	}
	p.Files = []File{file}
	return p.nameByWheel(name)
}

// nameBySource sets the name if the requirement does not have one: for a folder, from its
// pyproject.toml; for an sdist, from its file name.
func (p *Package) nameBySource() {
	switch {
	case p.Name != "":
	case p.Source.Kind == FromDirectory && p.Source.Folder() != "":
		project, err := readPyproject(filepath.Join(p.Source.Folder(), filepath.FromSlash(p.Source.Subdirectory), "pyproject.toml"))
		if err == nil {
			p.Name = pep503.Normalize(cmp.Or(project.Project.Name, project.Tool.Poetry.Name))
		}
	case len(p.Files) == 1:
		if sdist, err := pep425.ParseSdistName(p.Files[0].Name); err == nil {
			p.Name, p.Version = sdist.Name, sdist.Version.String()
		}
	}
}

// nameByWheel sets the name and version from the file name of a wheel.
func (p *reqLinePackage) nameByWheel(file string) error {
	if !strings.HasSuffix(file, ".whl") {
		return nil
	}
	wheel, err := pep425.ParseWheelName(file)
	if err != nil {
		return err
	}
	if p.Name != "" && p.Name != wheel.Name {
		return fmt.Errorf("%s is a wheel for %s, not %s", file, wheel.Name, p.Name)
	}
	p.Name, p.Version = wheel.Name, wheel.Version.String()
	return nil
}

// isURL reports whether text is a URL that pip accepts as a requirement by itself.
func isURL(text string) bool {
	scheme, _, ok := strings.Cut(text, ":")
	switch strings.ToLower(scheme) {
	case "http", "https", "file", "ftp":
		return ok
	}
	return isVCS(text)
}

// isVCS reports whether text is a version control URL, such as git+https://….
func isVCS(text string) bool {
	scheme, _, ok := strings.Cut(strings.ToLower(text), ":")
	vcs, _, plus := strings.Cut(scheme, "+")
	switch vcs {
	case "git", "hg", "svn", "bzr":
		return ok && (plus || vcs == "git")
	}
	return false
}

// isPath reports whether a requirement, without its marker, is a path rather than a URL or
// a name with versions.
func isPath(text string) bool {
	looks := func(s string) bool {
		return strings.HasPrefix(s, ".") || strings.ContainsRune(s, '/') || strings.ContainsRune(s, filepath.Separator)
	}
	if name, _, ok := strings.Cut(text, "@"); ok && !looks(name) {
		return false // name @ URL
	}
	if m := trailingExtras.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	return looks(text) || isArchive(text) && !strings.ContainsAny(text, "=<>~!")
}

// isArchive reports whether name has the extension of a wheel or an sdist.
func isArchive(name string) bool {
	name = strings.ToLower(name)
	for _, extension := range []string{".whl", ".zip", ".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar.lzma"} {
		if strings.HasSuffix(name, extension) {
			return true
		}
	}
	return false
}

// filePath returns the local path of a file URL.
func filePath(u *url.URL) string {
	path := u.Path
	if path == "" {
		path = u.Opaque // file:relative
	}
	if len(path) > 2 && path[0] == '/' && path[2] == ':' {
		path = path[1:] // /C:/wheels
	}
	return filepath.FromSlash(path)
}

// splitNames yields the names of a comma-separated list.
func splitNames(list string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range strings.SplitSeq(list, ",") {
			if name = strings.TrimSpace(name); name != "" && !yield(name) {
				return
			}
		}
	}
}
