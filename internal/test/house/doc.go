// Package house holds the rules of the house as tests: every package says what
// it is, no package imports one that is downstream of it, no file holds more
// than one idea, nothing in the tree names a package registry's host, and the
// binary stays small because the linker can drop what is not used.
package house
