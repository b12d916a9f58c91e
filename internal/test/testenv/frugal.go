package testenv

import (
	"runtime/metrics"
	"testing"
)

// mostMemory is how many bytes a parser may allocate for one fuzzed input.
const mostMemory = 100 << 20

// Frugal runs parse and fails t if it allocated more than 100 MB, all in all,
// which bounds what it held at any time. Nothing else may run meanwhile. (That
// it ends is for `go test -fuzz` to see: it gives one input ten seconds.)
func Frugal(t testing.TB, parse func()) {
	t.Helper()
	if took := Allocated(parse); took > mostMemory {
		t.Errorf("one input took %d MB of memory", took>>20)
	}
}

// Allocated runs f and returns how many bytes of heap this process allocated
// meanwhile.
func Allocated(f func()) uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	before := sample[0].Value.Uint64()
	f()
	metrics.Read(sample)
	return sample[0].Value.Uint64() - before
}
