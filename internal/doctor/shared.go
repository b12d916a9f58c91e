package doctor

import "sync"

// shared keeps what was found under a key. The zero value is ready, and safe for use by
// several goroutines.
type shared[T any] struct {
	mu    sync.Mutex
	known map[string]func() T
}

// get returns what is kept under key, and finds it first if need be.
func (s *shared[T]) get(key string, find func() T) T {
	s.mu.Lock()
	if s.known == nil {
		s.known = map[string]func() T{}
	}
	if s.known[key] == nil {
		s.known[key] = sync.OnceValue(find)
	}
	found := s.known[key]
	s.mu.Unlock()
	return found()
}
