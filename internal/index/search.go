package index

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/secret"
	"github.com/lamella-build/lamella/lock"
	"github.com/lamella-build/lamella/pypa/pep425"
	"github.com/lamella-build/lamella/pypa/pep440"
)

// search describes what to look for, and holds what was found so far.
type search struct {
	name    string // normalized
	version string
	local   bool // files of the version with a local version label are wanted, too
	hashes  []digest.Digest
	index   string // the only index to ask; "" to ask all indexes in the settings
	// one means that a single file with any of the hashes is sufficient. If no source
	// states its hash, it may also be identified by its name, file, because its content is
	// checked later.
	one  bool
	file string
	// unhashed means that any file of this name and version is accepted, because no hash is
	// known.
	unhashed bool

	answered time.Time // when an index gave the answer in found; zero for now
	found    []lock.File
	unstated []lock.File // files that may be right, but whose sources state no hash to compare
	yanked   string      // why the first yanked file in found was yanked
	others   []string    // other files of this version in the sources, and why they were rejected
	asked    []string    // the sources that were asked, for messages
	denied   error       // error of the first source that denied access
}

// enough reports whether no further source can add anything.
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

// take examines the files of one source.
func (s *search) take(source string, files []listed) {
	s.asked = append(s.asked, source)
	for _, f := range files {
		file := lock.File{Name: f.Name, URL: f.URL.String(), Hashes: f.Hashes, Size: f.Size}
		switch reason := s.refuse(f); {
		case reason == "":
			s.found = append(s.found, file)
			s.yanked = cmp.Or(s.yanked, f.Yanked)
		case reason == unstated:
			file.Hashes = nil
			s.unstated = append(s.unstated, file)
		case reason != known && s.isOurs(f.Name):
			s.others = append(s.others, f.Name+": "+reason)
		}
	}
}

// settle accepts files without a hash to compare, unless a file with the same name and a
// hash was found.
func (s *search) settle() {
	if s.enough() {
		return
	}
	for _, f := range s.unstated {
		if !slices.ContainsFunc(s.found, func(known lock.File) bool { return known.Name == f.Name && len(known.Hashes) > 0 }) {
			s.found = append(s.found, f)
		}
	}
}

// known is the reason for rejecting a file that an earlier source had. unstated is the
// reason for not accepting a file yet: it has to be read to compare its hash.
const (
	known    = "known"
	unstated = "unstated"
)

// refuse returns the reason why f is not a wanted file, or "" if it is.
func (s *search) refuse(f listed) string {
	if s.unhashed {
		if !s.isOurs(f.Name) {
			return "it is another version"
		}
		return ""
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
	switch {
	case comparable:
		return "its hash is not in the lock file"
	case s.one && f.Name != s.file, !s.isOurs(f.Name):
		return known
	}
	return unstated
}

// algorithms returns the algorithms of the wanted hashes.
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

// errNotFound is wrapped by the error of a search without a result.
var errNotFound = errors.New("not found")

// notFound returns the error of a search without a result.
func (s *search) notFound() error {
	if s.denied != nil {
		return s.denied
	}
	where, subject := strings.Join(s.asked, ", "), strings.TrimSpace(s.name+" "+s.version)
	message := fmt.Sprintf("cannot find any files for %s at %s", subject, where)
	switch {
	case len(s.asked) == 0 && s.index != "":
		message = fmt.Sprintf("cannot find %s because %s does not have this distribution", subject, secret.Redact(s.index))
	case len(s.asked) == 0:
		message = fmt.Sprintf("cannot find %s because no index or find-links folder has this distribution", subject)
	case len(s.others) > 0:
		message = fmt.Sprintf("no file for %s at %s matches a hash in the lock file", subject, where)
	}
	hint := "lock again with a configured index, or use the index that the lock file was created with: --index-url URL"
	if s.index != "" {
		hint = "use one index for all distributions instead of the indexes in the lock file: --index-url URL"
	}
	return &fault.Error{Kind: fault.Index, Message: message, Subject: subject, Sentinel: errNotFound, Details: s.others, Hints: []string{hint}}
}

// asksFor reports whether h is one of the wanted hashes.
func (s *search) asksFor(h digest.Digest) bool { return slices.Contains(s.hashes, h) }

// hasName reports whether fileName may be the name of a file of the project with the given
// normalized name. It is fast, because pages list many other files.
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

// isOurs reports whether fileName is a wheel or sdist with the name and version of s. If the
// version is not valid according to PEP 440, any version matches.
func (s *search) isOurs(fileName string) bool {
	var gotName string
	var got pep440.Version
	if w, err := pep425.ParseWheelName(fileName); err == nil {
		gotName, got = w.Name, w.Version
	} else if sdist, err := pep425.ParseSdistName(fileName); err == nil {
		gotName, got = sdist.Name, sdist.Version
	} else {
		return false
	}
	want, err := pep440.Parse(s.version)
	return gotName == s.name && (err != nil || got.Compare(want) == 0 || s.local && got.WithoutLocal().Compare(want) == 0)
}

// mayPass records an error of a source and reports whether to continue with the other
// sources. If access to one source is denied, any other one is acceptable, because the
// hashes decide.
func (s *search) mayPass(err error) bool {
	status := (*statusError)(nil)
	if s.unhashed || !errors.As(err, &status) || status.code != http.StatusForbidden && status.code != http.StatusUnauthorized {
		return false
	}
	if s.denied == nil || status.code == http.StatusUnauthorized && !s.isUnauthorized() {
		s.denied = err
	}
	return true
}

// isUnauthorized reports whether a source requires credentials, so that it may have what is
// wanted.
func (s *search) isUnauthorized() bool {
	status := (*statusError)(nil)
	return errors.As(s.denied, &status) && status.code == http.StatusUnauthorized
}
