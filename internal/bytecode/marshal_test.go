package bytecode

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The canonical form of the canonical form is itself, and nothing makes the
// reader fail in another way than with an error.
func FuzzCanonical(f *testing.F) {
	files, _ := filepath.Glob(filepath.Join("testdata", "*.marshal"))
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, minor := range []int{9, 10, 11, 13, 14} {
			f.Add(content, minor)
		}
	}
	f.Add([]byte("c"), 13)
	f.Fuzz(func(t *testing.T, content []byte, minor int) {
		once, err := canonical(content, minor)
		if err != nil {
			return
		}
		twice, err := canonical(once, minor)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%x becomes %x, then %x (%v)", content, once, twice, err)
		}
	})
}

// A hostile set of sets does not take forever.
func TestCanonicalOfManyRefs(t *testing.T) {
	code := append([]byte{'c'}, make([]byte, 20)...)
	code = append(code, 'N')
	deep := []byte{'N'}
	for i := range 60 { // each is a set of the one before, twice
		deep = append([]byte{'>' | flagRef, 2, 0, 0, 0}, deep...)
		deep = append(deep, 'r', byte(59-i+1), 0, 0, 0)
	}
	code = append(code, deep...)
	code = append(code, 'N', 'N', 'N', 'N', 'N', 'N', 0, 0, 0, 0, 'N', 'N')
	if _, err := canonical(code, 13); err != nil {
		t.Logf("refused: %v", err)
	}
}

// A reply is read as far as it goes, whatever it says of itself.
func FuzzReply(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x04code"))
	f.Add([]byte("\x01\x00\x00\x00\x06reason"))
	f.Add([]byte("\x00\x0f\xff\xff\xff"))
	f.Add([]byte("lamella 1 3.13.0 f30d0d0a\n\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		status, body, err := readReply(bytes.NewReader(content))
		if err == nil && (status > 1 || len(body) > len(content)-5) {
			t.Fatalf("status %d and %d bytes of %d", status, len(body), len(content))
		}
		r := bufio.NewReader(bytes.NewReader(content))
		if hello, err := readHello(r); err == nil && len(hello) > 100 {
			t.Fatalf("hello of %d bytes", len(hello))
		}
	})
}
