package index

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/pypa/pep440"
)

// search is what is looked for and what was found of it so far.
type search struct {
	name    string // normalised
	version string
	hashes  []digest.Digest
	index   string // the one to ask, "" for all of the settings
	// one: a single file with any of hashes will do. Where a source states no
	// hash it may also be known by the name file, as its content is checked later.
	one  bool
	file string
	// unhashed: any file of that name and version will do, as nobody has a hash.
	unhashed bool

	found  []lock.File
	yanked string   // why the first yanked file among found is
	others []string // the sources' further files of that version, and why they are not it
	asked  []string // the sources, for messages
}

// enough reports that no further source can add anything.
func (s *search) enough() bool {
	if s.one || s.unhashed {
		return len(s.found) > 0
	}
	for _, h := range s.hashes {
		if !s.has(h) {
			return false
		}
	}
	return true
}

func (s *search) has(h digest.Digest) bool {
	return slices.ContainsFunc(s.found, func(f lock.File) bool { return slices.Contains(f.Hashes, h) })
}

// take looks through the files of one source.
func (s *search) take(source string, files []listed) {
	s.asked = append(s.asked, source)
	for _, f := range files {
		reason := s.refuse(f)
		if reason == "" {
			s.found = append(s.found, lock.File{Name: f.Name, URL: f.URL.String(), Hashes: f.Hashes, Size: f.Size})
			if s.yanked == "" {
				s.yanked = f.Yanked
			}
		} else if reason != known && isFileOf(f.Name, s.name, s.version) {
			s.others = append(s.others, f.Name+": "+reason)
		}
	}
}

// known is why a file is not taken that an earlier source had.
const known = "known"

// refuse returns why f is not what is looked for, "" if it is.
func (s *search) refuse(f listed) string {
	if s.unhashed {
		if !isFileOf(f.Name, s.name, s.version) {
			return "it is another version"
		}
		return ""
	}
	if s.one && f.Name == s.file && len(f.Hashes) == 0 {
		return ""
	}
	if len(f.Hashes) == 0 {
		return "the index states no sha256, sha384 or sha512 hash, so it cannot be matched with the lock"
	}
	comparable := false
	for _, h := range f.Hashes {
		if slices.Contains(s.hashes, h) {
			if s.has(h) {
				return known
			}
			return ""
		}
		comparable = comparable || slices.ContainsFunc(s.hashes, func(w digest.Digest) bool { return w.Algorithm() == h.Algorithm() })
	}
	if !comparable {
		return fmt.Sprintf("the index states its %s, the lock only %s", f.Hashes[0].Algorithm(), s.hashes[0].Algorithm())
	}
	return "its hash is not in the lock"
}

// algorithms returns those of the hashes looked for.
func (s *search) algorithms() []string {
	if s.unhashed {
		return []string{"sha256"}
	}
	var names []string
	for _, h := range s.hashes {
		if !slices.Contains(names, h.Algorithm()) {
			names = append(names, h.Algorithm())
		}
	}
	return names
}

// errNotFound marks a search that ended without result.
var errNotFound = errors.New("not found")

// notFound is the fault for a search that ended without result.
func (s *search) notFound() error {
	where := strings.Join(s.asked, ", ")
	err := fmt.Errorf("%w: nothing for this version is at %s", errNotFound, where)
	switch {
	case len(s.asked) == 0 && s.index != "":
		err = fmt.Errorf("%w: %s does not know the project", errNotFound, secret.Redact(s.index))
	case len(s.asked) == 0:
		err = fmt.Errorf("%w: no index and no folder knows the project", errNotFound)
	case len(s.others) > 0:
		err = fmt.Errorf("%w: no file at %s has a hash that the lock file permits", errNotFound, where)
	}
	hint := "name the index that the lock file was made against, --index-url URL, or make the lock file anew against this one"
	if s.index != "" {
		hint = "the lock file names this index for it, so no other is asked; to have another asked for everything: --index-url URL"
	}
	return s.fault(fault.Index, err, hint)
}

func (s *search) fault(kind fault.Kind, err error, hint string) error {
	return &fault.Error{Kind: kind, Op: "find", Subject: strings.TrimSpace(s.name + " " + s.version), Err: err, Details: s.others, Hints: []string{hint}}
}

// asksFor reports whether h is one of the hashes looked for.
func (s *search) asksFor(h digest.Digest) bool { return slices.Contains(s.hashes, h) }

// hasName reports whether fileName may be that of a file of the project called name
// (normalised), as cheaply as it can be told: pages have many other files.
func hasName(fileName, name string) bool {
	i := 0
	for k := 0; k < len(name); k++ {
		start := i
		for name[k] == '-' && i < len(fileName) && strings.IndexByte("-_.", fileName[i]) >= 0 {
			i++
		}
		if i > start {
			continue
		}
		if i == len(fileName) || fileName[i]|0x20 != name[k] && fileName[i] != name[k] {
			return false
		}
		i++
	}
	return i < len(fileName) && fileName[i] == '-'
}

// isFileOf reports whether fileName is a wheel or sdist of that name (normalised)
// and version; any version if version is no PEP 440 one.
func isFileOf(fileName, name, version string) bool {
	var gotName string
	var got pep440.Version
	if w, err := pep425.ParseWheelName(fileName); err == nil {
		gotName, got = w.Name, w.Version
	} else if s, err := pep425.ParseSdistName(fileName); err == nil {
		gotName, got = s.Name, s.Version
	} else {
		return false
	}
	want, err := pep440.Parse(version)
	return gotName == name && (err != nil || got.Compare(want) == 0)
}
