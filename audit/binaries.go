package audit

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/target"
)

// CheckBinaries returns a fault.Error of kind Layer if the machine code in
// entries would not run on t: another processor's, another system's, or linked
// against a newer glibc than t has. Its Details have a line for each file; of a
// glibc that is too new, the symbol that asks for the newest.
//
// A published wheel says by its tag what it needs. This is for what was built
// here, whose tag says only where that was ("linux_x86_64").
func CheckBinaries(entries []layer.Entry, t target.Target) error {
	var wrong []string
	for i := range entries {
		reason, err := misfit(&entries[i], t)
		if err != nil {
			return &fault.Error{Kind: fault.Layer, Op: "read", Subject: entries[i].Path(), Err: err}
		}
		if reason != "" {
			wrong = append(wrong, entries[i].Path()+" "+reason)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	e := &fault.Error{Kind: fault.Layer, Op: "check machine code", Subject: "for " + t.String(), Err: errors.New(wrong[0])}
	if len(wrong) > 1 {
		e.Details = wrong
	}
	return e
}

// misfit says why the file cannot be loaded on t, "" if it can or is no machine
// code.
func misfit(e *layer.Entry, t target.Target) (string, error) {
	r := e.Open()
	magic := make([]byte, 4)
	if _, err := io.ReadFull(r, magic); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return "", nil
		}
		return "", err
	}
	if isMachO(magic) && strings.HasSuffix(e.Name, ".so") {
		return "is for macOS", nil
	}
	if string(magic) != elf.ELFMAG {
		return "", nil
	}
	content := bytes.NewBuffer(make([]byte, 0, e.Size))
	content.Write(magic)
	if _, err := content.ReadFrom(r); err != nil {
		return "", err
	}
	f, err := elf.NewFile(bytes.NewReader(content.Bytes()))
	if err != nil {
		return fmt.Sprintf("is a damaged ELF file (%v)", err), nil
	}
	defer f.Close()
	if f.Type != elf.ET_DYN && f.Type != elf.ET_EXEC {
		return "", nil // an object file, which nobody loads
	}
	if want := machineOf(t); f.Machine != want || f.Class != elf.ELFCLASS64 {
		return fmt.Sprintf("is for %s, %s is %s", machineName(f), t.Architecture, machineNames[want]), nil
	}
	symbol, minor := newestGlibc(f)
	if minor <= t.GlibcMinor {
		return "", nil
	}
	return fmt.Sprintf("needs glibc 2.%d (for %s); %s has 2.%d", minor, symbol, t.Runtime, t.GlibcMinor), nil
}

// isMachO knows the first bytes of macOS's libraries, of one architecture or of several.
func isMachO(magic []byte) bool {
	switch binary.LittleEndian.Uint32(magic) {
	case 0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xbebafeca:
		return true
	}
	return false
}

var machineNames = map[elf.Machine]string{elf.EM_X86_64: "x86_64", elf.EM_AARCH64: "aarch64", elf.EM_386: "i686"}

func machineOf(t target.Target) elf.Machine {
	if t.Machine == "aarch64" {
		return elf.EM_AARCH64
	}
	return elf.EM_X86_64
}

func machineName(f *elf.File) string {
	if name, ok := machineNames[f.Machine]; ok && (f.Class == elf.ELFCLASS64) == (f.Machine != elf.EM_386) {
		return name
	}
	return path.Base(f.Machine.String()) + " (" + f.Class.String() + ")"
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
