// Package prebuilt reads a layer that another program made, as a zip or as a folder,
// so that it can be published like one that lamella built.
//
// A zip is published as it is, byte for byte. Whether it differs from the latest
// version is decided by the list of its files (publish.Contents), because most programs
// write other bytes each time: the order, the times and the compression differ.
package prebuilt
