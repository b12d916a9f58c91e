package cli

import "golang.org/x/sys/windows"

// redraws reports whether the console f understands escape sequences. A
// console of Windows has to be asked to, and old ones cannot.
func redraws(f file) bool {
	handle := windows.Handle(f.Fd())
	var mode uint32
	if err := windows.GetConsoleMode(handle, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(handle, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
