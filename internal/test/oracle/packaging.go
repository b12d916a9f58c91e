package oracle

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// PythonVariable names the environment variable that may hold the path of a
// Python interpreter with packaging 26 installed. If it is not set, it is the
// one in the virtual environment of the tests.
const PythonVariable = "LAMELLA_TEST_PYTHON"

//go:embed packaging_oracle.py
var script string

// Question is what packaging is asked, all in one run of Python.
type Question struct {
	Versions     []string         `json:"versions,omitempty"`
	Specifiers   []string         `json:"specifiers,omitempty"`   // each with each of Versions
	Environments []map[string]any `json:"environments,omitempty"` // variable → text, or list for a set
	Markers      []string         `json:"markers,omitempty"`      // each in each of Environments
	Requirements []string         `json:"requirements,omitempty"`
	Wheels       []string         `json:"wheels,omitempty"` // file names
}

// Answer has an element for each element of the Question. A null, here a nil,
// is what packaging does not accept.
type Answer struct {
	Versions     []*VersionAnswer
	Specifiers   []*ManyAnswer
	Markers      []*ManyAnswer
	Requirements []*string // packaging's spelling
	Wheels       []*WheelAnswer
}

// VersionAnswer has the normal form, and the place in the order of the
// versions asked for; equal versions have the same.
type VersionAnswer struct {
	Text string
	Rank int
}

// ManyAnswer is a specifier's or a marker's spelling, and a letter for each
// version or environment: y for yes, n for no, e for an error.
type ManyAnswer struct{ Text, Holds string }

// WheelAnswer is a wheel's file name taken apart.
type WheelAnswer struct {
	Name, Version string
	Build         []string // empty, or number and rest
	Tags          []string // sorted
}

// Ask asks packaging. It skips the test if there is no interpreter for it.
func Ask(t testing.TB, q Question) Answer {
	t.Helper()
	python := os.Getenv(PythonVariable)
	if python == "" {
		python = testenv.Tool(t, "python")
	}
	in, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", script)
	cmd.Stdin = bytes.NewReader(in)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", python, err)
	}
	var a Answer
	if err := json.Unmarshal(out, &a); err != nil {
		t.Fatal(err)
	}
	return a
}
