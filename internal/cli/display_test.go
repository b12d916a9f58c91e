package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/event"
)

// clock is a time that only moves when told to.
type clock struct{ t time.Time }

func (c *clock) now() time.Time          { return c.t }
func (c *clock) advance(d time.Duration) { c.t = c.t.Add(d) }

func begin(op, subject string, total int64) event.Event {
	return event.Event{Kind: event.Begin, Op: op, Subject: subject, Total: total}
}

func progress(op, subject string, done int64) event.Event {
	return event.Event{Kind: event.Progress, Op: op, Subject: subject, Done: done}
}

func end(op, subject string) event.Event {
	return event.Event{Kind: event.End, Op: op, Subject: subject}
}

func TestLines(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(0, 0)}
	l := &lines{w: &out, now: c.now}
	l.Event(event.Event{Kind: event.Debug, Message: "not shown"})
	l.Event(begin("download", "a.whl", 30_000_000))
	l.Event(begin("download", "b.whl", 4_200_000))
	l.Event(progress("download", "a.whl", 1000))
	l.Event(event.Event{Kind: event.Warn, Message: "the index is slow\x1b[2J"})
	c.advance(3 * time.Second)
	l.Event(end("download", "b.whl"))
	c.advance(100 * time.Millisecond)
	l.Event(end("download", "a.whl"))
	c.advance(time.Hour) // between the phases
	l.Event(begin("compose", "layer.zip", 80_100_000))
	c.advance(50 * time.Millisecond)
	l.Event(end("compose", "layer.zip"))
	l.Event(begin("upload", "layer.zip", 80_100_000)) // is interrupted
	l.Close()
	want := `warning: the index is slow\x1b[2J
downloaded 2 wheels, 34.2 MB in 3.1 s
composed layer.zip, 80.1 MB in 0.1 s
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// A phase under way is not reported when another begins beside it, and one that
// goes on later is reported once.
func TestPhasesOverlap(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(0, 0)}
	l := &lines{w: &out, now: c.now, verbose: true}
	l.Event(begin("download", "a.whl", 1000))
	l.Event(begin("compose", "layer.zip", 0))
	l.Event(event.Event{Kind: event.Debug, Message: "cache hit"})
	l.Event(end("compose", "layer.zip"))
	l.Event(end("download", "a.whl"))
	l.Event(begin("download", "b.whl", 1000))
	l.Event(end("download", "b.whl"))
	l.Close()
	want := "debug: cache hit\ncomposed layer.zip in 0.0 s\ndownloaded 2 wheels, 2.0 kB in 0.0 s\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// terminalText plays what was written to a terminal: the lines that are left.
func terminalText(t *testing.T, written string) string {
	t.Helper()
	var screen []string
	for written != "" {
		if rest, ok := strings.CutPrefix(written, "\x1b["); ok {
			digits := strings.IndexByte(rest, 'A')
			up := 0
			for _, d := range rest[:digits] {
				up = up*10 + int(d-'0')
			}
			rest, ok = strings.CutPrefix(rest[digits+1:], "\r\x1b[J")
			if !ok || up > len(screen) {
				t.Fatalf("cannot play %q", written)
			}
			screen, written = screen[:len(screen)-up], rest
			continue
		}
		line, rest, ok := strings.Cut(written, "\n")
		if !ok {
			t.Fatalf("the line %q has no end", written)
		}
		screen, written = append(screen, line), rest
	}
	return strings.Join(screen, "\n")
}

func TestScreen(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(0, 0)}
	width, height := 60, 24
	s := &screen{
		lines: &lines{w: &out, now: c.now}, stop: func() {},
		size: func() (int, int) { return width, height },
	}
	shows := func(want string) {
		t.Helper()
		s.redraw()
		if got := terminalText(t, out.String()); got != want {
			t.Errorf("the terminal shows\n%s\nwant\n%s", got, want)
		}
	}

	shows("")
	s.Event(begin("download", "a.whl", 2_000_000))
	shows("downloading a.whl  0 B of 2.0 MB")
	for _, name := range []string{"b", "c", "d", "e"} {
		s.Event(begin("download", name+".whl", 0))
	}
	c.advance(2 * time.Second)
	s.Event(progress("download", "a.whl", 1_000_000))
	s.Event(end("download", "b.whl"))
	shows(`downloading wheels: 1 done, 4 under way  1.0 MB  500.0 kB/s
  a.whl  1.0 MB of 2.0 MB
  c.whl
  d.whl
  e.whl`)
	s.Event(event.Event{Kind: event.Note, Message: "a note"})
	width, height = 20, 3
	shows(`a note
downloading wheels…
  a.whl  1.0 MB of…`)
	width = 60
	for _, name := range []string{"a", "c", "d", "e"} {
		s.Event(end("download", name+".whl"))
	}
	s.Event(begin("upload", "layer.zip", 1_000_000)) // never ends
	shows(`a note
downloaded 5 wheels, 2.0 MB in 2.0 s
uploading layer.zip  0 B of 1.0 MB`)
	s.Close()
	s.Event(event.Event{Kind: event.Note, Message: "the last"})
	if got, want := terminalText(t, out.String()), "a note\ndownloaded 5 wheels, 2.0 MB in 2.0 s\nthe last"; got != want {
		t.Errorf("at the end the terminal shows\n%s\nwant\n%s", got, want)
	}
}

// A screen stops redrawing when it is closed, also by many at once with events.
func TestScreenCloses(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(&lines{w: &out, now: time.Now}, func() (int, int) { return 80, 24 })
	s.Event(begin("upload", "layer.zip", 10))
	time.Sleep(3 * time.Second / framesPerSecond)
	s.Close()
	s.Close()
	written := out.String()
	if !strings.Contains(written, "uploading layer.zip") || terminalText(t, written) != "" {
		t.Errorf("written %q", written)
	}
}
