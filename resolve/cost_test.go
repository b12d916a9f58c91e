//go:build unix

package resolve

import (
	"syscall"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/largelock"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

// TestCost reads and resolves small and large locks: what that takes of memory
// and CPU time grows with the size of the lock and no faster.
func TestCost(t *testing.T) {
	const mostMemory = 48 << 20 // bytes, all that is allocated for 800 packages
	tt := targetOf(t, "python3.13/x86_64")
	for _, format := range largelock.Formats() {
		t.Run(format, func(t *testing.T) {
			cost := func(n, runs int) (memory uint64, cpu time.Duration) {
				path := writeLarge(t, format, n)
				begin := cpuTime(t)
				for range runs {
					memory = testenv.Allocated(func() { resolveLarge(t, path, n, tt) })
				}
				return memory, (cpuTime(t) - begin) / time.Duration(runs)
			}
			memory100, cpu100 := cost(100, 8)
			memory800, _ := cost(800, 1)
			_, cpu1600 := cost(1600, 2)
			if memory800 > mostMemory {
				t.Errorf("800 packages take %d MB of memory", memory800>>20)
			}
			if memory800 > memory100*8*5/4 {
				t.Errorf("8 times the packages take %.1f times the memory", float64(memory800)/float64(memory100))
			}
			// What grows with the square would take 256 times as long; the clock is
			// a coarse one, and a busy machine makes caches cold.
			if cpu1600 > 100*max(cpu100, time.Millisecond) {
				t.Errorf("16 times the packages take %v, not %v", cpu1600, cpu100)
			}
		})
	}
}

// cpuTime is the CPU time that this process has taken.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
