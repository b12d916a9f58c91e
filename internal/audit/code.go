package audit

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/target"
)

// CheckCode returns a fault.Error of Kind Layer if entries contain machine code that t
// cannot load, without an alternative that t can load. Such code is for another system
// (Mach-O, PE), for another processor or C library, or, judging by its file name, for another
// interpreter. If there are several such files, the Details have a line for each.
//
// Some distributions contain code for many machines on purpose. CheckCode accepts a module
// that also exists for t (or as Python source), a library in a .libs folder that also
// contains libraries for t, and files whose name or folder says that they are for another
// machine ("darwin/", "_amd64").
//
// CheckCode reads no files: the entries say what each file is.
func CheckCode(entries []layer.Entry, t target.Target) error {
	return codeFault(FindForeign(entries, t), entries, t)
}

// Foreign is a file that a target cannot load.
type Foreign struct {
	Entry  *layer.Entry
	Reason string // such as "is for macOS, not Linux"
}

// String returns a text such as "pkg/_x.so is for macOS, not Linux".
func (f Foreign) String() string { return f.Entry.Path() + " " + f.Reason }

// FindForeign returns the machine code in entries that [CheckCode] rejects.
func FindForeign(entries []layer.Entry, t target.Target) []Foreign {
	var code []Foreign
	for i := range entries {
		if reason := misfit(&entries[i], t); reason != "" {
			code = append(code, Foreign{&entries[i], reason})
		}
	}
	if len(code) == 0 {
		return nil
	}
	beside := findBeside(entries, t)
	return slices.DeleteFunc(code, func(f Foreign) bool { return beside.excuses(f.Entry, t) })
}

// Loads reports whether e is machine code that t can load and whose name does not say
// that it is for another machine or another libc ("_musl").
func Loads(e *layer.Entry, t target.Target) bool {
	_, labelled := family(e.Name, t)
	return e.Code != nil && misfit(e, t) == "" && !labelled
}

func codeFault(code []Foreign, entries []layer.Entry, t target.Target) error {
	if len(code) == 0 {
		return nil
	}
	e := &fault.Error{Kind: fault.Layer, Subject: t.String(), Hints: codeHints(code, entries, t)}
	if len(code) == 1 {
		e.Message = code[0].String()
		return e
	}
	e.Message = fmt.Sprintf("the layer has %d files that do not run on %s", len(code), t)
	for _, f := range code {
		e.Details = append(e.Details, f.String())
	}
	return e
}

// misfit returns why t cannot load the file, or "" if it can or does not have to.
func misfit(e *layer.Entry, t target.Target) string {
	switch {
	case e.Code == nil:
	case e.Code.Format == layer.FormatMachO:
		return "is for macOS, not Linux"
	case e.Code.Format == layer.FormatPE:
		return "is for Windows, not Linux"
	case e.Code.Machine != t.Machine:
		return fmt.Sprintf("is for %s, not %s", e.Code.Machine, t.Machine)
	case e.Code.Libc == layer.Musl:
		return fmt.Sprintf("is linked against musl (Alpine Linux), but %s uses glibc", t.Runtime)
	}
	if tag := extensionTag(e.Name); tag != "" && !loads(tag, t) {
		return fmt.Sprintf("is for another Python (%s), not %s", tag, t.Runtime)
	}
	return ""
}

// tagged matches the tag in the name of an extension module, such as
// "cpython-313-x86_64-linux-gnu", "cp313-win_amd64", "pypy310-pp73-darwin", or "abi3".
var tagged = regexp.MustCompile(`\.((?:cpython-|cp|pypy|graalpy)\d[^./]*|abi3t?)\.(?:so|pyd)$`)

func extensionTag(name string) string {
	if m := tagged.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return ""
}

// loads reports whether t's interpreter loads extension modules with this tag
// (CPython's importlib.machinery.EXTENSION_SUFFIXES).
func loads(tag string, t target.Target) bool {
	version := strings.ReplaceAll(strings.TrimPrefix(t.Runtime, "python"), ".", "")
	return tag == "abi3" || tag == "cpython-"+version+"-"+t.Machine+"-linux-gnu"
}

// module returns the name by which Python imports a file: its path without the tag and
// extension, such as "psycopg2/_psycopg".
func module(name string) string {
	for _, end := range []string{".so", ".pyd", ".py", ".pyc", ".dylib", ".dll"} {
		if stem, ok := strings.CutSuffix(name, end); ok {
			return strings.TrimSuffix(stem, "."+extensionTag(name))
		}
	}
	return name
}

// beside describes what a layer contains besides foreign code.
type beside struct {
	modules   map[string]bool // modules that the target can load
	families  map[string]bool // families with a member for the target, or with one that names the target's machine
	libraries map[string]bool // folders that contain code for the target
}

func findBeside(entries []layer.Entry, t target.Target) beside {
	b := beside{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for i := range entries {
		e := &entries[i]
		fits := misfit(e, t) == ""
		if rest, labelled := family(e.Name, t); e.Code != nil && (fits || labelled) {
			b.families[rest] = true
		}
		if !fits {
			continue
		}
		m := module(e.Name)
		b.modules[m] = true
		b.modules[strings.TrimSuffix(m, "/__init__")] = true
		if e.Code != nil {
			b.libraries[path.Dir(e.Name)] = true
		}
	}
	return b
}

func (b beside) excuses(e *layer.Entry, t target.Target) bool {
	folder := path.Dir(e.Name)
	rest, _ := family(e.Name, t)
	return b.modules[module(e.Name)] || b.families[rest] || strings.HasSuffix(folder, ".libs") && b.libraries[folder]
}

// machines maps words for machines in the names of files and folders to target.Target's name
// for the machine, or to "" if Lambda does not have it.
var machines = map[string]string{
	"linux": "any", "linux64": "x86_64", "linux32": "", "amd64": "x86_64", "x64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64",
	"x86": "", "i386": "", "i686": "", "arm": "", "armv6l": "", "armv7l": "", "armhf": "", "ppc64": "", "ppc64le": "", "powerpc64le": "",
	"s390x": "", "riscv64": "", "musl": "", "musllinux": "", "darwin": "", "dylibs": "", "macos": "", "macosx": "", "osx": "", "win": "",
	"win32": "", "win64": "", "windows": "",
}

// family returns the words in the module's name except those for machines, and whether one
// of these stands for a machine other than t. Distributions choose among the files of a
// family at run time. The tag of an extension module does not count, because Python itself
// uses it to find modules.
func family(name string, t target.Target) (rest string, labelled bool) {
	lower := strings.NewReplacer("x86_64", "amd64", "x86-64", "amd64").Replace(strings.ToLower(module(name)))
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(lower, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		machine, known := machines[word]
		if !known {
			b.WriteString(word + " ")
		}
		labelled = labelled || known && machine != "any" && machine != t.Machine
	}
	return b.String(), labelled
}
