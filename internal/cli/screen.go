package cli

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lamella-build/lamella/event"
)

// framesPerSecond is how often a screen is redrawn.
const framesPerSecond = 10

// maxItems is how many subjects a phase shows at once.
const maxItems = 4

// screen is the display for a terminal: above, the lines that any display
// prints; below, status lines of the phases under way, redrawn in place.
type screen struct {
	*lines
	size  func() (width, height int)
	drawn []string // status lines on the terminal now
	stop  func()
}

// newScreen returns a screen that redraws itself until it is closed.
func newScreen(l *lines, size func() (width, height int)) *screen {
	s := &screen{lines: l, size: size}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(time.Second / framesPerSecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				s.redraw()
			case <-done:
				return
			}
		}
	})
	s.stop = sync.OnceFunc(func() { close(done); wg.Wait() })
	return s
}

func (s *screen) Event(e event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if due := s.take(e); due != "" {
		s.draw(due, s.status())
	}
}

// Close takes the status lines away and reports the last phases.
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

// draw replaces the status lines by due, which stays, and new status lines
// below it. It is one write, so that nothing flickers.
func (s *screen) draw(due string, status []string) {
	var b strings.Builder
	if len(s.drawn) > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\r\x1b[J", len(s.drawn)) // up, and clear from there on
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

// status returns the lines about the phases under way, cut to the terminal's size.
func (s *screen) status() []string {
	width, height := s.size()
	var status []string
	for _, p := range s.phases {
		if len(p.underWay) > 0 {
			status = append(status, p.status(s.now())...)
		}
	}
	for i, line := range status {
		status[i] = cut(line, width-1)
	}
	return status[:min(len(status), max(height-1, 0))]
}

// status returns a line about the phase and, if it has several subjects, one for
// each of a few. How many are still to come is not known, so none is promised.
func (p *phase) status(now time.Time) []string {
	verb, _, noun := p.verbs()
	if p.done == 0 && len(p.underWay) == 1 {
		it := p.underWay[0]
		return []string{verb + " " + it.text() + p.rate(it.done, now)}
	}
	through := p.doneBytes
	for _, it := range p.underWay {
		through += it.done
	}
	line := fmt.Sprintf("%s %ss: %d done, %d under way", verb, noun, p.done, len(p.underWay))
	if through > 0 {
		line += "  " + formatBytes(through) + p.rate(through, now)
	}
	status := []string{line}
	for _, it := range p.underWay[:min(len(p.underWay), maxItems)] {
		status = append(status, "  "+it.text())
	}
	return status
}

// text is "numpy.whl  3.1 MB of 16.6 MB".
func (it item) text() string {
	if it.total == 0 {
		return escape(it.subject)
	}
	return fmt.Sprintf("%s  %s of %s", escape(it.subject), formatBytes(it.done), formatBytes(it.total))
}

// rate is the mean speed at which so many bytes got through, once there is one.
func (p *phase) rate(through int64, now time.Time) string {
	elapsed := now.Sub(p.begun)
	if through == 0 || elapsed < time.Second/framesPerSecond {
		return ""
	}
	return fmt.Sprintf("  %s/s", formatBytes(int64(float64(through)/elapsed.Seconds())))
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
