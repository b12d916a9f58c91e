package lock

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/internal/textfile"
)

// readRequirements reads a requirements.txt as pip does, with the files that it includes.
// As a lock, it is a flat list: every line is a root, and the dependencies of a
// distribution must be listed, too (as with pip's --no-deps).
//
// Unlike pip, it resolves relative paths of requirements against the folder of the file
// instead of the current folder, so that a lock file means the same wherever lamella runs.
func readRequirements(d *document) (*Lock, error) {
	r := newReqReader(d)
	if err := r.readFile(d, false); err != nil {
		return nil, err
	}
	for _, p := range r.packages {
		if err := r.add(p); err != nil {
			return nil, err
		}
	}
	return r.lock, nil
}

// reqReader converts requirements files to a Lock.
type reqReader struct {
	top     *document
	lock    *Lock
	options map[string]optionSpec

	size requirementsSize // of all files together
	open []string         // files being read, outermost first
	done map[string]bool  // files that have been read, as requirements or as constraints

	binary      binaryControl
	packages    []*reqLinePackage
	constraints map[string][]*reqLinePackage // by name
	known       map[string]int               // maps everything that distinguishes a package to its index in lock.Packages
}

func newReqReader(top *document) *reqReader {
	return &reqReader{
		top: top, lock: &Lock{}, options: optionTable(),
		done: map[string]bool{}, constraints: map[string][]*reqLinePackage{}, known: map[string]int{},
	}
}

// readFile reads a file, and the files that it includes at the lines that include them.
func (r *reqReader) readFile(d *document, constraint bool) error {
	path := absolute(d.dir(), filepath.Base(d.path))
	if slices.Contains(r.open, path) {
		return d.refuse("includes itself with -r or -c", "remove the -r or -c line from "+d.path)
	}
	key := fmt.Sprint(constraint, path)
	if r.done[key] {
		return nil
	}
	r.done[key] = true
	r.open = append(r.open, path)
	defer func() { r.open = r.open[:len(r.open)-1] }()

	if err := r.size.add(d.content); err != nil {
		return d.invalid(0, err, d.orGenerate("remove files and lines that you do not need"))
	}
	lines, err := d.reqLines()
	if err != nil {
		return unreadable(d.path, err)
	}
	for _, line := range lines {
		if err := r.readLine(d, line, constraint); err != nil {
			return line.asWritten(err)
		}
	}
	return nil
}

func (r *reqReader) readLine(d *document, line reqLine, constraint bool) error {
	text, optionText := splitOptions(line.text)
	o, err := parseOptions(optionText, r.options)
	if err != nil {
		return d.invalid(line.number, err, d.orGenerate("correct or remove this line"))
	}
	for _, b := range o.binary {
		r.binary.set(b)
	}
	editable := len(o.editables) > 0 // -e may follow the requirement
	if editable && text == "" {
		text = o.editables[0]
	}
	if text == "" {
		return r.readOptions(d, line.number, o)
	}
	p, err := r.parse(d, text, editable)
	if err != nil {
		return d.invalid(line.number, quoting(err), d.correction(err))
	}
	if err := r.size.addPackage(); err != nil {
		return d.invalid(line.number, err, d.orGenerate("remove lines that you do not need"))
	}
	if err := r.size.addNames(len(p.extras)); err != nil {
		return d.invalid(line.number, err, d.orGenerate("remove extras that you do not need"))
	}
	p.Path, p.Line, p.d = d.path, line.number, d
	if err := p.setHashes(o.hashes); err != nil {
		return d.invalid(line.number, err, hashHint(err))
	}
	if !constraint {
		r.packages = append(r.packages, p)
		return nil
	}
	if p.Name == "" || len(p.extras) > 0 || p.Source.Kind != FromIndex {
		return d.invalid(line.number, errors.New("a constraint must be a package name with a version specifier; it cannot have extras, a URL, or a path"), "correct or remove this line")
	}
	r.constraints[p.Name] = append(r.constraints[p.Name], p)
	return nil
}

// readOptions applies the options of a line without a requirement.
func (r *reqReader) readOptions(d *document, line int, o reqOptions) error {
	switch {
	case len(o.requirements) > 0:
		return r.include(d, line, o.requirements[0], false)
	case len(o.constraints) > 0:
		return r.include(d, line, o.constraints[0], true)
	}
	l := r.lock
	l.NoIndex = l.NoIndex || o.noIndex
	if n := len(o.indexURL); n > 0 {
		l.IndexURL, l.ExtraIndexURLs = o.indexURL[n-1], nil // --index-url discards earlier extra indexes
	}
	l.ExtraIndexURLs = append(l.ExtraIndexURLs, o.extraIndexURLs...)
	l.TrustedHosts = append(l.TrustedHosts, o.trustedHosts...)
	if len(o.findLinks) > 0 {
		l.FindLinks = append(l.FindLinks, r.findLinks(d, o.findLinks[0]))
	}
	return nil
}

// findLinks resolves a folder against the folder of the file that has the option, or, if
// the result does not exist, against the folder of the outermost file.
func (r *reqReader) findLinks(d *document, location string) string {
	if hasScheme(location) {
		return location
	}
	folder := absolute(d.dir(), location)
	if _, err := os.Stat(folder); err != nil {
		folder = absolute(r.top.dir(), location)
	}
	return folder
}

// include reads a file that a line of d includes.
func (r *reqReader) include(d *document, line int, location string, constraint bool) error {
	path := location
	if hasScheme(location) {
		u, err := url.Parse(location)
		if err != nil || u.Scheme != "file" {
			return d.invalid(line, fmt.Errorf("requirements cannot be included from the URL %s", secret.Redact(location)),
				"download the file and include it by its path")
		}
		path = filePath(u)
	}
	path = absolute(d.dir(), path)
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is " + bound.Describe(info.Mode()) + ", not a file")
	}
	var content []byte
	if err == nil {
		content, err = textfile.Bytes(path)
	}
	if err != nil {
		hint := "correct or remove this line"
		if errors.Is(err, fs.ErrNotExist) {
			hint = "create the file, or remove this line"
		}
		return d.invalid(line, fmt.Errorf("cannot read %q: %w", location, cause(err)), hint)
	}
	if err := r.size.include(content); err != nil {
		return d.invalid(line, err, "include each file only once")
	}
	nested := &document{path: path, content: content, format: d.format, getenv: d.getenv}
	if rel, err := filepath.Rel(r.top.dir(), path); err == nil {
		nested.path = filepath.Join(filepath.Dir(r.top.path), rel) // relative, as the user would write it
	}
	if err := nested.checkMerged(); err != nil {
		return err
	}
	include := Include{Path: nested.path, Digest: digest.SHA256(content)}
	if !slices.Contains(r.lock.Includes, include) {
		r.lock.Includes = append(r.lock.Includes, include)
	}
	return r.readFile(nested, constraint)
}
