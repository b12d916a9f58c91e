package wheel

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/layer"
)

const demoName = "demo-1.0-py3-none-any.whl"

// mustExamine returns the facts of a sound wheel as they are after they were stored.
func mustExamine(t *testing.T, b []byte) *Facts {
	t.Helper()
	facts, err := Examine(bytes.NewReader(b), int64(len(b)), demoName)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := json.Marshal(facts)
	if err != nil {
		t.Fatal(err)
	}
	read := new(Facts)
	if err := json.Unmarshal(stored, read); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(facts, read) {
		t.Fatalf("stored %+v, read %+v", facts, read)
	}
	return read
}

// A wheel that is opened with its facts has the same entries as without, with the
// sums of their bytes.
func TestFacts(t *testing.T) {
	for name, z := range soundZips() {
		b := z.bytes()
		r := bytes.NewReader(b)
		facts := mustExamine(t, b)
		if n, v := facts.Identity(); n != "demo" || v != "1.0" {
			t.Errorf("%s: identity %q %q", name, n, v)
		}
		with, err := facts.Open(r, int64(len(b)), demoName)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		without := mustOpen(t, z)
		got, err := with.Entries(nil)
		if err != nil {
			t.Fatal(err)
		}
		want, err := without.Entries(nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if _, known := got[i].Sum.CRC32C(); !known || got[i].Check() != nil {
				t.Errorf("%s: %s has no sum that fits", name, got[i].Name)
			}
			want[i].Sum, want[i].Code, want[i].Source, got[i].Source = got[i].Sum, got[i].Code, nil, nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

// Whatever bit flips after a wheel was examined, what its facts say notices it, or
// it changes nothing of what is read.
func TestFactsNoticeEveryBit(t *testing.T) {
	z := demo(
		zipEntry{name: "demo/a.py", content: text},
		zipEntry{name: "demo/b.py", content: "stored", stored: true, extra: []byte("\x01\x00\x00\x00")},
		zipEntry{name: "demo/c.py", content: "described", descriptor: descriptor("described", true, false)},
		zipEntry{name: "demo-1.0.data/scripts/run", content: "#!python\nx\n"})
	sound := z.bytes()
	facts := mustExamine(t, sound)
	read := func(b []byte) (string, error) {
		w, err := facts.Open(bytes.NewReader(b), int64(len(b)), demoName)
		if err != nil {
			return "", err
		}
		entries, err := w.Select(Selection{Scripts: true, Exclude: func(path string, _ int64) bool { return path == "demo/a.py" }})
		if err != nil {
			return "", err
		}
		var all strings.Builder
		for _, e := range entries {
			if err := e.Check(); err != nil {
				return "", err
			}
			var content bytes.Buffer
			if _, err := content.ReadFrom(e.Open()); err != nil {
				return "", err
			}
			all.WriteString(e.Name + "=" + content.String() + "\n")
		}
		return all.String(), nil
	}
	want, err := read(sound)
	if err != nil {
		t.Fatal(err)
	}
	noticed := 0
	for i := range 8 * len(sound) {
		b := bytes.Clone(sound)
		b[i/8] ^= 1 << (i % 8)
		got, err := read(b)
		switch {
		case errors.As(err, new(*layer.Damaged)):
			noticed++
		case err != nil:
			t.Errorf("bit %d of byte %d: %v", i%8, i/8, err)
		case got != want:
			t.Errorf("bit %d of byte %d: read %q", i%8, i/8, got)
		}
	}
	if noticed < 4*len(sound) {
		t.Errorf("%d of %d flipped bits noticed", noticed, 8*len(sound))
	}
	for _, n := range []int{0, 1, len(sound) / 2, len(sound) - 1} {
		if _, err := read(sound[:n]); !errors.As(err, new(*layer.Damaged)) {
			t.Errorf("%d of %d bytes: %v", n, len(sound), err)
		}
	}
	if _, err := read(append(bytes.Clone(sound), 0)); !errors.As(err, new(*layer.Damaged)) {
		t.Errorf("a byte more: %v", err)
	}
}

func TestFactsThatAreNone(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, `{"format": 1}`, `{"format": 3}`, `{"format": 2, "size": 9, "directory": 10}`, `{"format": 2, "size": 9, "directory": -1}`,
		`{"format": 2, "sums": "AAA="}`, `{"format": 2, "sums": "AAAAAA==", "code": {"1": {}}}`, `{"format": 2, "code": {"-1": {}}}`,
	} {
		if err := json.Unmarshal([]byte(text), new(Facts)); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

// A wheel whose METADATA names another distribution or version than its file name
// or the lock is refused.
func TestIdentity(t *testing.T) {
	for _, test := range []struct {
		name, version       string // in METADATA
		file                string
		lockName, lockedVer string
		opens, fits         bool
	}{
		{"demo", "1.0", demoName, "demo", "1.0", true, true},
		{"Demo", "1.0.0", demoName, "demo", "1", true, true},
		{"demo", "1.0+cpu", demoName, "demo", "1.0", true, true},
		{"demo", "1.0", "demo-1.0+cpu-py3-none-any.whl", "demo", "1.0+cpu", true, true},
		{"demo", "1.0", "demo-of-mine.whl", "", "", true, true},
		{"demo", "1.0", demoName, "demo", "", true, true},
		{"other", "1.0", demoName, "demo", "1.0", false, false},
		{"", "1.0", demoName, "demo", "1.0", false, false},
		{"demo", "", demoName, "demo", "1.0", false, false},
		{"demo", "2.0", demoName, "demo", "1.0", false, false},
		{"demo", "1.0rc1", demoName, "demo", "1.0", false, false},
		{"demo", "1.0.post1", demoName, "demo", "1.0", false, false},
		{"demo", "1.0+cpu", "demo-1.0+gpu-py3-none-any.whl", "demo", "1.0+gpu", false, false},
		{"demo", "one", demoName, "demo", "1.0", false, false},
		{"demo", "1.0", demoName, "other", "1.0", true, false},
		{"demo", "1.0", demoName, "demo", "1.1", true, false},
	} {
		z := demo()
		z.entries[0].content = "Metadata-Version: 2.1\nName: " + test.name + "\nVersion: " + test.version + "\n"
		z.entries[2].content = recordOf(z.entries[:2])
		b := z.bytes()
		facts := mustExamine(t, b)
		_, err := facts.Open(bytes.NewReader(b), int64(len(b)), test.file)
		if (err == nil) != test.opens || err != nil && (catalogue.KindOf(err) != fault.Index || len(fault.Hints(err)) == 0) {
			t.Errorf("%+v: opened: %v", test, err)
		}
		err = facts.CheckLocked(test.file, test.lockName, test.lockedVer)
		if (err == nil) != test.fits || err != nil && (catalogue.KindOf(err) != fault.Index || len(fault.Hints(err)) == 0) {
			t.Errorf("%+v: compared with the lock: %v", test, err)
		}
	}
}
