// Package wheel reads wheels and returns the files that a layer gets from them,
// without unpacking.
//
// A wheel is a zip (PyPA "Binary distribution format"). [Open] reads only its central
// directory and returns an immutable view. [Wheel.Entries] lists the files with their
// paths under python/. Each points to the compressed bytes in the wheel, which are
// copied unchanged, so composing a layer is as fast as copying a file.
//
// Entries are copied without looking at their content. Therefore, [Examine] checks
// everything once, when a wheel enters the cache: that the archive reads
// the same to every reader, that each entry inflates to the size and CRC in the
// archive, and that RECORD's hashes match. It costs as much as unpacking the wheel. The
// [Facts] that it returns are kept: a wheel opened with them has a CRC-32C for each
// entry, which detects later changes of its bytes.
//
// # Where files go
//
// A layer has one folder for pure and platform-specific modules, python/, and no
// environment around it. Therefore, it also gets NAME-VERSION.data/purelib, platlib and
// data. Headers are left out, because nothing in Lambda compiles against a layer.
// Scripts and entry points are left out, too. With [Selection.Scripts], they are in the
// layer's own bin/, which is on Lambda's PATH (python/bin is not). Modes are 0755 for
// files that pip would make executable and 0644 for the others, whatever the archive
// says: Lambda's user could not read a file with mode 0600. Symbolic links become
// regular files, as with pip.
//
// RECORD lists the files of a distribution. It is copied like any other file if it is
// still correct. If a file was moved or left out, RECORD is written anew, sorted, with
// the hashes of the wheel's RECORD.
package wheel
