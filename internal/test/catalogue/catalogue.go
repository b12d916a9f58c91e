// Package catalogue keeps every message that a user can see in golden files, so that
// prose is read and edited in one place and tests elsewhere match kinds and data.
//
// There are two kinds of books. [Scripts] runs test scripts and records what lamella wrote
// to stderr. [Main], called from TestMain, records each error that the tests of a
// package pass to [KindOf] or [Record]. Each book has a file in this
// folder. A message that changed, appeared or vanished fails the tests; -update writes the
// file. An entry is a message with its details and hints; entries are sorted, and what
// differs from run to run is replaced: folders, ports, digests, times. An entry that not
// every run prints ([Sometimes]) has a mark in its first line, and fails no run.
package catalogue

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// book holds the messages of one file. Its methods may be called from several
// goroutines.
type book struct {
	mu      sync.Mutex
	entries map[string]bool   // the value is true if every run prints the entry
	vary    map[string]string // what to replace in all entries, by patterns
}

// mark is the line above an entry that not every run prints.
const mark = "(not in every run)\n"

// path is where the book called name has its file.
func path(name string) string {
	return filepath.Join(testenv.Root(), "internal", "test", "catalogue", name+".txt")
}

// read returns the entries of the golden file at path. The value is false for marked ones.
func read(path string) (map[string]bool, error) {
	golden, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(golden), "\n"), "\n\n") {
		if entry, marked := strings.CutPrefix(entry, mark); entry != "" {
			known[entry] = !marked
		}
	}
	return known, nil
}

// settle replaces what varies in this run. No entry may follow.
func (b *book) settle() {
	for pattern, instead := range b.vary {
		settled, varying := map[string]bool{}, regexp.MustCompile(pattern)
		for entry, always := range b.entries {
			entry = varying.ReplaceAllString(entry, instead)
			settled[entry] = settled[entry] || always
		}
		b.entries = settled
	}
}

// compare returns how b differs from the golden file at path. Entries of the file that b
// does not have count only if whole is set.
func (b *book) compare(path string, whole bool) (problems []string) {
	b.settle()
	known, err := read(path)
	if err != nil {
		return []string{err.Error()}
	}
	for entry, always := range known {
		if _, ok := b.entries[entry]; !ok && always && whole {
			problems = append(problems, fmt.Sprintf("no test printed this entry of %s; if that is intended, run the tests with -update:\n%s", path, entry))
		}
	}
	for entry, always := range b.entries {
		if _, ok := known[entry]; !ok && always {
			problems = append(problems, fmt.Sprintf("%s does not have this message; if it is intended, run the tests with -update:\n%s", path, entry))
		}
	}
	return problems
}

// write writes the golden file at path, with the marked entries that it has already.
func (b *book) write(path string) error {
	b.settle()
	entries, err := read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	maps.DeleteFunc(entries, func(_ string, always bool) bool { return always })
	if entries == nil {
		entries = map[string]bool{}
	}
	maps.Copy(entries, b.entries)
	texts := slices.Sorted(maps.Keys(entries))
	for i, entry := range texts {
		if !entries[entry] {
			texts[i] = mark + entry
		}
	}
	return os.WriteFile(path, []byte(strings.Join(texts, "\n\n")+"\n"), 0o666)
}

// output records what one run of lamella wrote to stderr.
func (b *book) output(stderr string) {
	var entry []string
	for line := range strings.Lines(stderr) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || progress.MatchString(line) {
			continue
		}
		more := strings.HasPrefix(line, "  ") || strings.HasPrefix(line, "lamella: hint: ")
		if !more {
			b.add(entry, true)
			entry = nil
		}
		entry = append(entry, line)
	}
	b.add(entry, true)
}

// fault records err, which every run prints.
func (b *book) fault(err error) { b.add(lines(err), true) }

// sometimes records err, which not every run prints.
func (b *book) sometimes(err error) { b.add(lines(err), false) }

// lines are what the command line prints for err.
func lines(err error) []string {
	entry := []string{"lamella: error: " + fault.Text(err.Error())}
	for _, line := range fault.Details(err) {
		entry = append(entry, "  "+line)
	}
	for _, line := range fault.Hints(err) {
		entry = append(entry, "lamella: hint: "+line)
	}
	return entry
}

// add records an entry. One that is recorded both ways is one that every run prints.
func (b *book) add(lines []string, always bool) {
	if len(lines) == 0 {
		return
	}
	entry := strings.Join(lines, "\n")
	for _, v := range variable {
		entry = v.pattern.ReplaceAllString(entry, v.instead)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.entries == nil {
		b.entries = map[string]bool{}
	}
	b.entries[entry] = b.entries[entry] || always
}

// progress is what is no message: progress, the debug lines of -v and JSON.
var progress = regexp.MustCompile(`^(debug: |\{|\S+ .* in [0-9.]+ (ms|s|min)$|\S+ (done: )?.*, [0-9.]+ \S*B in )`)

// variable is what differs between runs and machines.
var variable = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`https://[a-z.]+/simple\b`), "https://INDEX/simple"}, // of pip or uv, where a test names none
	{regexp.MustCompile(`/[^\s'":=(]*/script-[a-z0-9-]+`), "$$WORK"},
	{regexp.MustCompile(`/[^\s'":=(]*/(Test|Fuzz)[^\s/]*/[0-9]{3}\b`), "$$TMP"},
	{regexp.MustCompile(`^[\w-]+ in [\w:/-]+( [\w:/-]+)?: (published|unchanged|function|version)`), "LAYER in PLACE: $2"},
	{regexp.MustCompile(`^shard [0-9]+ of [0-9]+: [0-9]+ of [0-9]+`), "shard K of N: M of L"},
	{regexp.MustCompile(`\([0-9.]+ \S*B\)$`), "(SIZE)"},
	{regexp.MustCompile(`/[^\s'":=(]*/(Test|lamella)[A-Za-z0-9_-]*[0-9]+(/00[0-9]+)?`), "$$TMP"},
	{regexp.MustCompile(`/[^\s'":=(]*/lamella-work(-[0-9a-z]+)?\b`), "$$TMP/lamella-work"},
	{regexp.MustCompile(`\.lamella-[a-z0-9]+\.tmp`), ".lamella-TEMP.tmp"},
	{regexp.MustCompile(`\buntil [0-9]{2}:[0-9]{2}:[0-9]{2}\b`), "until CLOCK"},
	{regexp.MustCompile(`\bprocess [0-9]+ on [^\s;,]+`), "process PID on HOST"},
	{regexp.MustCompile(`\b[0-9]+ kB per second`), "N kB per second"},
	{regexp.MustCompile(`(127\.0\.0\.1|localhost):[0-9]+`), "$1:PORT"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "SHA256"},
	{regexp.MustCompile(`\b[0-9a-f]{40}\b`), "COMMIT"},
	{regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(\.[0-9]+)?( ?Z| UTC|[+-][0-9]{2}:[0-9]{2})?`), "TIME"},
	{regexp.MustCompile(`\b20[0-9]{2}-[0-9]{2}-[0-9]{2}\b`), "DATE"},
	{regexp.MustCompile(`[0-9]+ files?, [0-9.]+ \S*B, [0-9.]+ \S*B unzipped`), "N files, SIZE, SIZE unzipped"},
}
