// Package builder turns wheels or a folder into the entries of a layer.
//
// [Native] takes wheels: it places each one's files (package wheel), leaves
// out what the excludes say and merges the rest into one tree. Nothing is
// unpacked. [Folder] takes any directory tree, one made by pip -t or by hand,
// and brings it to the same form, compressing its files. Both return a [Tree],
// whose entries package layerzip writes.
//
// The result depends only on the input's content: not on the order of the
// wheels, the modes and times on disk, or the number of processors.
//
// # Excludes
//
// An exclude is a path pattern, relative to python/. The segments of pattern
// and path are compared one by one: "*" stands for any characters within a
// segment, "?" for one character, "**" as a whole segment for any number of
// segments, none included. A pattern leaves out a file if it matches the file
// or a folder that the file is in, so "pyarrow/include" and
// "pyarrow/include/**" are the same. A pattern without a slash is looked for
// at any depth, as in a .gitignore file: "*.pyi" is "**/*.pyi"; "./" in front
// ties it to the top: "./LICENSE".
//
// The .dist-info folders stay, since importlib.metadata and entry points live
// of them, unless the pattern itself says ".dist-info".
//
// # Preferences
//
// A preference decides whose copy of a file is taken if distributions bring it
// with different content: "DIST" for every such file of DIST, "DIST:PATTERN" for
// those that the pattern matches, which is written like an exclude. The first of
// several that is about a file and one of its distributions wins. Where one has a
// file and another a folder, all that the other has in there goes, or the file does.
package builder
