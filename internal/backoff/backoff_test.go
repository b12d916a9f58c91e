package backoff

import (
	"testing"
	"time"
)

func TestPauses(t *testing.T) {
	for _, asked := range []time.Duration{0, time.Second, 20 * time.Second, 40 * time.Second, time.Hour} {
		var b Backoff
		var sum, last time.Duration
		n := 0
		for {
			pause, ok := b.Next(asked)
			if !ok {
				break
			}
			if left := Total - sum; pause < min(asked, left) || pause <= 0 || pause > max(asked, 19*time.Second) {
				t.Errorf("asked for %v, pause %d is %v", asked, n, pause)
			}
			sum, last = sum+pause, pause
			if n++; n > 50 {
				t.Fatal("it never ends")
			}
		}
		if sum != Total {
			t.Errorf("asked for %v: %v in all, the last %v", asked, sum, last)
		}
	}
}
