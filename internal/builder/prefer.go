package builder

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/pypa/pep503"
)

// preference specifies whose copy of a file to use. The package comment describes its
// rules.
type preference struct {
	text    string
	owner   string   // normalized name of the distribution
	pattern *pattern // pattern of the files it applies to, nil for all files
	used    bool
}

// newPreference parses "DIST" or "DIST:PATTERN". It returns a fault.Error of kind Usage for
// anything else.
func newPreference(text string) (preference, error) {
	name, rest, about := strings.Cut(text, ":")
	p := preference{text: text, owner: pep503.Normalize(name)}
	if name == "" || about && rest == "" || strings.ContainsAny(name, `/\*? `) {
		return p, &fault.Error{Kind: fault.Usage, Message: fmt.Sprintf("the preference %q must be DIST or DIST:PATTERN", text), Subject: text,
			Hints: []string{"name a distribution: --prefer opencv-python", "or name only some of its files: --prefer 'opencv-python:cv2/**'"}}
	}
	if !about {
		return p, nil
	}
	compiled, err := compile(rest)
	if e := (*fault.Error)(nil); errors.As(err, &e) {
		e.Message, e.Subject, e.Hints = fmt.Sprintf("the preference %q is invalid: %s", text, e.Message), text, nil
	}
	p.pattern = &compiled
	return p, err
}

// preferences are in order of precedence: the first one that applies to a file decides.
type preferences []preference

func newPreferences(texts []string) (preferences, error) {
	var list preferences
	for _, text := range texts {
		p, err := newPreference(text)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// among returns the one of owners that is preferred for the file at path, or "" if none is.
func (ps preferences) among(path string, owners func(string) bool) string {
	for i := range ps {
		p := &ps[i]
		if (p.pattern == nil || matchSegments(p.pattern.segments, path)) && owners(p.owner) {
			p.used = true
			return p.owner
		}
	}
	return ""
}

// pick returns the index of the preferred one of entries, the copies of one file.
func (ps preferences) pick(entries []layer.Entry) (int, bool) {
	index := func(owner string) int {
		return slices.IndexFunc(entries, func(e layer.Entry) bool { return e.Owner == owner })
	}
	owner := ps.among(entries[0].Path(), func(owner string) bool { return index(owner) >= 0 })
	if owner == "" {
		return 0, false
	}
	return index(owner), true
}

// report warns about preferences that have no effect, which are probably misspelled.
func (ps preferences) report(events event.Sink) {
	for _, p := range ps {
		if !p.used {
			events.Emit(event.Event{Kind: event.Warn, Op: "prefer", Subject: p.text,
				Message: fmt.Sprintf("the preference %q has no effect because no matching file of %s differs from another distribution's", p.text, p.owner)})
		}
	}
}
