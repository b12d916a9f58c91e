package runtimes

import "slices"

// Standing says what happens to a top-level module in a layer that has the same name as a
// module in the standard library.
type Standing int

const (
	// Free means that the standard library has no module with this name.
	Free Standing = iota
	// Replaces means that the layer's module replaces the standard module for all code:
	// /opt/python comes before the standard library on sys.path.
	Replaces
	// Ignored means that the layer's module is never imported, because the standard module
	// is loaded before /opt/python is on sys.path, or is built into the interpreter.
	Ignored
)

// stdlibTable is the content of stdlib.json.
type stdlibTable struct {
	Pythons []struct {
		Minor  int   `json:"minor"`
		Loaded words `json:"loaded"`
		Fixed  words `json:"fixed"`
		Others words `json:"others"`
	} `json:"pythons"`
}

var stdlib = load[stdlibTable]("stdlib.json", stdlibJSON)

// Module returns what happens to a layer's top-level module called name in Python 3.minor.
// If the minor version is newer than the table, the newest version in the table is used.
func Module(minor int, name string) Standing {
	pythons := stdlib().Pythons
	p := pythons[len(pythons)-1]
	for _, candidate := range pythons {
		if candidate.Minor == minor {
			p = candidate
		}
	}
	switch {
	case slices.Contains(p.Loaded, name), slices.Contains(p.Fixed, name):
		return Ignored
	case slices.Contains(p.Others, name):
		return Replaces
	}
	return Free
}

// Loaded returns the standard modules that are in sys.modules before a layer is on sys.path,
// sorted.
func Loaded(minor int) []string {
	pythons := stdlib().Pythons
	for _, p := range pythons {
		if p.Minor == minor {
			return slices.Clone(p.Loaded)
		}
	}
	return slices.Clone(pythons[len(pythons)-1].Loaded)
}
