package layer

import (
	"bytes"
	"encoding/binary"
)

// Code describes the machine code in a file.
type Code struct {
	Format  string `json:"format"`  // FormatELF, FormatMachO, or FormatPE
	Machine string `json:"machine"` // as uname spells it: "x86_64", "aarch64", "i686"; "universal" for several
	// Libc is Musl for an ELF file that needs musl as its C library. The head of a file does
	// not tell, so CodeOf leaves it empty.
	Libc string `json:"libc,omitempty"`
}

// Musl is the C library of Alpine Linux. Code that is linked to it does not work with glibc,
// which Lambda's runtimes have.
const Musl = "musl"

// The formats of machine code on Linux, macOS, and Windows.
const (
	FormatELF   = "ELF"
	FormatMachO = "Mach-O"
	FormatPE    = "PE"
)

// CodeHead is the maximum number of bytes of a file that CodeOf reads.
const CodeHead = 1024

// CodeOf returns the kind of machine code in a library or program. head holds the first
// CodeHead bytes of the file, or the whole file if it is shorter. CodeOf returns nil for
// any other file, for object files, for code that does not run on a CPU (for graphics
// cards, kernels, or controllers), and for Windows programs and .NET assemblies, which
// Python does not load.
func CodeOf(head []byte) *Code {
	if len(head) < 8 {
		return nil
	}
	switch string(head[:4]) {
	case "\x7fELF":
		return elfCode(head)
	case "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe":
		return machOCode(head, binary.LittleEndian)
	case "\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf":
		return machOCode(head, binary.BigEndian)
	case "\xca\xfe\xba\xbe", "\xca\xfe\xba\xbf":
		// Java classes have the same magic number, followed by a version of 45 or more
		// instead of the number of architectures.
		if n := binary.BigEndian.Uint32(head[4:]); n > 0 && n < 45 {
			return &Code{Format: FormatMachO, Machine: "universal"}
		}
		return nil
	}
	if string(head[:2]) == "MZ" {
		return peCode(head)
	}
	return nil
}

// elfMachines maps e_machine (System V ABI) to the name that uname uses, for the processors
// that wheels are built for.
var elfMachines = map[uint16]string{
	3: "i686", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "armv7l", 62: "x86_64", 183: "aarch64", 243: "riscv64", 258: "loongarch64",
}

func elfCode(head []byte) *Code {
	const (
		class64, bigEndian  = 2, 2
		executable, dynamic = 2, 3
	)
	if len(head) < 20 {
		return nil
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[5] == bigEndian {
		order = binary.BigEndian
	}
	name, known := elfMachines[order.Uint16(head[18:])]
	if kind := order.Uint16(head[16:]); kind != executable && kind != dynamic || !known {
		return nil
	}
	switch is64 := head[4] == class64; {
	case name == "x86_64" && !is64:
		name = "x32"
	case name == "aarch64" && !is64:
		name = "aarch64_ilp32"
	case name == "aarch64" && head[5] == bigEndian:
		name = "aarch64_be"
	case name == "ppc64" && head[5] != bigEndian:
		name = "ppc64le"
	}
	return &Code{Format: FormatELF, Machine: name}
}

func machOCode(head []byte, order binary.ByteOrder) *Code {
	const executable, library, bundle = 2, 6, 8 // MH_EXECUTE, MH_DYLIB, MH_BUNDLE
	if len(head) < 16 {
		return &Code{Format: FormatMachO, Machine: "another processor"}
	}
	switch order.Uint32(head[12:]) {
	case executable, library, bundle:
	default:
		return nil
	}
	machines := map[uint32]string{7: "i686", 7 | 1<<24: "x86_64", 12: "arm", 12 | 1<<24: "arm64", 18: "ppc", 18 | 1<<24: "ppc64"}
	machine := machines[order.Uint32(head[4:])]
	if machine == "" {
		machine = "another processor"
	}
	return &Code{Format: FormatMachO, Machine: machine}
}

func peCode(head []byte) *Code {
	const (
		isLibrary       = 0x2000 // IMAGE_FILE_DLL
		optional        = 24     // where the optional header begins
		plus            = 0x20b  // its magic for 64 bits
		runtime         = 96 + 14*8
		runtimePlus     = 112 + 14*8
		machine, traits = 4, 22
	)
	le := binary.LittleEndian
	if len(head) < 0x40 {
		return nil
	}
	at := le.Uint32(head[0x3c:])
	if uint64(at)+optional+2 > uint64(len(head)) || !bytes.HasPrefix(head[at:], []byte("PE\x00\x00")) {
		return nil
	}
	h := head[at:]
	if le.Uint16(h[traits:])&isLibrary == 0 {
		return nil
	}
	managed := optional + runtime
	if le.Uint16(h[optional:]) == plus {
		managed = optional + runtimePlus
	}
	if len(h) >= managed+4 && le.Uint32(h[managed:]) != 0 {
		return nil
	}
	machines := map[uint16]string{0x14c: "i686", 0x8664: "x86_64", 0xaa64: "aarch64"}
	name := machines[le.Uint16(h[machine:])]
	if name == "" {
		name = "another processor"
	}
	return &Code{Format: FormatPE, Machine: name}
}
