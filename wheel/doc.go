// Package wheel reads wheels and returns the files that a layer gets from them,
// without unpacking.
//
// A wheel is a zip (PyPA "Binary distribution format"). [Open] reads only its central
// directory and returns an immutable view. [Wheel.Entries] lists the files with their paths
// under python/. Each entry refers to the compressed bytes in the wheel, which are copied
// unchanged, so composing a layer is as fast as copying a file.
//
// Entries are copied without looking at their content. Therefore, [Examine] checks
// everything once, when a wheel enters the cache: that every reader reads the archive in
// the same way, that each entry inflates to the size and CRC in the archive, and that the
// hashes in RECORD match. This costs as much as unpacking the wheel. The [Facts] that it
// returns are kept: a wheel opened with them has a CRC-32C for each entry, which detects
// later changes to its bytes.
//
// # Where files go
//
// A layer has a single folder for pure and platform-specific modules, python/, and no
// environment around it. Therefore, files in NAME-VERSION.data/purelib, platlib, and data
// also go to python/. Headers are omitted, because nothing in Lambda compiles against a
// layer. Scripts and entry points are omitted, too; with [Selection.Scripts], they go to
// the layer's own bin/, which is on Lambda's PATH (python/bin is not). Modes are 0755 for
// files that pip would make executable and 0644 for all others, whatever the archive says:
// Lambda's user could not read a file with mode 0600. Symbolic links become regular files,
// as with pip.
//
// RECORD lists the files of a distribution. It is copied like any other file if it is still
// correct. If a file was moved or omitted, RECORD is rewritten, sorted, with the hashes of
// the wheel's RECORD.
package wheel
