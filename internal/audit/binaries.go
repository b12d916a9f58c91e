package audit

import (
	"bytes"
	"debug/elf"
	"fmt"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/target"
)

// CheckBinaries returns a fault.Error of kind Layer if the machine code in
// entries would not run on t: what [CheckCode] finds, or code for t's processor
// that is linked against a newer glibc than t has. Its Details have a line for
// each file; of a glibc that is too new, the symbol that asks for the newest.
//
// A published wheel says by its tag which glibc it needs. This is for what was
// built here, whose tag says only where that was ("linux_x86_64").
func CheckBinaries(entries []layer.Entry, t target.Target) error {
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
			return &fault.Error{Kind: fault.Layer, Op: "read", Subject: e.Path(), Err: err}
		}
		if reason != "" {
			wrong = append(wrong, Foreign{e, reason})
		}
	}
	return codeFault(wrong, entries, t)
}

// glibcMisfit says that an ELF file needs a newer glibc than t has, "" if not.
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

// newestGlibc returns the symbol that asks for the newest glibc, with that
// version, "arc4random@GLIBC_2.36", and N of that glibc 2.N; 0 for code that
// does not use glibc.
func newestGlibc(f *elf.File) (symbol string, minor int) {
	// The needs are all there is for what links no symbol, such as GLIBC_ABI_DT_RELR;
	// the symbols say what for. Both are absent from a file without dynamic section.
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

// glibcMinor is N of a version GLIBC_2.N or GLIBC_2.N.M, 0 of any other.
func glibcMinor(version string) int {
	if version == "GLIBC_ABI_DT_RELR" { // marks compact relocations, which 2.36 came to understand
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
