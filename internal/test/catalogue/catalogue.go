// Package catalogue keeps every message that a user can see in golden files, so that
// prose is read and edited in one place and tests elsewhere match kinds and data.
//
// There are two kinds of books. [Scripts] runs test scripts and records what lamella wrote
// to stderr. [Main], called from TestMain, records each error that the tests of a
// package pass to [KindOf] or [Record]. Each book has a file in this
// folder. A message that changed, appeared or vanished fails the tests; -update writes the
// file. An entry is a message with its details and hints; entries are sorted, and what
// differs from run to run is replaced: folders, ports, digests, times.
package catalogue

import (
	"fmt"
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
	entries map[string]bool
}

// path is where the book called name has its file.
func path(name string) string {
	return filepath.Join(testenv.Root(), "internal", "test", "catalogue", name+".txt")
}

// compare returns how b differs from the golden file at path. Entries of the file that b
// does not have count only if whole is set.
func (b *book) compare(path string, whole bool) (problems []string) {
	golden, err := os.ReadFile(path)
	if err != nil {
		return []string{err.Error()}
	}
	known := map[string]bool{}
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(golden), "\n"), "\n\n") {
		known[entry] = true
		if entry != "" && whole && !b.entries[entry] {
			problems = append(problems, fmt.Sprintf("no test printed this entry of %s; if that is intended, run the tests with -update:\n%s", path, entry))
		}
	}
	for entry := range b.entries {
		if !known[entry] {
			problems = append(problems, fmt.Sprintf("%s does not have this message; if it is intended, run the tests with -update:\n%s", path, entry))
		}
	}
	return problems
}

func (b *book) write(path string) error {
	entries := slices.Sorted(maps.Keys(b.entries))
	return os.WriteFile(path, []byte(strings.Join(entries, "\n\n")+"\n"), 0o666)
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
			b.add(entry)
			entry = nil
		}
		entry = append(entry, line)
	}
	b.add(entry)
}

// fault records err as the command line prints it.
func (b *book) fault(err error) {
	entry := []string{"lamella: error: " + fault.Text(err.Error())}
	for _, line := range fault.Details(err) {
		entry = append(entry, "  "+line)
	}
	for _, line := range fault.Hints(err) {
		entry = append(entry, "lamella: hint: "+line)
	}
	b.add(entry)
}

func (b *book) add(lines []string) {
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
	b.entries[entry] = true
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
	{regexp.MustCompile(`\.lamella-[a-z0-9]+\.tmp`), ".lamella-TEMP.tmp"},
	{regexp.MustCompile(`(127\.0\.0\.1|localhost):[0-9]+`), "$1:PORT"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "SHA256"},
	{regexp.MustCompile(`\b[0-9a-f]{40}\b`), "COMMIT"},
	{regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(\.[0-9]+)?( ?Z| UTC|[+-][0-9]{2}:[0-9]{2})?`), "TIME"},
	{regexp.MustCompile(`\b20[0-9]{2}-[0-9]{2}-[0-9]{2}\b`), "DATE"},
	{regexp.MustCompile(`[0-9]+ files?, [0-9.]+ \S*B, [0-9.]+ \S*B unzipped`), "N files, SIZE, SIZE unzipped"},
}
