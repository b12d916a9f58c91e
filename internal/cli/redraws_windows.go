package cli

import "golang.org/x/sys/windows"

// redraws reports whether the console f understands escape sequences. They have to be
// enabled on a Windows console, and old consoles do not support them.
func redraws(f file) bool {
	handle := windows.Handle(f.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(handle, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(handle, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
