// Package bytecode finds a CPython of a target's minor version, compiles a layer's sources
// with it, and adds the result to the layer as __pycache__ folders.
//
//	Find     returns a usable interpreter on this machine, which it probes once
//	Compile  compiles sources to .pyc files, in worker processes on all cores
//	Add      adds the bytecode to a layer's entries, from the cache if it is there
//
// # What is compiled
//
// The .pyc files have optimization level 0 and an unchecked hash (PEP 552): the runtime
// loads them without comparing the time of the source, which is 1980 in a deterministic
// zip. They contain the paths of their sources in Lambda, in /opt/python.
//
// # Why the bytes are the same
//
// CPython's own output depends on more than the source. marshal decides by the reference
// count whether an object may be referenced again, and this count depends on what else the
// process has compiled. It also writes frozen sets in the order of their hashes (before
// 3.11) or in an order that depends on reference counts. Therefore, package bytecode reads
// the interpreter's output and writes it again in a canonical form. The bytes then depend
// only on the source, its path, and the exact version of the interpreter. The output of two
// micro versions differs in a few files per thousand, but the bytecode of either version
// runs on the other.
package bytecode
