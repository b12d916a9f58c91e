package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/number"
	"github.com/lamella-build/lamella/pypa/pep425"
)

// waiting is the phase for waits; see [event.Sink.Wait].
const waiting = "wait"

// phase is one kind of work, such as all downloads.
type phase struct {
	op        string
	begun     time.Time
	ended     time.Time // when the last item ended
	news      time.Time // when the last event was received
	expected  []item    // not yet begun
	underWay  []item    // in the order in which they began
	done      int       // number of items
	doneBytes int64
	lastEnded string // subject of the last item that ended
	expects   bool   // whether it is known what is still to come
	samples   []sample
}

// item is the work on one subject.
type item struct {
	subject     string
	begun, news time.Time
	times       int   // number of times that it has begun without ending
	done, total int64 // bytes
}

// sample is the number of bytes that a phase had completed at a point in time.
type sample struct {
	at      time.Time
	through int64
}

// rateSpan is the time over which the rate of a phase is measured.
const rateSpan = 5 * time.Second

func find(items []item, subject string) int {
	return slices.IndexFunc(items, func(it item) bool { return it.subject == subject })
}

// take processes an event: something is expected, began, progressed, or ended.
func (p *phase) take(e event.Event, now time.Time) {
	if e.Kind == event.Expect {
		p.expects = true
		if find(p.expected, e.Subject) < 0 && find(p.underWay, e.Subject) < 0 {
			p.expected = append(p.expected, item{subject: e.Subject, total: e.Total})
		}
		return
	}
	p.news = now
	if e.Kind == event.End {
		p.end(e, now)
	} else {
		p.goOn(e, now)
	}
	through, _ := p.bytes()
	if n := len(p.samples); n == 0 || now.Sub(p.samples[n-1].at) >= rateSpan/20 {
		p.samples = append(p.samples, sample{now, through})
	}
	for len(p.samples) > 1 && now.Sub(p.samples[1].at) > rateSpan {
		p.samples = p.samples[1:]
	}
}

// goOn processes an event that says that something began or progressed.
func (p *phase) goOn(e event.Event, now time.Time) {
	if len(p.underWay) == 0 && p.done == 0 {
		p.begun = now // what was expected before has now begun
	}
	at := find(p.underWay, e.Subject)
	if at < 0 {
		it := item{subject: e.Subject, begun: now}
		if i := find(p.expected, e.Subject); i >= 0 {
			it.total = p.expected[i].total
			p.expected = slices.Delete(p.expected, i, i+1)
		}
		p.underWay = append(p.underWay, it)
		at = len(p.underWay) - 1
	}
	it := &p.underWay[at]
	if e.Kind == event.Begin {
		it.times++
	}
	it.news = now
	it.done = e.Done // returns to 0 when it begins again
	it.total = max(e.Total, it.total)
}

func (p *phase) end(e event.Event, now time.Time) {
	size := max(e.Done, e.Total)
	if at := find(p.underWay, e.Subject); at >= 0 {
		it := &p.underWay[at]
		if it.times--; p.op == waiting && it.times > 0 {
			return // somebody else is still waiting for it
		}
		size = max(size, it.done, it.total)
		p.underWay = slices.Delete(p.underWay, at, at+1)
	}
	p.done++
	p.doneBytes += size
	p.ended, p.lastEnded = now, e.Subject
}

// bytes returns how many bytes are complete, and the total. The total is 0 if it is unknown
// for something in progress.
func (p *phase) bytes() (through, total int64) {
	through, total = p.doneBytes, p.doneBytes
	unknown := false
	for _, it := range p.underWay {
		through += it.done
		total += it.total
		unknown = unknown || it.total == 0
	}
	for _, it := range p.expected {
		total += it.total
		unknown = unknown || it.total == 0
	}
	if unknown {
		total = 0
	}
	return through, total
}

// rate returns the recent rate in bytes per second, or 0 if it is not known yet.
func (p *phase) rate(now time.Time) float64 {
	if len(p.samples) == 0 {
		return 0
	}
	through, _ := p.bytes()
	first := p.samples[0]
	elapsed := now.Sub(first.at)
	if elapsed < time.Second/2 || through <= first.through {
		return 0
	}
	return float64(through-first.through) / elapsed.Seconds()
}

// left returns how long the rest takes at the current rate. It returns false if unknown.
func (p *phase) left(now time.Time) (time.Duration, bool) {
	through, total := p.bytes()
	rate := p.rate(now)
	if rate == 0 || total <= through {
		return 0, false
	}
	return time.Duration(float64(total-through) / rate * float64(time.Second)), true
}

