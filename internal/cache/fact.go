package cache

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/lamella-build/lamella/internal/digest"
)

// Fact reads into v what PutFact stored under key, and reports whether there was a fact. A
// damaged fact counts as missing. The caller decides whether an old fact is still valid.
func (c *Cache) Fact(key string, v any) bool {
	content, err := os.ReadFile(c.factPath(key))
	if err != nil {
		return false
	}
	sealed, value, _ := bytes.Cut(content, []byte("\n"))
	return string(sealed) == seal(key, value) && json.Unmarshal(value, v) == nil
}

// PutFact stores v as JSON under key. Neither may contain secrets.
func (c *Cache) PutFact(key string, v any) error {
	value, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return diskFault(c.dir, c.writeFile(c.factPath(key), append([]byte(seal(key, value)+"\n"), value...)))
}

// seal returns the first line of a fact's file: the CRC-32C of its key and value, which
// detects damaged facts and facts of another key.
func seal(key string, value []byte) string {
	table := crc32.MakeTable(crc32.Castagnoli)
	return fmt.Sprintf("%08x", crc32.Update(crc32.Checksum([]byte(key+"\n"), table), table, value))
}

func (c *Cache) factPath(key string) string {
	hex := digest.SHA256([]byte(key)).Hex()
	return filepath.Join(c.dir, factsDir, hex[:2], hex+".json")
}
