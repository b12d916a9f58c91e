// Package wheel reads wheels and returns the files that a layer gets from them,
// without unpacking.
//
// A wheel is a zip (PyPA "Binary distribution format"). [Open] reads only its
// central directory and returns an immutable view; [Wheel.Entries] lists the
// files at their places under python/, each pointing at the compressed bytes
// in the wheel, ready to be copied as they are. That is what makes composing
// a layer as fast as copying a file.
//
// Copying as it is means that no content is looked at on the way. [Examine]
// checks everything once, when a wheel enters the cache: that the archive reads
// the same to every reader, that each entry inflates to the size and CRC stated,
// and that RECORD's hashes hold. Its cost is that of unpacking the wheel. The
// [Facts] that it returns are kept: a wheel opened with them has a CRC-32C for
// each entry, by which whoever copies the bytes sees that they are still those.
//
// # Where files go
//
// A layer has one folder for pure and platform-specific modules, python/, and
// no environment around it. NAME-VERSION.data/purelib, platlib and data are
// therefore merged into it. Headers are left out: nothing in Lambda compiles
// against a layer. Scripts and entry points are left out, too, unless
// [Selection.Scripts] wants them, in the layer's own bin/: that is on Lambda's
// PATH, python/bin is not. Modes are 0755 for what pip would make executable, 0644 for the
// rest, whatever the archive says (a mode 0600 would be unreadable to Lambda's
// user). Symbolic links become the regular files that pip makes of them.
//
// RECORD lists the files of a distribution. It is copied like any other file
// as long as it tells the truth; if something was moved or left out it is
// written anew, sorted, with the hashes that the wheel states.
package wheel
