// Package prebuilt reads a layer that another program made, as a zip or as a folder, so that
// it can be published like a layer that lamella built.
//
// A zip is published unchanged, byte for byte. The list of its files (publish.Contents)
// determines whether it differs from the latest version, because most programs write
// different bytes each time: the order, the times, and the compression vary.
package prebuilt
