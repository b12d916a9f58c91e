package aws

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

type client func(*http.Request) (*http.Response, error)

func (c client) Do(r *http.Request) (*http.Response, error) { return c(r) }

// The first requests go at once, the others one by one in the pace; all who share
// it wait for each other.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pace := NewRateLimit(1)
		sent := 0
		inner := client(func(*http.Request) (*http.Response, error) { sent++; return nil, nil })
		one, other := pace.limit(inner), pace.limit(inner)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://index.example", nil)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		const requests = requestsAtOnce + 2*requestsPerSecond
		for i := range requests {
			if i == requestsAtOnce && time.Since(began) != 0 {
				t.Errorf("%d requests took %v", i, time.Since(began))
			}
			if _, err := []client{one.Do, other.Do}[i%2](r); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 2*time.Second || took > 2*time.Second+10*time.Millisecond || sent != requests {
			t.Errorf("%d requests took %v", sent, took)
		}

		// Who gives up sends nothing.
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := one.Do(r.WithContext(ctx)); !errors.Is(err, context.Canceled) || sent != requests {
			t.Errorf("%v after %d requests", err, sent)
		}
	})
	if inner := client(nil); (*RateLimit)(nil).limit(inner) == nil {
		t.Error("no pace, no client")
	}
}
