// Package runtimes knows what a Lambda Python runtime contains outside a layer: the standard
// library, the distributions that AWS adds, shared libraries, and the symbol versions of the
// C and C++ libraries. The facts, with their sources and dates, are in stdlib.json,
// sdk.json, and libraries.json.
//
//	runtimes.Module(13, "typing")          a layer's typing.py replaces it
//	runtimes.SDK()                         boto3, botocore, urllib3, …
//	runtimes.Library(t, "libGL.so.1")      Nowhere
//	runtimes.Symbols(t, "GLIBCXX")         3.4.29 everywhere, 3.4.33 in the newest image
package runtimes

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"

	"github.com/lamella-build/lamella/target"
)

//go:embed stdlib.json
var stdlibJSON []byte

//go:embed sdk.json
var sdkJSON []byte

//go:embed libraries.json
var librariesJSON []byte

// load returns a function that parses a table. The tables are part of the program, and its
// tests parse them, so parsing cannot fail.
func load[T any](name string, data []byte) func() T {
	return sync.OnceValue(func() (table T) {
		if err := json.Unmarshal(data, &table); err != nil {
			panic(name + ": " + err.Error())
		}
		return table
	})
}

// words is a list of names, separated by spaces in the tables.
type words []string

func (w *words) UnmarshalText(text []byte) error {
	*w = strings.Fields(string(text))
	return nil
}

// State says where a runtime has a shared library.
type State string

const (
	There   State = "there"   // in the execution environment
	Image   State = "image"   // only in the container image, which contains more than Lambda
	Nowhere State = "nowhere" // in neither, as far as anyone has listed their content
)

// librariesTable is the content of libraries.json.
type librariesTable struct {
	Libraries []struct {
		Names        words  `json:"names"`
		Architecture string `json:"architecture"` // "" means all; on other architectures, the state is Nowhere
		AL2          State  `json:"Amazon Linux 2"`
		AL2023       State  `json:"Amazon Linux 2023"`
	} `json:"libraries"`
	Symbols []struct {
		OS           string            `json:"os"`
		Architecture string            `json:"architecture"`
		Sure         map[string]string `json:"sure"`
		Newest       map[string]string `json:"newest"`
	} `json:"symbols"`
}

var libraries = load[librariesTable]("libraries.json", librariesJSON)

// Library returns where t has the shared library called soname, such as "libz.so.1".
func Library(t target.Target, soname string) State {
	if soname == "lib"+t.Runtime+".so.1.0" { // Python's own library, in /var/lang/lib
		return There
	}
	for _, row := range libraries().Libraries {
		for _, name := range row.Names {
			if name != soname || row.Architecture != "" && row.Architecture != t.Architecture {
				continue
			}
			if t.OS == "Amazon Linux 2" {
				return row.AL2
			}
			return row.AL2023
		}
	}
	return Nowhere
}

// Symbols returns the newest symbol version of a family ("GLIBC", "GLIBCXX", "CXXABI",
// "GCC") that every execution environment of t's system has, and the newest version that any
// of them has: AWS updates the system of a runtime region by region. Both are "" for an
// unknown family.
func Symbols(t target.Target, family string) (sure, newest string) {
	for _, row := range libraries().Symbols {
		if row.OS == t.OS && row.Architecture == t.Architecture {
			return row.Sure[family], row.Newest[family]
		}
	}
	return "", ""
}
