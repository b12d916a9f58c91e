//go:build !linux

package unpacked

// put moves the folder tree to place. What is there goes to old, and comes back if it
// turns out to be more than what Write wrote.
func put(tree, place, old string) error { return putApart(tree, place, old) }
