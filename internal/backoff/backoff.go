// Package backoff determines how long to wait before a busy service is tried again.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// Total is the maximum total wait for a busy service. AWS counts rates by the second, so
// many jobs that start at once are all served within a minute.
const Total = 90 * time.Second

// longest is the longest pause, unless the service itself asks for a longer one.
const longest = 15 * time.Second

// Backoff computes the pauses between the attempts of one request. The pauses grow, and are
// different in each process. The zero value is ready for the first pause.
type Backoff struct {
	next   time.Duration
	waited time.Duration
}

// Next returns how long to wait now. It returns false if Total is used up. asked is how long
// the service asked to wait (Retry-After), or 0 if it did not. Next complies, up to Total.
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

// Sleep waits for d. If ctx ends first, it returns the cause.
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
