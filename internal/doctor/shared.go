package doctor

import "sync"

// shared remembers values by key. The zero value is ready to use. It is safe for concurrent
// use.
type shared[T any] struct {
	mu    sync.Mutex
	known map[string]func() T
}

// get returns the value for key. If there is none yet, it calls find.
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
