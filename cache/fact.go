package cache

import (
	"encoding/json"
	"os"
	"path/filepath"

	"github.com/lamella-build/lamella/digest"
)

// Fact reads into v what PutFact stored under key, and reports whether there was
// anything. A damaged fact counts as none. Whether an old fact still holds is for
// the caller to judge.
func (c *Cache) Fact(key string, v any) bool {
	content, err := os.ReadFile(c.factPath(key))
	return err == nil && json.Unmarshal(content, v) == nil
}

// PutFact stores v, as JSON, under key. Neither may hold a secret.
func (c *Cache) PutFact(key string, v any) error {
	content, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return diskFault(c.dir, writeFile(c.factPath(key), content))
}

func (c *Cache) factPath(key string) string {
	hex := digest.SHA256([]byte(key)).Hex()
	return filepath.Join(c.dir, factsDir, hex[:2], hex+".json")
}
