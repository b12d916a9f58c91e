// Package event reports what lamella's packages are doing. Packages never print: they emit
// events to a [Sink], and the command line displays them as progress bars or plain lines. A
// nil Sink discards events.
package event

import (
	"sync"
	"time"

	"github.com/lamella-build/lamella/internal/secret"
)

// Kind is the kind of an event.
type Kind int

const (
	// Begin means that work on Subject starts. Total may already be known.
	Begin Kind = iota
	// Progress means that Done of Total bytes are complete. It is sent often and may be
	// dropped.
	Progress
	// End means that work on Subject is finished.
	End
	// Note is information for the user. Message is a whole sentence.
	Note
	// Warn is a warning about a possible problem. Message is a whole sentence.
	Warn
	// Debug is a detail for -v, such as a request, a decision, or a cache hit.
	Debug
	// Expect means that work on Subject, of Total bytes, may begin later.
	Expect
)

// Event is something that happened. Emit removes secrets in URLs from its texts.
type Event struct {
	Kind    Kind
	Op      string // the phase, such as "download"
	Subject string // a file or layer name, unique within Op
	Done    int64  // bytes
	Total   int64  // bytes; 0 if unknown
	Message string // for Note, Warn, and Debug
}

// Sink receives events. It may be called from several goroutines at once.
type Sink func(Event)

// Emit sends e to s. If s is nil, it does nothing.
func (s Sink) Emit(e Event) {
	if s != nil {
		e.Subject, e.Message = secret.Text(e.Subject), secret.Text(e.Message)
		s(e)
	}
}

// WaitDelay is how long a wait must last to be reported.
const WaitDelay = time.Second

// Wait reports a wait that lasts longer than [WaitDelay], as Begin and End events with the
// Op "wait". subject completes the phrase "waiting for". Several waits can have the same
// subject at once. The caller calls done when the wait is over.
func (s Sink) Wait(subject string) (done func()) {
	if s == nil {
		return func() {}
	}
	var mu sync.Mutex
	begun, over := false, false
	timer := time.AfterFunc(WaitDelay, func() {
		mu.Lock()
		defer mu.Unlock()
		if !over {
			begun = true
			s.Emit(Event{Kind: Begin, Op: "wait", Subject: subject})
		}
	})
	return func() {
		timer.Stop()
		mu.Lock()
		defer mu.Unlock()
		if begun && !over {
			s.Emit(Event{Kind: End, Op: "wait", Subject: subject})
		}
		over = true
	}
}
