package audit

import (
	"bytes"
	"debug/elf"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/fault"
	loader "github.com/lamella-build/lamella/internal/elf"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/target"
)

// CheckBinaries returns a fault.Error of Kind Layer if machine code in entries would not run
// on t: what [CheckCode] finds, and code for t's processor that is linked against musl or to a
// newer glibc than t has. If there are several such files, the Details have a line for each. A
// line about glibc names the symbol that needs the newest version.
//
// The tag of a published wheel says which glibc it needs. The tag of a wheel that was built
// on this machine, "linux_x86_64", does not.
func CheckBinaries(entries []layer.Entry, t target.Target) error {
	if err := CheckCode(entries, t); err != nil {
		return err
	}
	entries, err := withLibc(entries, t)
	if err != nil {
		return err
	}
	if err := CheckCode(entries, t); err != nil {
		return err
	}
	var wrong []Foreign
	for i := range entries {
		e := &entries[i]
		if e.Code == nil || misfit(e, t) != "" {
			continue
		}
		reason, err := glibcMisfit(e, t)
		if err != nil {
			return unreadable(e, err)
		}
		if reason != "" {
			wrong = append(wrong, Foreign{e, reason})
		}
	}
	return codeFault(wrong, entries, t)
}

func unreadable(e *layer.Entry, err error) error {
	return &fault.Error{Kind: fault.Layer, Message: "cannot read " + e.Path(), Subject: e.Path(), Err: err}
}

// withLibc returns a copy of entries that says which of the code for t needs musl.
func withLibc(entries []layer.Entry, t target.Target) ([]layer.Entry, error) {
	entries = slices.Clone(entries)
	for i := range entries {
		e := &entries[i]
		if e.Code == nil || e.Code.Format != layer.FormatELF || misfit(e, t) != "" {
			continue
		}
		info, err := loader.Read(e.Open, e.Size)
		if err != nil {
			return nil, unreadable(e, err)
		}
		if info.NeedsMusl() {
			code := *e.Code
			code.Libc = layer.Musl
			e.Code = &code
		}
	}
	return entries, nil
}

// glibcMisfit says that an ELF file needs a newer glibc than t has. It returns "" if the
// file does not.
func glibcMisfit(e *layer.Entry, t target.Target) (string, error) {
	content := bytes.NewBuffer(make([]byte, 0, e.Size))
	if _, err := content.ReadFrom(e.Open()); err != nil {
		return "", err
	}
	f, err := elf.NewFile(bytes.NewReader(content.Bytes()))
	if err != nil {
		return fmt.Sprintf("is a damaged ELF file (%v)", err), nil
	}
	defer f.Close()
	symbol, minor := newestGlibc(f)
	if minor <= t.GlibcMinor {
		return "", nil
	}
	return fmt.Sprintf("needs glibc 2.%d (for %s); %s has 2.%d", minor, symbol, t.Runtime, t.GlibcMinor), nil
}

// newestGlibc returns the symbol that needs the newest glibc, with its version, such as
// "arc4random@GLIBC_2.36", and the N of that glibc 2.N. It returns 0 for code that does not
// use glibc.
func newestGlibc(f *elf.File) (symbol string, minor int) {
	// The version needs are complete, but do not name the symbols. For example,
	// GLIBC_ABI_DT_RELR has no symbol. A file without a dynamic section has neither.
	needs, _ := f.DynamicVersionNeeds()
	for _, need := range needs {
		for _, dep := range need.Needs {
			if n := glibcMinor(dep.Dep); n > minor {
				symbol, minor = dep.Dep, n
			}
		}
	}
	symbols, _ := f.ImportedSymbols()
	for _, s := range symbols {
		if n := glibcMinor(s.Version); n > 0 && n >= minor {
			return s.Name + "@" + s.Version, n
		}
	}
	return symbol, minor
}

// glibcMinor returns the N of a version GLIBC_2.N or GLIBC_2.N.M, or 0 for other versions.
func glibcMinor(version string) int {
	if version == "GLIBC_ABI_DT_RELR" { // compact relocations, supported since 2.36
		return 36
	}
	number, ok := strings.CutPrefix(version, "GLIBC_2.")
	number, _, _ = strings.Cut(number, ".")
	n, err := strconv.Atoi(number)
	if !ok || err != nil {
		return 0
	}
	return n
}
