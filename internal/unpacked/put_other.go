//go:build !linux

package unpacked

// put moves the folder tree to place. It moves what is at place to old, and moves it back if
// it turns out to contain more than what Write wrote.
func put(tree, place, old string) error { return putApart(tree, place, old) }
