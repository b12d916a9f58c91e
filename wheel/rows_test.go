package wheel

import (
	"bytes"
	"testing"
)

// TestListed is about a RECORD of many rows for files that are not there.
func TestListed(t *testing.T) {
	w := &Wheel{archive: &archive{members: []member{{name: "a.py"}, {name: "b.py"}, {name: "c.py"}}}}
	content := append([]byte("a.py,sha256=x,1\na.py,sha256=y,2\n"), bytes.Repeat([]byte("x,,\nz/1,,\n"), 10_000)...)
	content = append(content, "b.py,,\n"...)
	listed, odd, err := w.listed(content)
	if err != nil || odd != nil {
		t.Fatal(odd, err)
	}
	if len(listed) != 2 || listed["a.py"].Hash != "sha256=y" || listed["b.py"].Path != "b.py" {
		t.Errorf("listed %v, want the last row of a.py and that of b.py", listed)
	}
}
