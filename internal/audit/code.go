package audit

import (
	"errors"
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

// CheckCode returns a fault.Error of kind Layer if machine code in entries cannot
// be loaded on t, and nothing that can lies beside it. Such code is another
// system's (Mach-O, PE), another processor's, or another interpreter's by its file
// name. Its Details have a line for each file.
//
// Some distributions carry code for many machines on purpose, and that is fine:
// a module that is there for t as well (or as Python source), a library in a
// folder of libraries of which some are for t, and what says by its name or folder
// that it is for another machine ("darwin/", "_amd64").
//
// It reads nothing: what a file is stands in its entry.
func CheckCode(entries []layer.Entry, t target.Target) error {
	return codeFault(FindForeign(entries, t), entries, t)
}

// Foreign is a file that a target cannot load.
type Foreign struct {
	Entry  *layer.Entry
	Reason string // "is for macOS"
}

// FindForeign returns the machine code in entries that [CheckCode] refuses.
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

// Loads reports machine code that t can load and that does not say by its name that
// it is for another machine or another libc ("_musl").
func Loads(e *layer.Entry, t target.Target) bool {
	_, labelled := family(e.Name, t)
	return e.Code != nil && misfit(e, t) == "" && !labelled
}

func codeFault(code []Foreign, entries []layer.Entry, t target.Target) error {
	if len(code) == 0 {
		return nil
	}
	e := &fault.Error{Kind: fault.Layer, Op: "check machine code", Subject: "for " + t.String(), Hints: codeHints(code, entries, t)}
	for _, f := range code {
		e.Details = append(e.Details, f.Entry.Path()+" "+f.Reason)
	}
	e.Err = errors.New(e.Details[0])
	if len(e.Details) == 1 {
		e.Details = nil
	}
	return e
}

// misfit says why t cannot load the file, "" if it can or need not.
func misfit(e *layer.Entry, t target.Target) string {
	switch {
	case e.Code == nil:
	case e.Code.Format == layer.FormatMachO:
		return "is for macOS"
	case e.Code.Format == layer.FormatPE:
		return "is for Windows"
	case e.Code.Machine != t.Machine:
		return fmt.Sprintf("is for %s, %s is %s", e.Code.Machine, t.Architecture, t.Machine)
	}
	if tag := extensionTag(e.Name); tag != "" && !loads(tag, t) {
		return fmt.Sprintf("is for another Python by its name (%s), the layer is for %s", tag, t.Runtime)
	}
	return ""
}

// tagged finds the tag in the name of an extension module: "cpython-313-x86_64-linux-gnu",
// "cp313-win_amd64", "pypy310-pp73-darwin", "abi3".
var tagged = regexp.MustCompile(`\.((?:cpython-|cp|pypy|graalpy)\d[^./]*|abi3t?)\.(?:so|pyd)$`)

func extensionTag(name string) string {
	if m := tagged.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return ""
}

// loads reports that t's interpreter looks for extension modules with this tag:
// CPython's importlib.machinery.EXTENSION_SUFFIXES, which are this, abi3 and none.
func loads(tag string, t target.Target) bool {
	version := strings.ReplaceAll(strings.TrimPrefix(t.Runtime, "python"), ".", "")
	return tag == "abi3" || tag == "cpython-"+version+"-"+t.Machine+"-linux-gnu"
}

// module returns the name of a file without what tells its variants apart, with
// its folder: "psycopg2/_psycopg", as which Python imports it.
func module(name string) string {
	for _, end := range []string{".so", ".pyd", ".py", ".pyc", ".dylib", ".dll"} {
		if stem, ok := strings.CutSuffix(name, end); ok {
			return strings.TrimSuffix(stem, "."+extensionTag(name))
		}
	}
	return name
}

// beside is what a layer has beside foreign code.
type beside struct {
	modules   map[string]bool // that the target can load
	families  map[string]bool // of which one is for the target, or says which machine it is for
	libraries map[string]bool // folders with code for the target
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

// machines are the words by which names of files and folders say which machine
// they are for, with its name as target.Target has it, "" for any other.
var machines = map[string]string{
	"linux": "any", "linux64": "x86_64", "linux32": "", "amd64": "x86_64", "x64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64",
	"x86": "", "i386": "", "i686": "", "arm": "", "armv6l": "", "armv7l": "", "armhf": "", "ppc64": "", "ppc64le": "", "powerpc64le": "",
	"s390x": "", "riscv64": "", "musl": "", "musllinux": "", "darwin": "", "dylibs": "", "macos": "", "macosx": "", "osx": "", "win": "",
	"win32": "", "win64": "", "windows": "",
}

// family returns module's result in words, without those that say which machine
// the file is for, and whether one of these says another than t. Files of one
// family are chosen from when the code runs. The tag of an extension module does
// not count: by that it is looked for.
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
