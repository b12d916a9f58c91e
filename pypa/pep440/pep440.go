// Package pep440 implements Python's version scheme (PEP 440, maintained as the
// PyPA's "Version specifiers"): versions, their order, and version specifiers.
//
//	v, err := pep440.Parse("2.0-RC.1")            // v.String() == "2.0rc1"
//	s, err := pep440.ParseSpecifiers(">=1.4,!=2.0.*")
//	s.Contains(v)                                 // false
//
// Numbers may have any size. Specifiers do not exclude pre-releases, because the lock file
// has already chosen the versions.
package pep440

// Version is a parsed version. The zero value is not valid; use Parse.
//
// Two versions are equal according to PEP 440 if Compare returns 0. The == operator
// compares normal forms, and 1.0 and 1.0.0 have different normal forms.
type Version struct {
	text string // normal form, such as "1!2.0rc1.post2.dev3+local.1"
	// The offsets in text where the segments end. A missing segment has length 0.
	epoch   int32 // "1!"
	release int32 // "2.0"
	pre     int32 // "rc1"
	post    int32 // ".post2"
	dev     int32 // ".dev3"; "+local.1" follows
}

// String returns the normal form, such as "1!2.0rc1.post2.dev3+local.1". It keeps trailing
// zeros of the release.
func (v Version) String() string { return v.text }

// Local returns the local version label without "+", or "" if there is none.
func (v Version) Local() string {
	if int(v.dev) == len(v.text) {
		return ""
	}
	return v.text[v.dev+1:]
}

// WithoutLocal returns v without its local version label.
func (v Version) WithoutLocal() Version {
	v.text = v.text[:v.dev]
	return v
}

// IsPrerelease reports whether v is a pre-release or development release.
func (v Version) IsPrerelease() bool { return v.hasPre() || v.hasDev() }

func (v Version) hasPre() bool  { return v.release < v.pre }
func (v Version) hasPost() bool { return v.pre < v.post }
func (v Version) hasDev() bool  { return v.post < v.dev }

// The following functions return the values of the segments. A missing number is "", but a
// missing epoch is "0".

func (v Version) epochNumber() string {
	if v.epoch == 0 {
		return "0"
	}
	return v.text[:v.epoch-1]
}

func (v Version) releaseText() string { return v.text[v.epoch:v.release] }
func (v Version) preText() string     { return v.text[v.release:v.pre] }

func (v Version) postNumber() string {
	if !v.hasPost() {
		return ""
	}
	return v.text[int(v.pre)+len(".post") : v.post]
}

func (v Version) devNumber() string {
	if !v.hasDev() {
		return ""
	}
	return v.text[int(v.post)+len(".dev") : v.dev]
}
