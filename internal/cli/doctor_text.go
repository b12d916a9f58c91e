package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/lamella-build/lamella"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/doctor"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/target"
)

// The signs at the beginning of the lines of doctor.
const (
	doctorOK      = "ok"
	doctorProblem = "!!" // makes a deploy fail
	doctorWarning = "!"
	doctorAbsent  = "--" // missing, but not needed
)

// doctorLine is one finding.
type doctorLine struct {
	section string
	sign    string
	cells   []string
	err     error // printed below the line; nil if there is none
}

// doctorLines returns the findings about a layer.
func doctorLines(l lamella.Layer, e *doctor.Report) []doctorLine {
	var lines []doctorLine
	add := func(section, sign string, err error, cells ...string) {
		lines = append(lines, doctorLine{section, sign, cells, err})
	}
	needed := func(section string, err error, cells ...string) {
		sign := doctorOK
		if err != nil {
			sign = doctorProblem
		}
		add(section, sign, err, cells...)
	}
	project := "for " + e.Target.String()
	addProject(l, e, project, add, needed)
	if e.IndexesErr != nil {
		needed("indexes", e.IndexesErr, "configuration")
	}
	for _, i := range e.Indexes {
		role := "only if the lock file names it"
		if i.Asked {
			role = "searched"
		}
		from := "no credentials"
		if i.From != "" {
			from = "credentials from " + i.From
		}
		needed("indexes", i.Err, orDash(i.Name), orDash(i.URL), role, from)
	}
	addDestination(l, e, add, needed)
	for _, kind := range []struct {
		title    string
		programs []doctor.Program
	}{{"tools", e.Tools}, {"Pythons", e.Pythons}, {"container engines", e.Engines}} {
		for _, p := range kind.programs {
			switch {
			case p.Path == "": // whatever needs it says how to get it
				add(kind.title, doctorAbsent, nil, p.Name, "not installed")
			case p.Err != nil:
				add(kind.title, doctorAbsent, p.Err, p.Name, orDash(p.Version), orDash(p.Path))
			default:
				add(kind.title, doctorOK, nil, p.Name, orDash(p.Version), orDash(p.Path))
			}
		}
	}
	return lines
}

type (
	addLine    func(section, sign string, err error, cells ...string)
	addChecked func(section string, err error, cells ...string)
)

// addProject adds the findings about what the layer is made from.
func addProject(l lamella.Layer, e *doctor.Report, section string, add addLine, needed addChecked) {
	switch {
	case e.LockErr != nil || e.Stale == nil:
		needed(section, e.LockErr, "lock file", orDash(e.Lock))
	case e.Locked:
		needed(section, e.Stale.Fault(), "lock file", orDash(e.Lock))
	default:
		add(section, doctorWarning, e.Stale.Fault(), "lock file", orDash(e.Lock))
	}
	if e.Runtime == "" {
		add(section, doctorOK, nil, "runtime", e.Target.Runtime)
	} else {
		add(section, doctorWarning, errors.New(e.Runtime), "runtime", e.Target.Runtime)
	}
	if size := examinedSize(e); size != "" || e.SizeErr != nil {
		needed(section, e.SizeErr, "size", orDash(size))
	}
	needed(section, e.CacheErr, "cache", orDash(e.Cache))
	chosen, where := cmp.Or(l.Builder, "native"), doctor.Here
	if l.Container != "" {
		where = doctor.InContainer
	}
	for _, w := range e.Builders {
		if w.Name == chosen && w.Where == where {
			needed(section, w.Err, "--builder "+w.Name, w.Where)
		} else if w.Err != nil {
			add(section, doctorAbsent, w.Err, "--builder "+w.Name, w.Where)
		} else {
			add(section, doctorOK, nil, "--builder "+w.Name, w.Where)
		}
	}
}

// examinedSize describes the layer's size as far as it is known, or returns "".
func examinedSize(e *doctor.Report) string {
	limit := formatBytes(target.MaxUnzippedSize)
	switch {
	case e.Size.Exact:
		return fmt.Sprintf("%s unzipped of at most %s, %s zipped", formatBytes(e.Size.Unzipped), limit, formatBytes(e.Size.Zip))
	case e.Size.Missing > 0:
		return fmt.Sprintf("unknown: %s not in the cache; lamella plan downloads them", number.Count(e.Size.Missing, "wheel"))
	}
	return ""
}

