package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lamella-build/lamella/event"
)

// framesPerSecond is the rate at which a screen is redrawn.
const framesPerSecond = 10

// maxItems is the maximum number of subjects that a phase shows at once.
const maxItems = 4

// screen is the display for a terminal. It prints the same lines as the other displays and,
// below them, status lines about the phases in progress, which are redrawn in place.
type screen struct {
	*lines
	size  func() (width, height int)
	drawn []string // status lines currently on the terminal
}

// newScreen returns a screen that redraws itself until it is closed.
func newScreen(l *lines, size func() (width, height int)) *screen {
	s := &screen{lines: l, size: size}
	s.stop = every(time.Second/framesPerSecond, s.redraw)
	return s
}

func (s *screen) Event(e event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if due := s.take(e); due != "" {
		s.draw(due, s.status())
	}
}

// Close removes the status lines and reports the last phases.
func (s *screen) Close() {
	s.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draw(s.last(), nil)
}

func (s *screen) redraw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if status := s.status(); !slices.Equal(status, s.drawn) {
		s.draw("", status)
	}
}

// draw replaces the status lines with due, which remains, and new status lines below it. It
// writes everything at once, so that the screen does not flicker.
func (s *screen) draw(due string, status []string) {
	var b strings.Builder
	if len(s.drawn) > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r\x1b[J", s.rows()) // move up, and clear the rest of the screen
	}
	b.WriteString(due)
	for _, line := range status {
		b.WriteString(line + "\n")
	}
	s.drawn = status
	if b.Len() > 0 {
		fmt.Fprint(s.w, b.String())
	}
}

// rows returns the number of rows that the status lines occupy. A terminal that became
// narrower has wrapped them.
func (s *screen) rows() int {
	width, _ := s.size()
	rows := 0
	for _, line := range s.drawn {
		rows += max(1, (len([]rune(line))+width-1)/width)
	}
	return rows
}

// status returns the lines about the phases in progress and, if there has been no event for
// some time, about what is waited for. They fit the terminal's size.
func (s *screen) status() []string {
	width, height := s.size()
	now := s.now()
	var status, waits []string
	var news time.Time
	for _, p := range s.phases {
		switch {
		case p.op == waiting:
			waits = p.waits(now)
		case len(p.underWay) > 0:
			status = append(status, p.status(now, width-1)...)
		}
		if p.op != waiting && p.news.After(news) {
			news = p.news
		}
	}
	if now.Sub(news) >= event.WaitDelay {
		status = append(status, waits...)
	}
	for i, line := range status {
		status[i] = cut(line, width-1)
	}
	return status[:min(len(status), max(height-1, 0))]
}

// waits returns a line for each thing that is waited for, up to a maximum.
func (p *phase) waits(now time.Time) []string {
	var list []string
	for _, it := range p.underWay[:min(len(p.underWay), maxItems)] {
		list = append(list, "waiting for "+escape(it.subject)+"  "+formatTime(it.waited(now)))
	}
	return list
}

// status returns a line about the phase and, if it has several subjects, a line for each of
// up to maxItems of them.
func (p *phase) status(now time.Time, width int) []string {
	through, total := p.bytes()
	head := bar{name: p.label(), done: through, total: total}
	if _, ok := p.only(); !ok && p.expects {
		_, _, noun := p.verbs()
		head.short = fmt.Sprintf("%d of %d %ss", p.done, p.done+len(p.underWay)+len(p.expected), noun)
	} else if ok {
		head.short = p.underWay[0].name()
	}
	if rate := p.rate(now); rate > 0 {
		head.rate = formatBytes(int64(rate)) + "/s"
	}
	if left, ok := p.left(now); ok {
		head.left = formatTime(left)
	}
	if quiet := now.Sub(p.news); quiet >= event.WaitDelay {
		head.rate, head.left = p.stalled(now, quiet), ""
	}
	lines, items := drawBars([]bar{head}, width), []bar(nil)
	if _, ok := p.only(); !ok {
		for _, it := range p.underWay[:min(len(p.underWay), maxItems)] {
			b := bar{name: "  " + it.name(), done: it.done, total: it.total}
			if it.total == 0 {
				b.rate = formatTime(now.Sub(it.begun))
			}
			items = append(items, b)
		}
	}
	return append(lines, drawBars(items, width)...)
}

// stalled says how long there has been no progress in the phase: since the last bytes if it
// counts bytes, and otherwise since it began.
func (p *phase) stalled(now time.Time, quiet time.Duration) string {
	if through, total := p.bytes(); through+total > 0 {
		return "no data for " + formatTime(quiet)
	}
	return formatTime(now.Sub(p.begun))
}

// cut shortens line to width characters.
func cut(line string, width int) string {
	runes := []rune(line)
	if len(runes) <= width {
		return line
	}
	if width < 1 {
		return ""
	}
	return string(runes[:width-1]) + "…"
}
