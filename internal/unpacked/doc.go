// Package unpacked writes a layer as a folder instead of a zip, for tools that make the zip
// themselves or do not need one: SAM's makefile builder, COPY in a container image, and sam
// local.
//
// The folder contains the same files as the zip, with their modes. Every file has the time
// [Time], by which the package recognizes a folder that it wrote. It replaces only such a
// folder or an empty one. The folder is written beside its final place and moved there once
// it is complete, so no reader sees a part of it, and no file of an older layer remains.
package unpacked
