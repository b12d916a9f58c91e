package cli

import (
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/output"
)

// progressPause is the minimum time between two progress reports about the same thing.
const progressPause = 100 * time.Millisecond

// jsonLines is the display for --progress json. It writes each event as one line of JSON.
type jsonLines struct {
	w       io.Writer
	now     func() time.Time
	verbose bool

	mu   sync.Mutex
	last map[[2]string]time.Time // operation and subject → when its progress was last reported
}

func newJSONLines(w io.Writer, verbose bool) *jsonLines {
	return &jsonLines{w: w, now: time.Now, verbose: verbose, last: map[[2]string]time.Time{}}
}

func (j *jsonLines) Event(e event.Event) {
	if e.Kind == event.Debug && !j.verbose {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	item := [2]string{e.Op, e.Subject}
	switch e.Kind {
	case event.Begin:
		j.last[item] = j.now()
	case event.Progress:
		if j.now().Sub(j.last[item]) < progressPause {
			return
		}
		j.last[item] = j.now()
	case event.End:
		delete(j.last, item)
	}
	line, err := json.Marshal(output.OfEvent(e))
	if err != nil {
		panic(err) // strings and numbers can always be marshaled
	}
	_, _ = j.w.Write(append(line, '\n')) // nothing can be done about a closed stderr
}

func (j *jsonLines) Close() {}
