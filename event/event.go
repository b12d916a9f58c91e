// Package event is how lamella's packages tell what they are doing while they
// do it. They never print: they emit events to a Sink, and the command line
// draws them (progress lines on a terminal, plain lines elsewhere). A nil Sink
// is silent, so no caller needs to ask.
package event

import (
	"sync"
	"time"

	"github.com/lamella-build/lamella/internal/secret"
)

// Kind says what happened.
type Kind int

const (
	// Begin: work on Subject starts. Total may be known already.
	Begin Kind = iota
	// Progress: Done of Total bytes are through. Sent often; may be dropped.
	Progress
	// End: work on Subject is finished.
	End
	// Note: something the user should know, a whole sentence in Message.
	Note
	// Warn: like Note, but it may bite. Message is a whole sentence.
	Warn
	// Debug: a detail for -v: a request, a choice, a cache hit.
	Debug
	// Expect: work on Subject, of Total bytes, will begin later. It may turn out
	// not to be needed.
	Expect
)

// Event is one thing that happened. It carries no secret of a URL: Emit sees to
// that.
type Event struct {
	Kind    Kind
	Op      string // the phase: "download", "compose", "upload", "publish", "resolve", or "wait"
	Subject string // a file or layer name, unique within Op
	Done    int64  // bytes
	Total   int64  // bytes; 0 when not known
	Message string // for Note, Warn, Debug
}

// Sink receives events, possibly from several goroutines at once.
type Sink func(Event)

// Emit sends e to s. A nil Sink drops it.
func (s Sink) Emit(e Event) {
	if s != nil {
		e.Subject, e.Message = secret.Text(e.Subject), secret.Text(e.Message)
		s(e)
	}
}

// WaitDelay is how long a wait lasts before it is an event.
const WaitDelay = time.Second

// Wait reports, from [WaitDelay] on, that something is waited for: Begin and End
// events with the Op "wait". The Subject completes "waiting for". Shorter waits
// are no events. Several may have the same subject at once.
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
