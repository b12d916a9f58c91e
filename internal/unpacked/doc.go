// Package unpacked writes a layer as a folder instead of a zip, for tools that make
// the zip themselves or none at all: SAM's makefile builder, COPY of a container
// image, sam local.
//
// The folder has the files of the zip, with their modes. Every file has the time
// [Time], by which the package recognizes a folder that it wrote: it replaces that
// one, an empty one, and no other. The folder is written beside its place and moved
// there when it is complete, so no reader sees a part of it, and no file of an older
// layer stays.
package unpacked
