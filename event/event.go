// Package event is how lamella's packages tell what they are doing while they
// do it. They never print: they emit events to a Sink, and the command line
// draws them (progress lines on a terminal, plain lines elsewhere). A nil Sink
// is silent, so no caller needs to ask.
package event

import "github.com/lamella-build/lamella/internal/secret"

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
)

// Event is one thing that happened. It carries no secret of a URL: Emit sees to
// that.
type Event struct {
	Kind    Kind
	Op      string // the phase: "download", "compose", "upload", "publish", "resolve"
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
