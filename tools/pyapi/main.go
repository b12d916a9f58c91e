// Command pyapi generates the parts of the Python module that follow from the Go
// code: _types.py from the JSON schemas of the results, and _verbs.py from the
// commands and their flags.
//
//	go run ./tools/pyapi
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/lamella-build/lamella/internal/cli"
)

// folder is where the module's sources are, from the root of the repository.
const folder = "python/lamella"

const header = "# Made by `go run ./tools/pyapi`.\nfrom __future__ import annotations\n\n"

// generated returns the generated files by name.
func generated() (map[string]string, error) {
	types, err := typesFile()
	if err != nil {
		return nil, err
	}
	return map[string]string{"_types.py": types, "_verbs.py": verbsFile(cli.Commands(io.Discard))}, nil
}

func main() {
	files, err := generated()
	for name, content := range files {
		if err == nil {
			err = os.WriteFile(filepath.Join(filepath.FromSlash(folder), name), []byte(content), 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pyapi:", err)
		os.Exit(1)
	}
}
