package oracle

import (
	"encoding/json"
	"testing"
)

// A Suite says what becomes of each test in a file of vectors.
type Suite struct {
	File string
	// Tests are run once a row; an error means that the row fails.
	Tests map[string]func(Row) error
	// Inapplicable names the tests with nothing to compare, and says why.
	Inapplicable map[string]string
	// Differences are rows that fail on purpose, and why: the test's name, a
	// space, and the row in JSON.
	Differences map[string]string
}

// Run runs every row of every test in the file. That a test is named nowhere
// fails, and so does a difference that is none.
func (s Suite) Run(t *testing.T) {
	v := Load(t, s.File)
	differed := map[string]bool{}
	for name := range v.Tests {
		check, wired := s.Tests[name]
		switch _, inapplicable := s.Inapplicable[name]; {
		case wired && inapplicable:
			t.Errorf("%s is both run and inapplicable", name)
		case !wired && !inapplicable:
			t.Errorf("%s is in %s but is not run", name, s.File)
		}
		if !wired {
			continue
		}
		t.Run(name, func(t *testing.T) {
			for _, row := range v.Rows(name) {
				key := rowKey(name, row)
				err := check(row)
				if _, listed := s.Differences[key]; listed && err != nil {
					differed[key] = true
				} else if err != nil {
					t.Errorf("%s: %v", key, err)
				}
			}
		})
	}
	for key := range s.Differences {
		if !differed[key] {
			t.Errorf("%s is listed as a difference but does not differ", key)
		}
	}
	for name := range s.Tests {
		if v.Tests[name] == nil {
			t.Errorf("%s is not in %s", name, s.File)
		}
	}
}

func rowKey(test string, row Row) string {
	b, err := json.Marshal(row)
	if err != nil {
		return test
	}
	return test + " " + string(b)
}
