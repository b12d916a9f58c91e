// Package builder turns wheels or a folder into the entries of a layer.
//
// [Native] merges the files of wheels into one tree without unpacking them, at the paths
// that package wheel gives them, and without excluded files. [Folder] compresses the files
// of a directory tree, such as one created by pip -t. Both return a [Tree], whose entries
// package layerzip writes.
//
// The result depends only on the content of the input, not on the order of the wheels, the
// modes and times on disk, or the number of processors.
//
// # Excludes
//
// An exclude is a path pattern, relative to python/. The segments of the pattern and the
// path are compared one by one: "*" matches any characters within a segment, "?" matches
// one character, and "**" as a whole segment matches any number of segments, including
// none. A pattern excludes a file if it matches the file or a folder that contains it, so
// "pyarrow/include" and "pyarrow/include/**" have the same effect. A pattern without a
// slash matches at any depth, as in a .gitignore file: "*.pyi" means "**/*.pyi". A leading
// "./" matches only at the top: "./LICENSE".
//
// The .dist-info folders are kept, because importlib.metadata and entry points need them,
// unless the pattern itself contains ".dist-info".
//
// # Preferences
//
// A preference decides which copy of a file to use if several distributions contain it with
// different content. "DIST" prefers every such file of DIST; "DIST:PATTERN" only those that
// match the pattern, which has the same syntax as an exclude. The first preference that
// names one of the file's distributions decides. If one distribution has a file and another
// has a folder with the same path, either the file or the folder is omitted.
package builder
