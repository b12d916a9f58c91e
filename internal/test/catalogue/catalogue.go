// Package catalogue keeps every message that a user can see in golden files, so that
// prose is read and edited in one place and tests elsewhere match kinds and data.
//
// A test opens a [Book], records in it what runs of lamella wrote to stderr, or errors
// as the command line prints them, and the book compares itself with its file in this
// folder when the test ends. A message that changed, appeared or vanished fails the
// test; -update writes the file. An entry is a message with its details and hints;
// entries are sorted, and what differs from run to run is replaced: folders, ports,
// digests, times.
package catalogue

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// Book holds the messages of one test. Its methods may be called from several
// goroutines.
type Book struct {
	mu      sync.Mutex
	entries map[string]bool
}

// Open returns the book called name, which compares itself with NAME.txt, or writes
// it, when t and its subtests have ended. It does neither if only some of the subtests
// ran, or if t failed or was skipped. Messages of the system differ between systems:
// only Linux is compared.
func Open(t *testing.T, name string, update bool) *Book {
	b := &Book{entries: map[string]bool{}}
	t.Cleanup(func() {
		if t.Failed() || t.Skipped() || partial() || runtime.GOOS != "linux" {
			return
		}
		path := filepath.Join(testenv.Root(), "internal", "test", "catalogue", name+".txt")
		if update {
			if err := os.WriteFile(path, []byte(b.text()), 0o666); err != nil {
				t.Error(err)
			}
			return
		}
		b.compare(t, path)
	})
	return b
}

// partial reports a run of some of the subtests.
func partial() bool {
	return strings.Contains(value("test.run"), "/") || value("test.skip") != ""
}

func value(name string) string {
	if f := flag.Lookup(name); f != nil {
		return f.Value.String()
	}
	return ""
}

func (b *Book) compare(t *testing.T, path string) {
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	known := map[string]bool{}
	for entry := range strings.SplitSeq(strings.TrimSuffix(string(golden), "\n"), "\n\n") {
		known[entry] = true
		if entry != "" && !b.entries[entry] {
			t.Errorf("no run printed this entry of %s; if that is intended, run the test with -update:\n%s", path, entry)
		}
	}
	for entry := range b.entries {
		if !known[entry] {
			t.Errorf("%s does not have this message; if it is intended, run the test with -update:\n%s", path, entry)
		}
	}
}

func (b *Book) text() string {
	entries := []string{}
	for entry := range b.entries {
		entries = append(entries, entry)
	}
	slices.Sort(entries)
	return strings.Join(entries, "\n\n") + "\n"
}

// Output records what one run of lamella wrote to stderr.
func (b *Book) Output(stderr string) {
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

// Error records err as the command line prints it.
func (b *Book) Error(err error) {
	entry := []string{"lamella: error: " + err.Error()}
	for _, line := range fault.Details(err) {
		entry = append(entry, "  "+line)
	}
	for _, line := range fault.Hints(err) {
		entry = append(entry, "lamella: hint: "+line)
	}
	b.add(entry)
}

// Warning records a warning or a note of the library.
func (b *Book) Warning(message string) { b.add([]string{"warning: " + message}) }

// Folder records the output of each run that left it in a file of folder.
func (b *Book) Folder(t *testing.T, folder string) {
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b.Output(string(content))
	}
}

func (b *Book) add(lines []string) {
	if len(lines) == 0 {
		return
	}
	entry := strings.Join(lines, "\n")
	for _, v := range variable {
		entry = v.pattern.ReplaceAllString(entry, v.instead)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entries[entry] = true
}

// progress is what is no message: progress, the debug lines of -v and JSON.
var progress = regexp.MustCompile(`^(debug: |\{|\S+ .* in [0-9.]+ (ms|s|min)$|\S+ (done: )?.*, [0-9.]+ \S*B in )`)

// variable is what differs between runs and machines.
var variable = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`/[^\s'":=(]*/script-[a-z0-9-]+`), "$$WORK"},
	{regexp.MustCompile(`/[^\s'":=(]*/(Test|lamella)[A-Za-z0-9_-]*[0-9]+(/00[0-9]+)?`), "$$TMP"},
	{regexp.MustCompile(`(127\.0\.0\.1|localhost):[0-9]+`), "$1:PORT"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "SHA256"},
	{regexp.MustCompile(`\b[0-9a-f]{40}\b`), "COMMIT"},
	{regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(\.[0-9]+)?( ?Z| UTC|[+-][0-9]{2}:[0-9]{2})?`), "TIME"},
	{regexp.MustCompile(`\b20[0-9]{2}-[0-9]{2}-[0-9]{2}\b`), "DATE"},
	{regexp.MustCompile(`[0-9]+ files?, [0-9.]+ \S*B, [0-9.]+ \S*B unzipped`), "N files, SIZE, SIZE unzipped"},
}

// Tee calls run with a writer to stderr that leaves a copy of what is written in a
// file of folder. If folder is "", nothing is copied.
func Tee(folder string, stderr io.Writer, run func(stderr io.Writer) int) int {
	if folder == "" {
		return run(stderr)
	}
	f, err := os.CreateTemp(folder, "*.txt")
	if err != nil {
		panic(err)
	}
	defer f.Close()
	return run(io.MultiWriter(stderr, f))
}

// Variable is the environment variable that has the folder for [Tee].
const Variable = "LAMELLA_TEST_CATALOGUE"
