package output

import "github.com/lamella-build/lamella/event"

// Event is a line on stderr with --progress json.
type Event struct {
	Event   string `json:"event"`   // "expect", "begin", "progress", "end", "note", "warning", or "debug" with --verbose
	Op      string `json:"op"`      // the operation: "download", "compose", "upload", "wait" …; "" for a message
	Subject string `json:"subject"` // the file or layer that the operation works on, or what it waits for; "" for a message
	Done    int64  `json:"done"`    // bytes
	Total   int64  `json:"total"`   // bytes; 0 if unknown
	Message string `json:"message"` // one sentence; "" for progress
}

// eventNames are the values of the field "event".
var eventNames = map[event.Kind]string{
	event.Begin: "begin", event.Progress: "progress", event.End: "end",
	event.Expect: "expect",
	event.Note:   "note", event.Warn: "warning", event.Debug: "debug",
}

// OfEvent returns the line that reports e.
func OfEvent(e event.Event) Event {
	return Event{eventNames[e.Kind], e.Op, e.Subject, e.Done, e.Total, e.Message}
}
