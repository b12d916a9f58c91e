package cli

import (
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/lamella-build/lamella/event"
)

// display shows on stderr what the library is doing. Event may be called from
// several goroutines. Close ends the progress, and reports what was not reported
// yet; messages may still follow.
type display interface {
	Event(event.Event)
	Close()
}

// newDisplay chooses the display for stderr: none if quiet, status lines that
// are redrawn on a terminal that can, plain lines elsewhere.
func newDisplay(stdio Stdio, quiet, verbose bool) display {
	if quiet {
		return silent{}
	}
	l := &lines{w: stdio.Err, now: time.Now, verbose: verbose, paint: painter{colourful(stdio.Err, stdio.getenv)}}
	if f, ok := terminal(stdio.Err); ok && stdio.getenv("CI") == "" && stdio.getenv("TERM") != "dumb" && redraws(f) {
		return newScreen(l, func() (width, height int) {
			width, height, err := term.GetSize(int(f.Fd()))
			if err != nil || width == 0 || height == 0 { // some do not know
				return 80, 24
			}
			return width, height
		})
	}
	return l
}

// file is an *os.File.
type file interface{ Fd() uintptr }

// terminal returns w as a file if it is a terminal.
func terminal(w io.Writer) (file, bool) {
	f, ok := w.(file)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

// colourful reports whether text written to w may be coloured (no-color.org).
func colourful(w io.Writer, getenv func(string) string) bool {
	f, ok := terminal(w)
	return ok && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb" && redraws(f)
}

// silent is the display of --quiet.
type silent struct{}

func (silent) Event(event.Event) {}
func (silent) Close()            {}

// lines is the display for files, pipes and CI logs: a line for each message,
// and one for each phase when it is over.
type lines struct {
	w       io.Writer
	now     func() time.Time
	verbose bool
	paint   painter

	mu     sync.Mutex
	phases []*phase // that have begun and were not reported yet, oldest first
}

func (l *lines) Event(e event.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(l.take(e))
}

func (l *lines) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(l.last())
}

// write writes what is due, which mostly is nothing.
func (l *lines) write(due string) {
	if due != "" {
		io.WriteString(l.w, due)
	}
}

// take notes e and returns the lines that are due now.
func (l *lines) take(e event.Event) string {
	switch e.Kind {
	case event.Note:
		return escape(e.Message) + "\n"
	case event.Warn:
		return l.paint.yellow("warning:") + " " + escape(e.Message) + "\n"
	case event.Debug:
		if !l.verbose {
			return ""
		}
		return "debug: " + escape(e.Message) + "\n"
	}
	due := ""
	if e.Kind == event.Begin {
		due = l.finished(e.Op)
	}
	l.phase(e.Op).take(e, l.now())
	return due
}

// phase returns the phase called op, which begins now if it has not.
func (l *lines) phase(op string) *phase {
	for _, p := range l.phases {
		if p.op == op {
			return p
		}
	}
	p := &phase{op: op, begun: l.now()}
	l.phases = append(l.phases, p)
	return p
}

// finished removes the phases that have nothing under way, except for the one
// called keep, and returns the lines that report them. Nothing says that a
// phase is over for good until the next one begins, or everything ends.
func (l *lines) finished(keep string) string {
	due := ""
	var rest []*phase
	for _, p := range l.phases {
		if p.op == keep || len(p.underWay) > 0 {
			rest = append(rest, p)
			continue
		}
		due += p.summary()
	}
	l.phases = rest
	return due
}

// last returns the lines that are still due and forgets what never ended.
func (l *lines) last() string {
	due := l.finished("")
	l.phases = nil
	return due
}

// phase is one kind of work, such as all downloads.
type phase struct {
	op        string
	begun     time.Time
	ended     time.Time // of the last item
	underWay  []item    // in the order of beginning
	done      int       // items
	doneBytes int64
	lastEnded string // subject
}

// item is the work on one subject.
type item struct {
	subject     string
	done, total int64 // bytes
}

// take notes that something began, went on or ended.
func (p *phase) take(e event.Event, now time.Time) {
	at := -1
	for i := range p.underWay {
		if p.underWay[i].subject == e.Subject {
			at = i
		}
	}
	if e.Kind == event.End {
		size := max(e.Done, e.Total)
		if at >= 0 {
			size = max(size, p.underWay[at].done, p.underWay[at].total)
			p.underWay = append(p.underWay[:at], p.underWay[at+1:]...)
		}
		p.done++
		p.doneBytes += size
		p.ended, p.lastEnded = now, e.Subject
		return
	}
	if at < 0 {
		p.underWay = append(p.underWay, item{subject: e.Subject})
		at = len(p.underWay) - 1
	}
	p.underWay[at].done = e.Done // back to 0 when it begins again
	p.underWay[at].total = max(e.Total, p.underWay[at].total)
}

// verbs are how a phase is called while it lasts and afterwards, and what it
// works on if on several things.
func (p *phase) verbs() (now, afterwards, noun string) {
	switch p.op {
	case "download":
		return "downloading", "downloaded", "wheel"
	case "package":
		return "reading", "read", "folder"
	case "build":
		return "building", "built", "wheel"
	case "compose":
		return "composing", "composed", "file"
	case "compile":
		return "compiling", "compiled", "file"
	case "upload":
		return "uploading", "uploaded", "file"
	case "publish":
		return "publishing", "published", "layer"
	case "resolve":
		return "resolving", "resolved", "distribution"
	}
	return p.op, p.op + " done:", "item"
}

// summary is the line that reports the phase: "downloaded 14 wheels, 34.2 MB in 3.1 s".
// Publishing has none, because the result says more.
func (p *phase) summary() string {
	if p.done == 0 || p.op == "publish" {
		return ""
	}
	_, verb, noun := p.verbs()
	what := escape(p.lastEnded)
	if p.done > 1 {
		what = plural(p.done, noun)
	}
	size := ""
	if p.doneBytes > 0 {
		size = ", " + formatBytes(p.doneBytes)
	}
	return fmt.Sprintf("%s %s%s in %s\n", verb, what, size, formatDuration(p.ended.Sub(p.begun)))
}
