package output

import "github.com/lamella-build/lamella/event"

// Event is a line on stderr with --progress json.
type Event struct {
	Event   string `json:"event"`   // kind of event: "expect", "begin", "progress", "end", "note", "warning", or, with --verbose, "debug"
	Op      string `json:"op"`      // operation, such as "download", "compose", "upload", or "wait"; "" for a message
	Subject string `json:"subject"` // file or layer that the operation works on, or what it waits for; "" for a message
	Done    int64  `json:"done"`    // number of bytes processed so far
	Total   int64  `json:"total"`   // total number of bytes; 0 if unknown
	Message string `json:"message"` // text of the message, one sentence; "" for progress
}

// eventNames maps kinds of events to the values of the field "event".
var eventNames = map[event.Kind]string{
	event.Begin: "begin", event.Progress: "progress", event.End: "end",
	event.Expect: "expect",
	event.Note:   "note", event.Warn: "warning", event.Debug: "debug",
}

// OfEvent returns the line that reports e.
func OfEvent(e event.Event) Event {
	return Event{eventNames[e.Kind], e.Op, e.Subject, e.Done, e.Total, e.Message}
}
