package cache

import (
	"bytes"
	"os"
	"testing"
)

// A fact with a flipped bit, or one that lies where another should, is none.
func TestDamagedFact(t *testing.T) {
	c := open(t)
	if err := c.PutFact("key", map[string]int{"answer": 42}); err != nil {
		t.Fatal(err)
	}
	var v map[string]int
	if !c.Fact("key", &v) || v["answer"] != 42 {
		t.Fatalf("got %v", v)
	}
	sound, err := os.ReadFile(c.factPath("key"))
	if err != nil {
		t.Fatal(err)
	}
	put := func(key string, content []byte) {
		t.Helper()
		if err := c.writeFile(c.factPath(key), content); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 8 * len(sound) {
		b := bytes.Clone(sound)
		b[i/8] ^= 1 << (i % 8)
		put("key", b)
		if v := map[string]int(nil); c.Fact("key", &v) {
			t.Errorf("bit %d of byte %d: got %v", i%8, i/8, v)
		}
	}
	for n := range sound {
		put("key", sound[:n])
		if c.Fact("key", &v) {
			t.Errorf("%d of %d bytes are a fact", n, len(sound))
		}
	}
	put("other", sound)
	if c.Fact("other", &v) {
		t.Error("the fact of one key is that of another")
	}
}
