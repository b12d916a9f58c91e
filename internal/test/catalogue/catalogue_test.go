package catalogue

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// An error that not every run prints fails no run, and stays in the book.
func TestSometimes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.txt")
	run := func(always, sometimes []string) *book {
		var b book
		for _, text := range always {
			b.fault(errors.New(text))
		}
		for _, text := range sometimes {
			b.sometimes(errors.New(text))
		}
		return &b
	}
	for _, b := range []*book{run([]string{"a", "old"}, []string{"b", "c"}), run([]string{"a", "c"}, []string{"a", "d"})} {
		if err := b.write(path); err != nil {
			t.Fatal(err)
		}
	}
	const golden = "lamella: error: a\n\n" + mark + "lamella: error: b\n\nlamella: error: c\n\n" + mark + "lamella: error: d\n"
	if content, err := os.ReadFile(path); err != nil || string(content) != golden {
		t.Fatalf("got %q, want %q: %v", content, golden, err)
	}
	for _, test := range []struct {
		run   *book
		whole bool
		want  int // problems
	}{
		{run([]string{"a", "c"}, nil), true, 0},
		{run([]string{"a", "b", "c"}, []string{"new"}), true, 0},
		{run([]string{"a"}, nil), true, 1},
		{run([]string{"a"}, nil), false, 0},
		{run([]string{"new"}, nil), false, 1},
	} {
		if got := test.run.compare(path, test.whole); len(got) != test.want {
			t.Errorf("%v: %q, want %d", test.run.entries, got, test.want)
		}
	}
}

// Two runs on different machines print the same book.
func TestVary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.txt")
	for i, version := range []string{"3.11.7", "3.13.0"} {
		var b book
		b.fault(errors.New("no Python " + version + " found"))
		b.vary = map[string]string{regexp.QuoteMeta(version): "3.N"}
		if i == 0 {
			if err := b.write(path); err != nil {
				t.Fatal(err)
			}
		}
		if problems := b.compare(path, true); len(problems) > 0 {
			t.Errorf("%s: %q", version, problems)
		}
	}
}

// What varies is replaced once: an entry of a book has nothing left to replace.
func TestEntriesDoNotVary(t *testing.T) {
	paths, err := filepath.Glob("*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		entries, err := read(path)
		if err != nil {
			t.Fatal(err)
		}
		for entry := range entries {
			var again book
			again.add([]string{entry}, true)
			if !again.entries[entry] {
				t.Errorf("%s: %q varies: %v", path, entry, again.entries)
			}
		}
	}
}
