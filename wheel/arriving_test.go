package wheel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
)

// What arrives is judged as what is there, whatever its local headers say.
func TestArriving(t *testing.T) {
	zips := map[string][]byte{}
	for name, z := range soundZips() {
		zips["sound: "+name] = z.bytes()
	}
	for name, z := range hostileZips() {
		zips["hostile: "+name] = z.zip.bytes()
	}
	for name, b := range zips {
		wantFacts, wantErr := Examine(bytes.NewReader(b), int64(len(b)), demoName)
		for _, step := range []int{1 + len(b)/50, 1 + len(b)/2, len(b)} {
			a := NewArriving(bytes.NewReader(b))
			for n := 0; n < len(b); n += step {
				a.Grow(int64(n))
			}
			facts, err := a.Examine(int64(len(b)), demoName)
			a.Close()
			if got, want := asJSON(t, facts), asJSON(t, wantFacts); got != want || fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Errorf("%s, %d bytes a step: got %s, %v; want %s, %v", name, step, got, err, want, wantErr)
			}
		}
	}
}

func asJSON(t *testing.T, facts *Facts) string {
	t.Helper()
	if facts == nil {
		return ""
	}
	b, err := json.Marshal(facts)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Members are examined before the last byte is there, and a download that breaks
// off leaves nothing running.
func TestArrivingIsAhead(t *testing.T) {
	b := demo(zipEntry{name: "demo/a.py", content: "x = 1\n"}, zipEntry{name: "demo/b.py", content: "y = 1\n"}).bytes()
	a := NewArriving(bytes.NewReader(b))
	whole, err := readArchive(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	a.Grow(whole.directory + localSize)
	<-a.done // the central directory is no member
	if len(a.seen) != len(whole.members) {
		t.Errorf("%d of %d members are known", len(a.seen), len(whole.members))
	}
	a.Close()

	a = NewArriving(bytes.NewReader(b))
	a.Grow(localSize)
	a.Close()
	if len(a.seen) != 0 {
		t.Errorf("%d members are known", len(a.seen))
	}
}
