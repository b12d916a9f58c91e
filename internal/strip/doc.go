// Package strip removes debug information and symbol tables from the machine code of a
// layer, as strip(1) does, but so that the same input always gives the same bytes, and so
// that nothing that is loaded moves.
//
//	stripped, err := strip.Strip(ctx, entries, strip.Options{Cache: c})
//
// # What is removed
//
// Sections that are not loaded (without SHF_ALLOC) and are the symbol table (.symtab), its
// strings and its index of sections, or debug information (.debug_*, .zdebug_*, .stab*,
// .line, .gdb_index: the names by which binutils' bfd/elf.c knows it). Linkers and
// debuggers read these, and dynamic loaders do not: they read the dynamic symbols, which
// stay. Small notes stay, too: .comment, .gnu.build.attributes, .gnu_debuglink.
//
// # What does not change
//
// The program headers, and every byte that they refer to, except for the place of the
// section headers in the file's header. What was removed behind the last segment makes the
// file shorter. What was removed between segments becomes zeros, which take no space in
// the zip: patchelf, which auditwheel uses, appends a segment behind the debug sections.
//
// # What is left as it is
//
// Files that may read themselves or that something else verifies: with data behind their
// last section (AppImage, single executables of Go, Node and Deno), with sections of their
// own that are not loaded (PyInstaller), with a checksum of themselves (.rodata1, fips.so),
// with a signature or checksum beside them (*.hmac, *.chk, *.sig, *.asc), or of a
// distribution whose RECORD is signed. Further, files in which a removed section is part of
// a segment or is needed by one that stays, and files whose headers contradict each other.
package strip
