package lock

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep503"
	"github.com/lamella-build/lamella/pypa/pep508"
)

// reqLinePackage is the package that a requirement line of d refers to.
type reqLinePackage struct {
	Package
	d      *document
	extras []string
	specs  pep440.Specifiers
	marker pep508.Marker
}

// add adds a requirement to the lock after applying its constraints.
func (r *reqReader) add(p *reqLinePackage) error {
	if err := r.size.addPairs(len(r.constraints[p.Name])); err != nil {
		return p.d.invalid(p.Line, err, p.d.orGenerate("remove constraints that you do not need"))
	}
	if p.Unpinned == "" {
		if err := p.constrain(r.constraints[p.Name]); err != nil {
			return err
		}
		r.addRoot(p)
		return nil
	}
	pinned := false
	for _, c := range r.constraints[p.Name] {
		if c.Unpinned != "" {
			continue
		}
		if err := c.satisfies(p); err != nil {
			return err
		}
		q := *p
		q.Version, q.Local, q.Unpinned, q.Hashes = c.Version, c.Local, "", p.Hashes
		if len(q.Hashes) == 0 {
			q.Hashes = c.Hashes
		}
		marker, err := pep508.ParseMarker(conjunction(p.marker.String(), c.marker.String()))
		if err != nil && !(p.marker.Empty() && c.marker.Empty()) {
			return p.d.invalid(p.Line, err, p.d.orGenerate("simplify the markers of the requirement and its constraint"))
		}
		q.marker = marker
		r.addRoot(&q)
		pinned = true
	}
	if !pinned {
		r.addRoot(p)
	}
	return nil
}

// constrain checks a pinned requirement against the constraints without markers. If it has
// no hashes, it gets theirs, and so it does with a local version label.
func (p *reqLinePackage) constrain(constraints []*reqLinePackage) error {
	for _, c := range constraints {
		if !c.marker.Empty() || p.Source.Kind != FromIndex {
			continue
		}
		if c.Unpinned == "" && p.Local != NoLocal && c.Local == NoLocal && c.satisfies(p) == nil {
			p.Version, p.Local = c.Version, NoLocal
		}
		if err := p.satisfies(c); err != nil {
			return err
		}
		if len(p.Hashes) == 0 {
			p.Hashes = c.Hashes
		}
	}
	return nil
}

// satisfies returns an error unless q allows the version that p is pinned to.
func (p *reqLinePackage) satisfies(q *reqLinePackage) error {
	v, err := pep440.Parse(p.Version)
	if err != nil || q.specs.Contains(v) {
		return nil // a version after "===" may be invalid
	}
	hint := fmt.Sprintf("change %s or %s so that one version of %s satisfies both", p.Where(), q.Where(), p.Name)
	if p.d.hasSource() {
		hint = p.d.orGenerate(hint)
	}
	return p.d.invalid(p.Line, fmt.Errorf("%s %s conflicts with %s%s in %s", p.Name, p.Version, q.Name, q.specs, q.Where()), hint)
}

// addRoot adds p to the lock as a root. If the lock already contains the package, it adds
// only the root.
func (r *reqReader) addRoot(p *reqLinePackage) {
	p.NoBinary = r.binary.forbids(p.Name)
	key := fmt.Sprintf("%q %q %v %q %v %q %v", p.Name, p.Version, p.Local, p.Unpinned, p.Source, p.Hashes, p.Files)
	i, ok := r.known[key]
	if !ok {
		i = len(r.lock.Packages)
		r.known[key] = i
		r.lock.Packages = append(r.lock.Packages, p.Package)
		r.lock.Packages[i].nameBySource()
	}
	r.lock.Roots = append(r.lock.Roots, Dependency{Package: i, Extras: p.extras, Marker: p.marker})
}

// setHashes sets the hashes from --hash options, which replace a hash in a URL.
func (p *reqLinePackage) setHashes(options []string) error {
	var hashes []digest.Digest
	for _, text := range options {
		d, err := digest.Parse(text)
		if err != nil {
			return err
		}
		if !slices.Contains(hashes, d) {
			hashes = append(hashes, d)
		}
	}
	if p.Source.Kind == FromIndex {
		p.Hashes = hashes
		return nil
	}
	if len(p.Files) == 0 || len(hashes) == 0 {
		return nil
	}
	seen := map[string]bool{}
	for _, d := range hashes {
		if seen[d.Algorithm()] {
			return &lineError{fmt.Errorf("%s has several %s hashes", p.Files[0].Name, d.Algorithm()), "keep only one hash, that of the distribution file"}
		}
		seen[d.Algorithm()] = true
	}
	p.Files[0].Hashes = hashes
	return nil
}

// hashHint returns the hint for an error of setHashes.
func hashHint(err error) string {
	hint := "use the SHA-256 hash of the distribution file"
	var part *lineError
	if errors.As(err, &part) {
		hint = part.hint
	}
	return hint + "; to print it as --hash=sha256:HEX, download that file and run: pip hash FILE"
}

// binaryControl tracks --no-binary and --only-binary options. Later options override
// earlier ones. The zero value allows all wheels.
type binaryControl struct{ no, only map[string]bool }

const allPackages = ":all:"

func (b *binaryControl) set(o binaryOption) {
	if b.no == nil {
		b.no, b.only = map[string]bool{}, map[string]bool{}
	}
	target, other := b.only, b.no
	if o.no {
		target, other = b.no, b.only
	}
	for name := range splitNames(o.value) {
		switch name {
		case allPackages:
			clear(target)
			clear(other)
			target[allPackages] = true
		case ":none:":
			clear(target)
		default:
			name = pep503.Normalize(name)
			delete(other, name)
			target[name] = true
		}
	}
}

// forbids reports whether wheels of the package must not be used.
func (b *binaryControl) forbids(name string) bool {
	switch {
	case b.only[name]:
		return false
	case b.no[name]:
		return true
	}
	return b.no[allPackages] && !b.only[allPackages]
}
