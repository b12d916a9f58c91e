package cli

import (
	"bytes"
	"fmt"
	"regexp"
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

func expect(op, subject string, total int64) event.Event {
	return event.Event{Kind: event.Expect, Op: op, Subject: subject, Total: total}
}

const (
	numpy  = "numpy-2.3.0-cp313-cp313-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl"
	opencv = "opencv_python_headless-4.12.0.88-cp37-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"
)

// terminalScreen is a screen of a size and a time that the test sets.
type terminalScreen struct {
	*screen
	*clock
	t             *testing.T
	out           bytes.Buffer
	width, height int
}

func newTerminalScreen(t *testing.T, width int) *terminalScreen {
	s := &terminalScreen{clock: &clock{time.Unix(0, 0)}, t: t, width: width, height: 24}
	s.screen = &screen{
		lines: &lines{w: &s.out, now: s.clock.now, stop: func() {}},
		size:  func() (int, int) { return s.width, s.height },
	}
	return s
}

// text is what the terminal shows now. No line may reach the last column.
func (s *terminalScreen) text() string {
	s.t.Helper()
	s.redraw()
	text := terminalText(s.t, s.out.String())
	for _, line := range s.drawn {
		if n := len([]rune(line)); n >= s.width {
			s.t.Errorf("%d columns of %d: %s", n, s.width, line)
		}
	}
	return text
}

// downloads sends what is known some seconds into a download of three wheels.
func (s *terminalScreen) downloads() {
	s.Event(expect("download", numpy, 16_600_000))
	s.Event(expect("download", opencv, 54_000_000))
	s.Event(expect("download", "six-1.17.0-py2.py3-none-any.whl", 11_050))
	s.Event(begin("download", "six-1.17.0-py2.py3-none-any.whl", 11_050))
	s.Event(end("download", "six-1.17.0-py2.py3-none-any.whl"))
	s.Event(begin("download", numpy, 16_600_000))
	s.advance(4 * time.Second)
	s.Event(begin("download", opencv, 54_000_000))
	s.Event(progress("download", numpy, 4_000_000))
}

// lineParts replaces bars by "BAR" and spaces by one each.
func lineParts(text string) string {
	text = regexp.MustCompile(`[━─]+`).ReplaceAllString(text, "BAR")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.Join(lines, "\n")
}

// Names and versions, bytes and totals are seen at every usual width.
func TestScreenDownloads(t *testing.T) {
	for width, want := range map[int]string{
		40: `1 of 3 wheels BAR 4.0 of 70.6 MB
numpy 2.3.0 4.0 of 16.6 MB 24 %
ope… 4.12.0.88 0 B of 54.0 MB`,
		60: `1 of 3 wheels 4.0 of 70.6 MB 5 % 1.0 MB/s 1 min 6 s
numpy 2.3.0 4.0 of 16.6 MB 24 %
opencv-python-headless 4.12.0.88 0 B of 54.0 MB 0 %`,
		100: `downloading wheels: 1 of 3 BAR 4.0 of 70.6 MB 5 % 1.0 MB/s 1 min 6 s left
numpy 2.3.0 BAR 4.0 of 16.6 MB 24 %
opencv-python-headless 4.12.0.88 BAR 0 B of 54.0 MB 0 %`,
	} {
		s := newTerminalScreen(t, width)
		s.downloads()
		if got := lineParts(s.text()); got != want {
			t.Errorf("at %d columns the terminal shows\n%s\nwant\n%s", width, got, want)
		}
	}
}

// What is waited for is said once there was no news for a second.
func TestScreenWaits(t *testing.T) {
	s := newTerminalScreen(t, 80)
	has := func(what string, want bool) {
		t.Helper()
		if got := s.text(); strings.Contains(got, what) != want {
			t.Errorf("%q: want %t in\n%s", what, want, got)
		}
	}
	const page = "an answer from https://index.example/simple/numpy/"
	s.Event(begin("wait", page, 0))
	s.advance(2 * time.Second)
	has("waiting for "+page+"  3 s", true)
	s.Event(begin("wait", page, 0)) // somebody else, too
	s.Event(end("wait", page))
	has(page, true)
	s.downloads()
	has("no data", false)
	has(page, false)
	s.advance(3 * time.Second)
	has("no data for 3 s", true)
	has(page, true)
	s.Event(end("wait", page))
	has(page, false)
	s.Event(begin("build", "pycparser 2.22", 0))
	s.advance(7 * time.Second)
	has("building pycparser 2.22  7 s", true)
}

// A terminal may become narrower between two frames, which wraps what is drawn.
func TestScreenGetsNarrower(t *testing.T) {
	s := newTerminalScreen(t, 100)
	s.downloads()
	first := strings.Split(s.text(), "\n")
	s.width = 50
	rows := 0
	for _, line := range first {
		rows += (len([]rune(line)) + 49) / 50
	}
	before := s.out.Len()
	s.redraw()
	if want := fmt.Sprintf("\x1b[%dA", rows); !strings.HasPrefix(s.out.String()[before:], want) {
		t.Errorf("got %q, want %q first", s.out.String()[before:], want)
	}
}

func TestScreenPhases(t *testing.T) {
	s := newTerminalScreen(t, 60)
	if got := s.text(); got != "" {
		t.Errorf("nothing happened, and the terminal shows %q", got)
	}
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		s.Event(begin("download", name+".whl", 1_000_000))
	}
	s.Event(event.Event{Kind: event.Note, Message: "a note"})
	s.height = 3
	if got := strings.Split(s.text(), "\n"); len(got) != 3 || got[0] != "a note" {
		t.Errorf("the terminal shows %q", got)
	}
	s.height = 24
	s.advance(2 * time.Second)
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		s.Event(end("download", name+".whl"))
	}
	s.Event(begin("upload", "layer.zip", 1_000_000)) // never ends
	if got, want := lineParts(s.text()), "a note\ndownloaded 6 wheels, 6.0 MB in 2.0 s\nuploading layer.zip BAR 0 B of 1.0 MB 0 %"; got != want {
		t.Errorf("the terminal shows\n%s\nwant\n%s", got, want)
	}
	s.Close()
	s.Event(event.Event{Kind: event.Note, Message: "the last"})
	if got, want := terminalText(t, s.out.String()), "a note\ndownloaded 6 wheels, 6.0 MB in 2.0 s\nthe last"; got != want {
		t.Errorf("at the end the terminal shows\n%s\nwant\n%s", got, want)
	}
}

// Without a terminal there is a line at least every ten seconds while anything is
// under way, also while it only waits.
func TestLinesSpeak(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(0, 0)}
	l := &lines{w: &out, now: c.now, spoke: c.now()}
	pass := func(seconds int) {
		for range seconds {
			c.advance(time.Second)
			l.tick()
		}
	}
	pass(60)
	if out.Len() > 0 {
		t.Errorf("nothing is under way, and it says %q", &out)
	}
	l.Event(begin("wait", "S3 PutObject in eu-central-1", 0))
	pass(25)
	l.Event(end("wait", "S3 PutObject in eu-central-1"))
	l.Event(expect("download", opencv, 54_000_000))
	l.Event(begin("download", numpy, 16_600_000))
	for i := range 12 {
		l.Event(progress("download", numpy, int64(i)*1_000_000))
		pass(1)
	}
	pass(10)
	l.Close()
	want := `waiting for S3 PutObject in eu-central-1 (11 s)
waiting for S3 PutObject in eu-central-1 (21 s)
downloading wheels: 0 of 2, 9.0 of 70.6 MB (12 %), 857.1 kB/s, 1 min 12 s left
downloading wheels: 0 of 2, 11.0 of 70.6 MB (15 %), no data for 9 s
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
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
