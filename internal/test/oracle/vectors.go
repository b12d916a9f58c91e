// Package oracle lets tests ask others what is right: test vectors extracted
// from the suites of other projects, and the Python library packaging itself.
// Both are optional; where one is absent, the test skips and says so.
package oracle

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// Vectors is a set of test vectors: the arguments of another suite's
// parametrised tests. Python objects without a counterpart in JSON are texts
// such as "callable:lt".
type Vectors struct {
	Constants map[string]json.RawMessage
	Tests     map[string][]struct {
		Names  []string
		Values []any
	}
}

// A Row is one call of a test: its arguments by name.
type Row map[string]any

// Text returns a text argument, "" for null. That a test has no argument of
// that name is a mistake in the caller, and panics.
func (r Row) Text(name string) string {
	value, ok := r[name]
	if !ok {
		panic("no argument " + name)
	}
	text, _ := value.(string)
	return text
}

// Texts returns an argument that is a list of texts.
func (r Row) Texts(name string) []string {
	var texts []string
	for _, v := range r[name].([]any) {
		texts = append(texts, v.(string))
	}
	return texts
}

// Rows returns the calls of one test. Several parametrisations of it multiply.
func (v *Vectors) Rows(test string) []Row {
	rows := []Row{{}}
	for _, p := range v.Tests[test] {
		var product []Row
		for _, row := range rows {
			for _, value := range p.Values {
				arguments, ok := value.([]any)
				if !ok || len(p.Names) == 1 {
					arguments = []any{value}
				}
				next := Row{}
				for name, argument := range row {
					next[name] = argument
				}
				for i, name := range p.Names {
					next[name] = arguments[i]
				}
				product = append(product, next)
			}
		}
		rows = product
	}
	return rows
}

// Load reads a file of vectors, "test_version.json".
func Load(t testing.TB, file string) *Vectors {
	var v Vectors
	ReadJSON(t, file, &v)
	return &v
}

// ReadJSON decodes a file from the folder of vectors, which lies beside the
// repository. It skips the test if there is none.
func ReadJSON(t testing.TB, file string, into any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(testenv.Root(), "..", "shared", "vectors", file))
	if os.IsNotExist(err) {
		t.Skip("vectors: the test vectors of other projects are not beside the repository, in ../shared/vectors")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
