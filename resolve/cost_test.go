package resolve

import (
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/largelock"
	"github.com/lamella-build/lamella/internal/testenv"
)

// TestCost reads and resolves small and large locks: what that takes of memory
// and time grows with the size of the lock and no faster.
func TestCost(t *testing.T) {
	const mostMemory = 48 << 20 // bytes, all that is allocated for 800 packages
	tt := targetOf(t, "python3.13/x86_64")
	for _, format := range largelock.Formats() {
		t.Run(format, func(t *testing.T) {
			cost := func(n, runs int) (memory uint64, fastest time.Duration) {
				path := writeLarge(t, format, n)
				fastest = time.Hour
				for range runs {
					begin := time.Now()
					memory = testenv.Allocated(func() { resolveLarge(t, path, n, tt) })
					fastest = min(fastest, time.Since(begin))
				}
				return memory, fastest
			}
			memory100, time100 := cost(100, 5)
			memory800, _ := cost(800, 1)
			_, time3200 := cost(3200, 2)
			if memory800 > mostMemory {
				t.Errorf("800 packages take %d MB of memory", memory800>>20)
			}
			if memory800 > memory100*8*5/4 {
				t.Errorf("8 times the packages take %.1f times the memory", float64(memory800)/float64(memory100))
			}
			// What grows with the square would take 1024 times as long; a machine
			// that has other things to do makes 32 times some more.
			if time3200 > 250*time100 {
				t.Errorf("32 times the packages take %.0f times as long", float64(time3200)/float64(time100))
			}
		})
	}
}
