package wheel

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
)

// What is wrong with RECORD alone is told apart from damage: pip and uv install
// such wheels.
func TestRecordErrors(t *testing.T) {
	a := zipEntry{name: "demo/a.py", content: text}
	b := zipEntry{name: "demo/b.py", content: "b"}
	with := func(change func(record string) string) zipFile {
		z := demo(a, b)
		z.entries[4].content = change(z.entries[4].content)
		return z
	}
	replace := func(old, new string) zipFile {
		return with(func(record string) string { return strings.Replace(record, old, new, 1) })
	}
	for name, test := range map[string]struct {
		zip   zipFile
		files int // that do not fit
	}{
		"no row":            {with(func(string) string { return "x,,\n" }), 4},
		"no content":        {with(func(string) string { return "" }), 4},
		"no hash":           {with(func(string) string { return "demo/a.py,,36\n" + recordOf([]zipEntry{b}) }), 3},
		"hash of old times": {replace("sha256=", "md5="), 1},
		"other hash":        {replace("sha256=", "sha256=A"), 1},
		"other size":        {replace(",36", ",37"), 1},
		"size of letters":   {replace(",36", ",many"), 1},
		"backslash":         {replace("demo/a.py", `demo\a.py`), 1},
		"absolute":          {replace("demo/a.py", "/demo/a.py"), 1},
		"two fields":        {with(func(r string) string { return r + "a,b\n" }), 0},
		"four fields":       {replace(",36", ",36,"), 0},
	} {
		content := test.zip.bytes()
		var e *RecordError
		if err := Verify(bytes.NewReader(content), int64(len(content)), demoName); !errors.As(err, &e) || e.Files != test.files {
			t.Errorf("%s: got %v, want a RecordError of %d files", name, err, test.files)
		}
		w, err := Open(bytes.NewReader(content), int64(len(content)), "demo-1.0-py3-none-any.whl")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		// RECORD is rewritten, which must not fail either.
		if entries, err := w.Entries(func(path string, _ int64) bool { return path == "demo/b.py" }); err != nil || len(entries) != 4 {
			t.Errorf("%s: %d entries, %v", name, len(entries), err)
		}
	}
}

// Rows of files that are not there, rows that come twice and signatures are in order.
func TestSoundRecords(t *testing.T) {
	z := demo(zipEntry{name: "demo/a.py", content: text}, zipEntry{name: "demo-1.0.dist-info/RECORD.jws", content: "{}"},
		zipEntry{name: "demo-1.0.dist-info/RECORD.p7s"})
	record := &z.entries[len(z.entries)-1].content
	*record = "demo/gone.py,sha256=x,1\n" + *record + *record
	content := z.bytes()
	if err := Verify(bytes.NewReader(content), int64(len(content)), demoName); err != nil {
		t.Error(err)
	}
}

// Damage is no RecordError, whatever RECORD says.
func TestDamageIsNoRecordError(t *testing.T) {
	for name, h := range hostileZips() {
		if strings.Contains(h.want, "RECORD") && h.opened || name == "md5" || name == "no hash" {
			continue
		}
		z := h.zip
		z.entries = slices.Clone(z.entries)
		for i := range z.entries {
			if strings.HasSuffix(z.entries[i].name, "/RECORD") {
				z.entries[i].content = "x,,\n"
			}
		}
		content := z.bytes()
		if err := Verify(bytes.NewReader(content), int64(len(content)), demoName); err == nil || errors.As(err, new(*RecordError)) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
