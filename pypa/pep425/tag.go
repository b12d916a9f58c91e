// Package pep425 implements compatibility tags (PEP 425, PEP 600) and the file names of
// wheels and sdists (PEP 427, PEP 625): it determines which wheels an interpreter accepts,
// which of them is best, and why a wheel is not compatible.
//
//	r := pep425.NewRanking(11, "x86_64", 26) // CPython 3.11, glibc 2.26
//	w, err := pep425.ParseWheelName("numpy-2.3.0-cp311-cp311-manylinux_2_28_x86_64.whl")
//	_, ok := r.Best(w)                       // false
//	r.Mismatch(w).String()                   // "needs manylinux_2_28 (glibc 2.28)"
package pep425

import (
	"fmt"
	"strconv"
)

// Tag is a python-abi-platform triple.
type Tag struct{ Python, ABI, Platform string }

// String returns the tag in the form "cp313-cp313-manylinux_2_17_x86_64".
func (t Tag) String() string { return t.Python + "-" + t.ABI + "-" + t.Platform }

// ManylinuxPlatforms returns the platform tags that Linux with glibc 2.<glibcMinor> on arch
// (x86_64 or aarch64) accepts, best first: the perennial tags of PEP 600, each followed by
// its legacy name if it has one, and finally linux_<arch>, in the same order as pip up to
// 26.2.
func ManylinuxPlatforms(arch string, glibcMinor int) []string {
	// The policies start at glibc 2.5 on x86_64, and at glibc 2.17 elsewhere.
	oldest := 17
	if arch == "x86_64" {
		oldest = 5
	}
	var platforms []string
	for minor := glibcMinor; minor >= oldest; minor-- {
		platforms = append(platforms, fmt.Sprintf("manylinux_2_%d_%s", minor, arch))
		if name := legacyManylinux(minor); name != "" {
			platforms = append(platforms, name+"_"+arch)
		}
	}
	return append(platforms, "linux_"+arch)
}

// legacyManylinux returns the name of manylinux_2_<glibcMinor> before PEP 600.
func legacyManylinux(glibcMinor int) string {
	switch glibcMinor {
	case 5:
		return "manylinux1"
	case 12:
		return "manylinux2010"
	case 17:
		return "manylinux2014"
	}
	return ""
}

// oldestStableABI is the first minor version with abi3 (PEP 384).
const oldestStableABI = 2

// interfaceTag holds the python and ABI parts of a tag.
type interfaceTag struct{ python, abi string }

// cpythonInterfaces returns the interfaces that CPython 3.<minor> accepts, best first.
// native interfaces are for its own platforms; universal ones are for the platform "any".
func cpythonInterfaces(minor int) (native, universal []interfaceTag) {
	own := "cp3" + strconv.Itoa(minor)
	generic := []interfaceTag{{"py3" + strconv.Itoa(minor), "none"}, {"py3", "none"}}
	for m := minor - 1; m >= 0; m-- {
		generic = append(generic, interfaceTag{"py3" + strconv.Itoa(m), "none"})
	}
	native = []interfaceTag{{own, own}, {own, "abi3"}, {own, "none"}}
	for m := minor - 1; m >= oldestStableABI; m-- {
		native = append(native, interfaceTag{"cp3" + strconv.Itoa(m), "abi3"})
	}
	return append(native, generic...), append([]interfaceTag{{own, "none"}}, generic...)
}

// CPythonTags returns the tags that CPython 3.<minor> accepts on platforms, which are
// sorted best first. The tags are also sorted best first, in the order of packaging.tags
// and pip.
func CPythonTags(minor int, platforms []string) []Tag {
	native, universal := cpythonInterfaces(minor)
	tags := make([]Tag, 0, len(native)*len(platforms)+len(universal))
	for _, i := range native {
		for _, p := range platforms {
			tags = append(tags, Tag{i.python, i.abi, p})
		}
	}
	for _, i := range universal {
		tags = append(tags, Tag{i.python, i.abi, anyPlatform})
	}
	return tags
}

// anyPlatform is the platform part of wheels without compiled code.
const anyPlatform = "any"
