package pep425

import (
	"fmt"
	"strconv"
	"strings"
)

// Reason is the part of a tag that does not match. Reasons are in the order of the checks,
// so a wheel with a later reason is closer to being compatible.
type Reason int

const (
	// Fits means that the wheel is compatible.
	Fits Reason = iota
	// OtherSystem means that the wheel is not for Linux. Mismatch.Needs is the platform,
	// such as "macosx_11_0_arm64".
	OtherSystem
	// OtherLibc means that the wheel is for Linux with musl. Needs is the platform, such as
	// "musllinux_1_2_x86_64".
	OtherLibc
	// OtherArchitecture means that the wheel is for another architecture. Needs is its
	// name, such as "aarch64".
	OtherArchitecture
	// OtherPython means that the wheel is for another Python. Needs is the python tag, such
	// as "cp312".
	OtherPython
	// OtherABI means that the wheel is for another ABI. Needs is the ABI tag, such as
	// "cp313t".
	OtherABI
	// NewerGlibc means that the wheel needs a newer glibc. Needs is the policy, such as
	// "manylinux_2_28", and Mismatch.GlibcMinor is its minor version.
	NewerGlibc
)

// Mismatch says why an interpreter does not accept a wheel. The zero value means that it
// accepts the wheel.
type Mismatch struct {
	Reason     Reason
	Tag        Tag    // tag of the wheel that is closest to being compatible
	Needs      string // what this tag requires; see Reason
	GlibcMinor int    // 28 if glibc 2.28 or newer is required; otherwise 0
}

// String returns a predicate for messages, such as "needs manylinux_2_28 (glibc 2.28)".
func (m Mismatch) String() string {
	switch m.Reason {
	case Fits:
		return "fits"
	case OtherSystem:
		return "is for " + systemName(m.Needs)
	case OtherLibc:
		return "is for Linux with musl (" + m.Needs + ")"
	case OtherArchitecture:
		return "is for " + m.Needs
	case OtherPython:
		return "is for " + pythonName(m.Needs)
	case OtherABI:
		if strings.HasSuffix(m.Needs, "t") {
			return "is for free-threaded Python (" + m.Needs + ")"
		}
		return "is for the ABI " + m.Needs
	default:
		return fmt.Sprintf("needs glibc 2.%d (%s)", m.GlibcMinor, m.Needs)
	}
}

// systemName returns the name of the operating system of a platform tag.
func systemName(platform string) string {
	for _, s := range []struct{ prefix, name string }{
		{"macosx_", "macOS"}, {"win", "Windows"}, {"ios_", "iOS"}, {"android_", "Android"},
		{"pyodide_", "Pyodide"}, {"emscripten_", "Emscripten"},
	} {
		if strings.HasPrefix(platform, s.prefix) {
			return s.name + " (" + platform + ")"
		}
	}
	return platform
}

// pythonName returns the name of the interpreter of a python tag.
func pythonName(python string) string {
	for _, p := range []struct{ prefix, name string }{
		{"cp", "CPython"}, {"py", "Python"}, {"pp", "PyPy"}, {"graalpy", "GraalPy"},
	} {
		if digits, ok := strings.CutPrefix(python, p.prefix); ok && digits != "" && isDigits(digits) {
			version := digits[:1]
			if len(digits) > 1 {
				version += "." + digits[1:]
			}
			return p.name + " " + version + " (" + python + ")"
		}
	}
	return python
}

// Mismatch returns why none of w's tags is compatible: the first part that does not match,
// for the tag that is closest to being compatible. It returns the zero value if w is
// compatible.
func (r *Ranking) Mismatch(w WheelName) Mismatch {
	var closest Mismatch
	for _, t := range w.Tags {
		m := r.mismatch(t)
		if m.Reason == Fits {
			return Mismatch{}
		}
		if m.Reason > closest.Reason || m.Reason == NewerGlibc && m.GlibcMinor < closest.GlibcMinor {
			closest = m
		}
	}
	return closest
}

func (r *Ranking) mismatch(t Tag) Mismatch {
	if _, fits := r.rank(t); fits {
		return Mismatch{}
	}
	p := parsePlatform(t.Platform)
	universal := t.Platform == anyPlatform
	_, accepted := r.native[interfaceTag{t.Python, t.ABI}]
	// With the ABI "none", CPython 3.Y accepts only cp3Y and generic python tags. For an
	// older cp3X, it accepts only the stable ABI, which accepted covers.
	_, python := r.native[interfaceTag{t.Python, "none"}]
	switch {
	case !universal && p.system == "":
		return Mismatch{Reason: OtherSystem, Tag: t, Needs: t.Platform}
	case !universal && p.system == "musllinux":
		return Mismatch{Reason: OtherLibc, Tag: t, Needs: t.Platform}
	case !universal && p.arch != r.arch:
		return Mismatch{Reason: OtherArchitecture, Tag: t, Needs: p.arch}
	case !python && !accepted:
		return Mismatch{Reason: OtherPython, Tag: t, Needs: t.Python}
	case universal || !accepted:
		return Mismatch{Reason: OtherABI, Tag: t, Needs: t.ABI}
	case p.glibcMinor > r.glibcMinor:
		return Mismatch{Reason: NewerGlibc, Tag: t, Needs: p.policy, GlibcMinor: p.glibcMinor}
	}
	// The remaining policies, such as manylinux_2_4, do not exist.
	return Mismatch{Reason: OtherSystem, Tag: t, Needs: t.Platform}
}

// platform is a parsed Linux platform tag.
type platform struct {
	system     string // "manylinux", "musllinux", or "linux"; "" for other systems
	arch       string // such as "x86_64"; not set for musl
	policy     string // such as "manylinux_2_28"
	glibcMinor int    // such as 28; 0 if the tag has none
}

func parsePlatform(tag string) platform {
	for _, minor := range []int{5, 12, 17} {
		name := legacyManylinux(minor)
		if arch, ok := strings.CutPrefix(tag, name+"_"); ok {
			return platform{"manylinux", arch, name, minor}
		}
	}
	system, rest, _ := strings.Cut(tag, "_")
	switch system {
	case "linux":
		return platform{system: system, arch: rest}
	case "musllinux":
		return platform{system: system}
	case "manylinux":
		number, ok := strings.CutPrefix(rest, "2_")
		number, arch, _ := strings.Cut(number, "_")
		if minor, err := strconv.Atoi(number); ok && err == nil {
			return platform{system, arch, "manylinux_2_" + number, minor}
		}
	}
	return platform{}
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
