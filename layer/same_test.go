package layer

import (
	"errors"
	"hash/crc32"
	"strings"
	"testing"
)

// Two contents of one size and CRC-32 are told apart, and damage is no difference.
func TestSameContent(t *testing.T) {
	stored := func(content string) Entry {
		return Entry{Name: content, CRC32: crc32.ChecksumIEEE([]byte(content)), Size: int64(len(content)), Compressed: int64(len(content)),
			Source: strings.NewReader(content), Sum: SumOf([]byte(content))}
	}
	a, b := stored("plumless"), stored("buckeroo")
	if a.CRC32 != b.CRC32 {
		t.Fatal("the CRCs differ")
	}
	if same, err := SameContent(a, b); same || err != nil {
		t.Errorf("got %v, %v", same, err)
	}
	if same, err := SameContent(a, stored("plumless")); !same || err != nil {
		t.Errorf("got %v, %v", same, err)
	}
	damaged := stored("plumless")
	damaged.Source = strings.NewReader("plumlest")
	if _, err := SameContent(a, damaged); !errors.As(err, new(*Damaged)) {
		t.Errorf("got %v", err)
	}
}
