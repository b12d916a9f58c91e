package check_test

import "encoding/json"

// memory keeps facts as a cache does.
type memory map[string][]byte

func (m memory) Fact(key string, v any) bool {
	content, ok := m[key]
	return ok && json.Unmarshal(content, v) == nil
}

func (m memory) PutFact(key string, v any) error {
	content, err := json.Marshal(v)
	m[key] = content
	return err
}
