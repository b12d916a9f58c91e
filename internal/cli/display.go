package cli

import (
	"io"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/lamella-build/lamella/event"
)

// display shows on stderr what the library is doing. Event may be called from several
// goroutines. Close ends the display of progress, and reports what has not been reported
// yet. Messages may still follow.
type display interface {
	Event(event.Event)
	Close()
}

// newDisplay returns the display for stderr: none if quiet, status lines that are redrawn on
// a terminal that supports that, and plain lines elsewhere.
func newDisplay(stdio Stdio, quiet, verbose bool) display {
	if quiet {
		return silent{}
	}
	l := &lines{w: stdio.Err, now: time.Now, verbose: verbose, paint: painter{colourful(stdio.Err, stdio.getenv)}, spoke: time.Now()}
	if f, ok := terminal(stdio.Err); ok && stdio.getenv("CI") == "" && stdio.getenv("TERM") != "dumb" && redraws(f) {
		return newScreen(l, func() (width, height int) {
			width, height, err := term.GetSize(int(f.Fd()))
			if err != nil || width == 0 || height == 0 { // some terminals do not know their size
				return 80, 24
			}
			return width, height
		})
	}
	l.stop = every(time.Second, l.tick)
	return l
}

// every calls f after each pause until stop is called. stop may be called twice.
func every(pause time.Duration, f func()) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				f()
			case <-done:
				return
			}
		}
	})
	return sync.OnceFunc(func() { close(done); wg.Wait() })
}

// file is implemented by *os.File.
type file interface{ Fd() uintptr }

// terminal returns w as a file. ok is false if w is not a terminal.
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

// silence is the maximum time for which the display for files, pipes, and CI logs prints
// nothing while work is in progress.
const silence = 10 * time.Second

// lines is the display for files, pipes, and CI logs. It prints a line for each message, a
// line for each phase once it is over, and the state of each phase after [silence].
type lines struct {
	w       io.Writer
	now     func() time.Time
	verbose bool
	paint   painter
	stop    func() // stops the calls to tick; nil if there are none

	mu     sync.Mutex
	spoke  time.Time // when a line was last written
	phases []*phase  // phases that have begun but have not been reported, oldest first
}

func (l *lines) Event(e event.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(l.take(e))
}

func (l *lines) Close() {
	if l.stop != nil {
		l.stop()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.write(l.last())
}

// write writes the lines that are due. Usually there are none.
func (l *lines) write(due string) {
	if due != "" {
		l.spoke = l.now()
		io.WriteString(l.w, due)
	}
}

// tick reports the work in progress if nothing has been written for some time.
func (l *lines) tick() {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, due := l.now(), ""
	for _, p := range l.phases {
		if len(p.underWay) > 0 && now.Sub(p.begun) >= silence && now.Sub(l.spoke) >= silence {
			due += p.plain(now)
		}
	}
	l.write(due)
}

// take processes e and returns the lines that are now due.
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
	if e.Kind == event.Begin && e.Op != waiting {
		due = l.finished(e.Op)
	}
	l.phase(e.Op).take(e, l.now())
	return due
}

// phase returns the phase called op. If there is none, the phase begins now.
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

// finished removes the phases without work in progress, except for the phase called keep,
// and returns the lines that report them. A phase is known to be over only when the next one
// begins, or when everything ends.
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

// last returns the lines that are still due, and forgets work that never ended.
func (l *lines) last() string {
	due := l.finished("")
	l.phases = nil
	return due
}