// label returns a label such as "downloading numpy 2.3.0" or "downloading wheels: 2 of 5".
func (p *phase) label() string {
	verb, _, noun := p.verbs()
	if it, ok := p.only(); ok {
		return verb + " " + it.name()
	}
	if p.expects {
		return fmt.Sprintf("%s %ss: %d of %d", verb, noun, p.done, p.done+len(p.underWay)+len(p.expected))
	}
	return fmt.Sprintf("%s %ss: %d done, %d under way", verb, noun, p.done, len(p.underWay))
}

// only returns the item of a phase that has exactly one.
func (p *phase) only() (item, bool) {
	if p.done == 0 && len(p.underWay) == 1 && len(p.expected) == 0 {
		return p.underWay[0], true
	}
	return item{}, false
}

// plain returns a line with the progress of the phase, such as "downloading wheels: 2 of 5,
// 12.1 of 76.3 MB (16 %), 1.2 MB/s, 52 s left".
func (p *phase) plain(now time.Time) string {
	if p.op == waiting {
		var b strings.Builder
		for _, it := range p.underWay[:min(len(p.underWay), maxItems)] {
			fmt.Fprintf(&b, "waiting for %s (%s)\n", escape(it.subject), formatTime(it.waited(now)))
		}
		return b.String()
	}
	parts := []string{p.label()}
	through, total := p.bytes()
	switch {
	case total > 0:
		parts = append(parts, fmt.Sprintf("%s (%s)", formatOf(through, total), percent(through, total)))
	case through > 0:
		parts = append(parts, formatBytes(through))
	default:
		parts = append(parts, formatTime(now.Sub(p.begun)))
	}
	if quiet := now.Sub(p.news); total > 0 && quiet > event.WaitDelay {
		parts = append(parts, "no data for "+formatTime(quiet))
	} else if left, ok := p.left(now); ok {
		parts = append(parts, formatBytes(int64(p.rate(now)))+"/s", formatTime(left)+" left")
	}
	return strings.Join(parts, ", ") + "\n"
}

// name returns the displayed name of an item: for the file of a distribution, "numpy 2.3.0".
func (it item) name() string {
	if w, err := pep425.ParseWheelName(it.subject); err == nil {
		return w.Name + " " + w.Version.String()
	}
	if s, err := pep425.ParseSdistName(it.subject); err == nil {
		return s.Name + " " + s.Version.String()
	}
	return escape(it.subject)
}

// waited returns how long an item of the phase [waiting] has lasted.
func (it item) waited(now time.Time) time.Duration { return now.Sub(it.begun) + event.WaitDelay }

// formatOf returns a text such as "3.1 of 16.6 MB".
func formatOf(done, total int64) string {
	a, b := formatBytes(done), formatBytes(total)
	number, unit, _ := strings.Cut(a, " ")
	if strings.HasSuffix(b, " "+unit) {
		a = number
	}
	return a + " of " + b
}

func percent(done, total int64) string { return fmt.Sprintf("%d %%", min(done*100/total, 100)) }

// formatTime returns a text such as "52 s", "3 min 20 s", or "2 h 5 min".
func formatTime(d time.Duration) string {
	switch s := int64(d.Round(time.Second).Seconds()); {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	default:
		return fmt.Sprintf("%d h %d min", s/3600, s/60%60)
	}
}

// verbs returns the verb for a phase in progress, the verb for a finished phase, and the
// noun for several items.
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
	case "strip":
		return "stripping", "stripped", "file"
	case "upload":
		return "uploading", "uploaded", "file"
	case "publish":
		return "publishing", "published", "layer"
	case "install":
		return "installing", "installed", "layer"
	case "resolve":
		return "resolving", "resolved", "distribution"
	}
	return p.op, p.op + " done:", "item"
}

// summary returns the line that reports the phase, such as "downloaded 14 wheels, 34.2 MB in
// 3.1 s". It returns "" for publishing, because the result says more, for waits, and if
// nothing was done.
func (p *phase) summary() string {
	if p.done == 0 || p.op == "publish" || p.op == waiting {
		return ""
	}
	_, verb, noun := p.verbs()
	what := item{subject: p.lastEnded}.name()
	if p.done > 1 {
		what = number.Count(p.done, noun)
	}
	size := ""
	if p.doneBytes > 0 {
		size = ", " + formatBytes(p.doneBytes)
	}
	return fmt.Sprintf("%s %s%s in %s\n", verb, what, size, formatDuration(p.ended.Sub(p.begun)))
}
