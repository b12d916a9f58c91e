package cli

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/deploy"
	"github.com/lamella-build/lamella/publish"
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"":                                 "",
		"numpy-2.3.0 – größer":             "numpy-2.3.0 – größer",
		"a\x1b[31mred\x07":                 `a\x1b[31mred\a`,
		"two\nlines\r":                     `two\nlines\r`,
		"bad \xff\xef utf8 \uFFFD":         `bad \xff\xef utf8 ` + "\uFFFD",
		"turned \u202e, c1 \u009b, \u2028": `turned \u202e, c1 \u009b, \u2028`,
		"tag \U000E0041":                   `tag \U000e0041`,
	} {
		if got := escape(in); got != want {
			t.Errorf("escape(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestEscapeJSON(t *testing.T) {
	in := map[string]string{"arn": "a\x1b[31m\n\x7f\u009b2J \u202e\u2028 größer \U000E0041"}
	text, err := json.MarshalIndent(in, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	safe := escapeJSON(string(text))
	if line := strings.ReplaceAll(safe, "\n", ""); escape(line) != line {
		t.Errorf("unsafe: %q", safe)
	}
	var out map[string]string
	if err := json.Unmarshal([]byte(safe), &out); err != nil || !maps.Equal(in, out) {
		t.Errorf("%v: %q, want %q", err, out, in)
	}
}

// TestHostileARN: what a server calls a version is one line wherever it is written.
func TestHostileARN(t *testing.T) {
	done := []deploy.Deployed{{Result: &publish.Result{ARN: "arn:x\x1b]0;title\a\npublished=true\nevil=1", Version: 1, Reason: "it is new"}}}
	for name, text := range map[string]string{"outputs": gitHubOutputs(done), "summary": gitHubSummary(done)} {
		for line := range strings.Lines(text) {
			if line = strings.TrimSuffix(line, "\n"); escape(line) != line || strings.HasPrefix(line, "evil") {
				t.Errorf("%s: %q", name, line)
			}
		}
	}
}

func TestFormat(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.0 kB", 999_949: "999.9 kB", 999_950: "1.0 MB",
		262_144_000: "262.1 MB", 999_950_000: "1.0 GB", -1500: "-1.5 kB",
	} {
		if got := formatBytes(n); got != want {
			t.Errorf("formatBytes(%d) = %s, want %s", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0.0 s", 3140 * time.Millisecond: "3.1 s", 125 * time.Second: "2 min 5 s"} {
		if got := formatDuration(d); got != want {
			t.Errorf("formatDuration(%v) = %s, want %s", d, got, want)
		}
	}
}
