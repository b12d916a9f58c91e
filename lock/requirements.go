package lock

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/internal/textfile"
)

// readRequirements reads a requirements.txt as pip does, with the files it
// draws in. As a lock it is a flat list: every line is a root, and what a
// distribution depends on is expected to be listed, too (pip's --no-deps).
//
// Where pip looks at the current folder, for relative paths of requirements,
// this reader looks at the folder of the file, so that a lock means the same
// wherever lamella is started.
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

// reqReader turns requirements files into a Lock.
type reqReader struct {
	top     *document
	lock    *Lock
	options map[string]optionSpec

	size requirementsSize // of all files together
	open []string         // the files being read, outermost first
	done map[string]bool  // the files read before, as requirements or constraints

	binary      binaryControl
	packages    []*reqLinePackage
	constraints map[string][]*reqLinePackage // by name
	known       map[string]int               // what makes a package → its place in lock.Packages
}

func newReqReader(top *document) *reqReader {
	return &reqReader{
		top: top, lock: &Lock{}, options: optionTable(),
		done: map[string]bool{}, constraints: map[string][]*reqLinePackage{}, known: map[string]int{},
	}
}

// readFile reads one file, and those it draws in where they stand.
func (r *reqReader) readFile(d *document, constraint bool) error {
	path := absolute(d.dir(), filepath.Base(d.path))
	if slices.Contains(r.open, path) {
		return d.fault(0, errors.New("it draws in itself by -r or -c"), "take that line out of "+d.path)
	}
	key := fmt.Sprint(constraint, path)
	if r.done[key] {
		return nil
	}
	r.done[key] = true
	r.open = append(r.open, path)
	defer func() { r.open = r.open[:len(r.open)-1] }()

	if err := r.size.add(d.content); err != nil {
		return d.fault(0, err, "leave out files and lines that are not needed; or have the file made: "+d.relock())
	}
	lines, err := d.reqLines()
	if err != nil {
		return d.fault(0, err)
	}
	for _, line := range lines {
		if err := r.readLine(d, line, constraint); err != nil {
			return err
		}
	}
	return nil
}

func (r *reqReader) readLine(d *document, line reqLine, constraint bool) error {
	text, optionText := splitOptions(line.text)
	o, err := parseOptions(optionText, r.options)
	if err != nil {
		return d.fault(line.number, err, "correct that line, or take it out; or have the file made: "+d.relock())
	}
	for _, b := range o.binary {
		r.binary.set(b)
	}
	editable := len(o.editables) > 0 // also what stands before the option
	if editable && text == "" {
		text = o.editables[0]
	}
	if text == "" {
		return r.readOptions(d, line.number, o)
	}
	p, err := r.parse(d, text, editable)
	if err != nil {
		return d.fault(line.number, quoting(err), "correct that line, a pin is: six==1.17.0 --hash=sha256:<hex>; or have the file made: "+d.relock())
	}
	if err := r.size.addPackage(); err != nil {
		return d.fault(line.number, err, "leave out lines that are not needed; or have the file made: "+d.relock())
	}
	p.Path, p.Line, p.d = d.path, line.number, d
	if err := p.setHashes(o.hashes); err != nil {
		return d.fault(line.number, err, "keep one --hash=sha256:<hex> for each permitted file")
	}
	if !constraint {
		r.packages = append(r.packages, p)
		return nil
	}
	if p.Name == "" || len(p.extras) > 0 || p.Source.Kind != FromIndex {
		return d.fault(line.number, errors.New("a constraint is a name and versions, without extras, URL or path"), "correct that line, or take it out")
	}
	r.constraints[p.Name] = append(r.constraints[p.Name], p)
	return nil
}

// readOptions follows the options of a line that has no requirement.
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
		l.IndexURL, l.ExtraIndexURLs = o.indexURL[n-1], nil // it replaces those before it, too
	}
	l.ExtraIndexURLs = append(l.ExtraIndexURLs, o.extraIndexURLs...)
	l.TrustedHosts = append(l.TrustedHosts, o.trustedHosts...)
	if len(o.findLinks) > 0 {
		l.FindLinks = append(l.FindLinks, r.findLinks(d, o.findLinks[0]))
	}
	return nil
}

// findLinks is a folder relative to the file that states it if there is one,
// else to the outermost file.
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

// include reads a file that line of d draws in.
func (r *reqReader) include(d *document, line int, location string, constraint bool) error {
	path := location
	if hasScheme(location) {
		u, err := url.Parse(location)
		if err != nil || u.Scheme != "file" {
			return d.fault(line, fmt.Errorf("%s: lamella reads requirements from files only", secret.Redact(location)),
				"download the file, and name it there")
		}
		path = filePath(u)
	}
	path = absolute(d.dir(), path)
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a file")
	}
	var content []byte
	if err == nil {
		content, err = textfile.Bytes(path)
	}
	if err != nil {
		return d.fault(line, fmt.Errorf("%s: %w", location, cause(err)), "put the file there, or take that line out")
	}
	if err := r.size.include(content); err != nil {
		return d.fault(line, err, "take lines out that name a file again")
	}
	nested := &document{path: path, content: content, format: d.format, getenv: d.getenv}
	if rel, err := filepath.Rel(r.top.dir(), path); err == nil {
		nested.path = filepath.Join(filepath.Dir(r.top.path), rel) // as the user would name it
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