// addDestination adds the findings about the destination.
func addDestination(l lamella.Layer, e *doctor.Report, add addLine, needed addChecked) {
	d, identity := e.Destination, []string{}
	if d.Identity.Source != "" || d.IdentityErr != nil {
		identity = []string{"region " + orDash(d.Identity.Region), "credentials " + orDash(d.Identity.Source)}
	}
	if d.Identity.ARN != "" {
		identity = append(identity, escape(d.Identity.ARN))
	}
	switch {
	case len(identity) == 0:
	case d.IdentityErr == nil:
		add("AWS", doctorOK, nil, identity...)
	case d.To == "": // the layer is not deployed anywhere
		add("AWS", doctorAbsent, d.IdentityErr, identity...)
	default:
		needed("AWS", d.IdentityErr, identity...)
	}
	if d.To == "" {
		add("destination", doctorAbsent, nil, "no destination is configured: --to s3://BUCKET/PREFIX/{layer}")
	}
	for _, c := range d.Checks {
		cells := []string{c.Name}
		if place := l.Place(); place != "" {
			cells = append(cells, place)
		}
		if c.Found != "" {
			cells = append(cells, escape(c.Found))
		}
		if c.For != "" {
			cells = append(cells, "for lamella "+c.For)
		}
		switch {
		case c.Untried != "":
			add("destination", doctorAbsent, nil, append(cells, "not tried: "+escape(c.Untried))...)
		case c.Err != nil && c.For != "":
			add("destination", doctorAbsent, c.Err, cells...)
		default:
			needed("destination", c.Err, cells...)
		}
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return escape(s)
}

// doctorText collects the findings about all layers. It has a section for each kind of
// thing, and a line for each thing, however many layers share it. The problem and its hints
// are below the line.
type doctorText struct {
	paint    painter
	layers   int
	sections []string
	found    map[string][]*doctorFinding // keyed by section
	known    map[string]*doctorFinding
}

// doctorFinding is a line, with the layers that it is about.
type doctorFinding struct {
	doctorLine
	of []string
}

// add adds the findings about a layer.
func (t *doctorText) add(l lamella.Layer, lines []doctorLine) {
	if t.found == nil {
		t.found, t.known = map[string][]*doctorFinding{}, map[string]*doctorFinding{}
	}
	for _, line := range lines {
		key := line.section + "\n" + causeOf(l, errors.New(strings.Join(line.cells, "\n")))
		if line.err != nil {
			key += "\n" + causeOf(l, line.err)
		}
		f := t.known[key]
		if f == nil {
			f = &doctorFinding{doctorLine: line}
			t.known[key] = f
			if t.found[line.section] == nil {
				t.sections = append(t.sections, line.section)
			}
			t.found[line.section] = append(t.found[line.section], f)
		}
		f.of = append(f.of, l.String())
		if len(f.of) == 2 && line.err != nil { // describe the error for each layer, not only for the first
			f.err = &fault.Error{Kind: fault.KindOf(f.err), Message: causeOf(l, line.err), Details: fault.Details(f.err), Hints: fault.Hints(f.err)}
		}
	}
}

// String returns the findings as text.
func (t *doctorText) String() string {
	var b strings.Builder
	for _, section := range t.sections {
		b.WriteString(section + "\n")
		said := map[string]bool{}
		var rows [][]string
		for _, f := range t.found[section] {
			rows = append(rows, append([]string{f.sign}, f.cells...))
		}
		for i, line := range strings.Split(strings.TrimSuffix(table(rows, -1), "\n"), "\n") {
			f := t.found[section][i]
			fmt.Fprintf(&b, "  %s%s\n", t.painted(f.sign), strings.TrimPrefix(line, f.sign))
			t.below(&b, f, said)
		}
	}
	return b.String()
}

// painted returns a sign in its colour.
func (t *doctorText) painted(sign string) string {
	switch sign {
	case doctorOK:
		return t.paint.green(sign)
	case doctorProblem:
		return t.paint.red(sign)
	}
	return t.paint.yellow(sign)
}

// below writes which layers a finding is about (unless it is about all of them), its
// problem, and what to do. For something that is not needed, it does not repeat what has
// already been said in the section.
func (t *doctorText) below(b *strings.Builder, f *doctorFinding, said map[string]bool) {
	var lines []string
	if f.err != nil {
		lines = append(lines, f.err.Error())
		lines = append(lines, fault.Details(f.err)...)
		for _, hint := range fault.Hints(f.err) {
			lines = append(lines, "hint: "+hint)
		}
	}
	if f.sign != doctorOK && len(f.of) < t.layers {
		lines = append(lines, wrapList(f.of, 90)...)
	}
	for _, line := range lines {
		if f.sign != doctorAbsent || !said[line] {
			fmt.Fprintf(b, "       %s\n", escape(line))
		}
		said[line] = true
	}
}
