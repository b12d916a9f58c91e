package pep508

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/pypa/pep440"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// Requirement is a dependency specifier: name[extras] version-or-URL ; marker.
type Requirement struct {
	Name       string   // as written
	Extras     []string // normalized, sorted, without duplicates
	Specifiers pep440.Specifiers
	URL        string // after "@"; "" if there is none
	Marker     Marker
}

// String returns the requirement in packaging's canonical form.
func (r Requirement) String() string {
	var b strings.Builder
	b.WriteString(r.Name)
	if len(r.Extras) > 0 {
		b.WriteString("[" + strings.Join(r.Extras, ",") + "]")
	}
	b.WriteString(r.Specifiers.String())
	if r.URL != "" {
		b.WriteString(" @ " + r.URL)
	}
	if !r.Marker.Empty() {
		if r.URL != "" {
			b.WriteByte(' ')
		}
		b.WriteString("; " + r.Marker.String())
	}
	return b.String()
}

// ParseRequirement parses a PEP 508 dependency specifier. The version may be in
// parentheses. There must be a space between a URL and the ";" of a marker.
func ParseRequirement(s string) (Requirement, error) {
	p := parser{rest: s}
	r, err := p.requirement()
	if err != nil {
		return Requirement{}, fmt.Errorf("invalid requirement %q: %w", s, err)
	}
	return r, nil
}

func (p *parser) requirement() (r Requirement, err error) {
	p.space()
	if r.Name = p.name(); r.Name == "" {
		return r, expected("a package name", p.rest)
	}
	p.space()
	if r.Extras, err = p.extras(); err != nil {
		return r, err
	}
	p.space()
	next := "a version, a semicolon, or the end of the requirement"
	if p.accept("@") {
		next = "the end of the requirement, or a space and a semicolon"
		err = p.url(&r)
	} else {
		r.Specifiers, err = p.specifiers()
	}
	if err != nil {
		return r, err
	}
	p.space()
	switch {
	case p.rest == "":
		return r, nil
	case !p.accept(";"):
		return r, expected(next, p.rest)
	}
	if r.Marker.root, err = p.expression(0); err == nil && p.rest != "" {
		err = expected(`"and", "or", or the end of the marker`, p.rest)
	}
	return r, err
}

// name consumes the name of a package or extra. It returns "" if there is none.
func (p *parser) name() string {
	i := 0
	for i < len(p.rest) && (isAlphanumeric(p.rest[i]) || i > 0 && strings.IndexByte("-_.", p.rest[i]) >= 0) {
		i++
	}
	name := strings.TrimRight(p.rest[:i], "-.")
	p.rest = p.rest[len(name):]
	return name
}

func (p *parser) extras() ([]string, error) {
	if !p.accept("[") {
		return nil, nil
	}
	var names []string
	p.space()
	for !p.accept("]") {
		if len(names) > 0 && !p.accept(",") {
			return nil, expected("a comma or a closing bracket after the extra", p.rest)
		}
		p.space()
		name := p.name()
		if name == "" {
			return nil, expected("the name of an extra", p.rest)
		}
		names = append(names, pep503.Normalize(name))
		p.space()
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (p *parser) url(r *Requirement) error {
	p.space()
	i := strings.IndexAny(p.rest, " \t")
	if i < 0 {
		i = len(p.rest)
	}
	if i == 0 {
		return errors.New("expected a URL after @")
	}
	if strings.ContainsAny(p.rest[:i], "\r\n") {
		return fmt.Errorf("the URL %q contains a line break", p.rest[:i])
	}
	r.URL, p.rest = p.rest[:i], p.rest[i:]
	return nil
}

// specifiers consumes the version clauses before a ";", possibly in parentheses.
func (p *parser) specifiers() (set pep440.Specifiers, err error) {
	end := ";"
	parentheses := p.accept("(")
	if parentheses {
		end = ")"
	}
	text, rest, found := strings.Cut(p.rest, end)
	if parentheses && !found {
		return set, errors.New("unclosed parenthesis around the version")
	}
	if strings.ContainsAny(text, "\r\n") {
		return set, errors.New("unexpected line break")
	}
	if strings.HasPrefix(strings.TrimLeft(text, " \t"), ",") {
		return set, errors.New("expected a version before the comma")
	}
	if set, err = pep440.ParseSpecifiers(text); err != nil {
		return set, err
	}
	p.rest = rest
	if !parentheses && found {
		p.rest = end + rest
	}
	return set, nil
}
