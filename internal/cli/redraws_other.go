//go:build !windows

package cli

// redraws reports whether the terminal f understands escape sequences.
func redraws(file) bool { return true }
