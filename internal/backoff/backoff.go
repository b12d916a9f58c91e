// Package backoff says how long to wait before a busy service is asked again.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// Total is how long a busy service is waited for, in all. Rates of AWS are counted
// by the second, and many jobs that start at once are through within a minute.
const Total = 90 * time.Second

// longest is the longest pause, unless the service itself asks for more.
const longest = 15 * time.Second

// Backoff counts the pauses before the repetitions of one request. They grow, and
// no two processes wait equally long. The zero value is ready for the first.
type Backoff struct {
	next   time.Duration
	waited time.Duration
}

// Next returns how long to wait now; false if Total is used up. asked is what the
// service asked for (Retry-After), 0 if it did not say. It is granted as far as
// Total goes.
func (b *Backoff) Next(asked time.Duration) (time.Duration, bool) {
	left := Total - b.waited
	if left <= 0 {
		return 0, false
	}
	b.next = min(max(2*b.next, time.Second), longest)
	pause := b.next/4*3 + rand.N(b.next/2)
	pause = min(max(pause, asked), left)
	b.waited += pause
	return pause, true
}

// Sleep waits, or returns why the context ended.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
