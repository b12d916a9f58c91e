// Package strip removes debug information and symbol tables from the machine code of a
// layer. It works like strip(1), but the same input always results in the same bytes, and
// nothing that is loaded moves.
//
//	stripped, err := strip.Strip(ctx, entries, strip.Options{Cache: c})
//
// # What is removed
//
// Sections that are not loaded (without SHF_ALLOC) and that are the symbol table (.symtab),
// its strings, its section indexes, or debug information (.debug_*, .zdebug_*, .stab*,
// .line, .gdb_index: the names in binutils' bfd/elf.c). Linkers and debuggers read these
// sections. Dynamic loaders do not: they read the dynamic symbols, which are kept. Small
// notes are also kept: .comment, .gnu.build.attributes, .gnu_debuglink.
//
// # What does not change
//
// The program headers, and every byte that they refer to, except for the position of the
// section headers in the file's header. If something is removed after the last segment, the
// file becomes shorter. If something is removed between segments, it is replaced with zeros,
// which take no space in the zip: patchelf, which auditwheel uses, appends a segment after
// the debug sections.
//
// # What is left unchanged
//
// Files that may read themselves or that something else verifies: files with data after
// their last section (AppImage, single executables of Go, Node, and Deno), with sections of
// their own that are not loaded (PyInstaller), with a checksum of themselves (.rodata1,
// fips.so), with a signature or checksum beside them (*.hmac, *.chk, *.sig, *.asc), or in a
// distribution whose RECORD is signed. Also, files in which a removed section is part of a
// segment or is needed by a section that is kept, and files whose headers contradict each
// other.
package strip
