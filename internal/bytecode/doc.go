// Package bytecode finds a CPython of a target's minor version, has it compile a
// layer's sources, and puts the result into the layer as __pycache__ folders.
//
//	Find     a usable interpreter of this machine, probed once
//	Compile  sources to .pyc files, in worker processes on all cores
//	Add      the bytecode of a layer's entries, from the cache where it is there
//
// # What is compiled
//
// The .pyc files are unchecked-hash ones of optimization level 0 (PEP 552): the
// runtime loads them without a look at the source's time, which a deterministic
// zip sets to 1980. Inside they name their sources as Lambda sees them, in
// /opt/python.
//
// # Why the bytes are the same
//
// CPython's own output depends on more than the source: marshal notes whether an
// object may be referenced again by its reference count, which differs with what
// else the process compiled, and writes frozen sets in the order of their hashes
// (before 3.11) or of notes that depend on the counts. Package bytecode therefore
// reads what the interpreter marshalled and writes it again in one canonical
// form. The bytes then depend on the source, its path and the exact version of the
// interpreter. Compilers of two micro versions differ in a few files of a
// thousand; either's bytecode runs on the other.
package bytecode
