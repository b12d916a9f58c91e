// Package builder turns wheels or a folder into the entries of a layer.
//
// [Native] merges the files of wheels into one tree without unpacking them, at the
// paths that package wheel gives them and without excluded files. [Folder] compresses
// the files of a directory tree, such as one made by pip -t. Both return a [Tree],
// whose entries package layerzip writes.
//
// The result depends only on the content of the input, not on the order of the
// wheels, the modes and times on disk, or the number of processors.
//
// # Excludes
//
// An exclude is a path pattern, relative to python/. The segments of pattern
// and path are compared one by one: "*" matches any characters within a segment,
// "?" one character, and "**" as a whole segment any number of segments, including
// none. A pattern leaves out a file if it matches the file or a folder around it, so
// "pyarrow/include" and "pyarrow/include/**" are the same. A pattern without a slash
// matches at any depth, as in a .gitignore file: "*.pyi" is "**/*.pyi". A leading
// "./" matches at the top only: "./LICENSE".
//
// The .dist-info folders are kept, because importlib.metadata and entry points need
// them, unless the pattern itself contains ".dist-info".
//
// # Preferences
//
// A preference decides whose copy of a file to use if distributions have it with
// different content: "DIST" for every such file of DIST, "DIST:PATTERN" for those
// that match the pattern, which is written like an exclude. The first preference that
// names a distribution of the file decides. If one distribution has a file and
// another a folder of that name, either the file or the folder is left out.
package builder
