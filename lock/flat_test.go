package lock

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// edges describes edges: "six[fast] ; marker", alternatives joined by " | ".
func edges(l *Lock, list []Dependency) string {
	var b strings.Builder
	for i, e := range list {
		if i > 0 && list[i-1].Or {
			b.WriteString(" | ")
		} else if i > 0 {
			b.WriteString(", ")
		}
		p := &l.Packages[e.Package]
		b.WriteString(p.String())
		if p.Unpinned != "" {
			b.WriteString("?")
		}
		if len(e.Extras) > 0 {
			fmt.Fprintf(&b, "%v", e.Extras)
		}
		if !e.Marker.Empty() {
			b.WriteString(" ; " + e.Marker.String())
		}
	}
	return b.String()
}

// outline describes where a walk of l can start.
func outline(l *Lock) string {
	lines := []string{"roots: " + edges(l, l.Roots)}
	for _, kind := range []struct {
		name  string
		known map[string][]Dependency
	}{{"extra", l.Extras}, {"group", l.Groups}} {
		for _, name := range slices.Sorted(maps.Keys(kind.known)) {
			lines = append(lines, kind.name+" "+name+": "+edges(l, kind.known[name]))
		}
	}
	return strings.TrimSpace(strings.ReplaceAll(strings.Join(lines, "\n"), ": \n", ":\n"))
}

func wantOutline(t *testing.T, l *Lock, want ...string) {
	t.Helper()
	if got := outline(l); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// refusal is a lock that is not read.
type refusal struct{ name, content, message, hint string }

func wantRefusals(t *testing.T, file string, list []refusal) {
	t.Helper()
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			_, err := readText(t, file, c.content)
			wantFault(t, err, fault.Lock, c.message, c.hint)
		})
	}
}

// texts changes a lock's text in ways that do not change what it says.
func texts(content string) map[string]string {
	return map[string]string{
		"a byte order mark": "\xef\xbb\xbf" + content,
		"CRLF":              strings.ReplaceAll(content, "\n", "\r\n"),
	}
}

// fuzzReader fuzzes a reader from seeds: no panic, little memory, errors are
// lock faults, and every edge leads somewhere.
func fuzzReader(f *testing.F, file string, seeds ...string) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	format, ok := formatOf(file, nil)
	if !ok {
		f.Fatal(file)
	}
	f.Fuzz(func(t *testing.T, content string) {
		testenv.Frugal(t, func() { readFuzzed(t, &document{path: "absent/" + file, content: []byte(content), format: format}) })
	})
}

func readFuzzed(t *testing.T, d *document) {
	err := d.checkMerged()
	var l *Lock
	if err == nil {
		l, err = d.format.read(d)
	}
	if err != nil {
		if fault.KindOf(err) != fault.Lock {
			t.Errorf("not a lock fault: %v", err)
		}
		return
	}
	_ = outline(l)
	for i := range l.Packages {
		_ = edges(l, l.Packages[i].Dependencies)
		_ = l.Packages[i].Where()
	}
}

// TestWholeLocks: what the fuzzers start from is read.
func TestWholeLocks(t *testing.T) {
	for name, content := range map[string]string{"uv.lock": wholeUV, "poetry.lock": wholePoetry, "pylock.toml": wholePylock} {
		l := mustRead(t, name, content)
		if len(l.Packages) < 3 || len(l.Roots) == 0 {
			t.Errorf("%s: %s", name, outline(l))
		}
	}
}
