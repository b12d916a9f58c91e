package runtimes

import "slices"

// Standing says what becomes of a top-level module of a layer that has the name of
// one of the standard library.
type Standing int

const (
	// Free is a name that the standard library does not have.
	Free Standing = iota
	// Replaces is a name whose standard module the layer's replaces for everybody:
	// /opt/python comes before the standard library on sys.path.
	Replaces
	// Ignored is a name whose standard module is loaded before /opt/python is on
	// sys.path, or is built into the interpreter: the layer's is never imported.
	Ignored
)

// stdlibTable is stdlib.json.
type stdlibTable struct {
	Pythons []struct {
		Minor  int   `json:"minor"`
		Loaded words `json:"loaded"`
		Fixed  words `json:"fixed"`
		Others words `json:"others"`
	} `json:"pythons"`
}

var stdlib = load[stdlibTable]("stdlib.json", stdlibJSON)

// Module says what a layer's top-level module called name is to Python 3.minor. A
// minor version newer than the table's is taken for the newest in it.
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

// Loaded returns the standard modules that are in sys.modules before a layer is on
// sys.path, sorted.
func Loaded(minor int) []string {
	pythons := stdlib().Pythons
	for _, p := range pythons {
		if p.Minor == minor {
			return slices.Clone(p.Loaded)
		}
	}
	return slices.Clone(pythons[len(pythons)-1].Loaded)
}
