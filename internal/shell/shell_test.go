package shell

import (
	"os/exec"
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	var line strings.Builder
	var words []string
	for in, want := range map[string]string{
		"services/web": "services/web", "größer_1.0": "größer_1.0", "": "''", "my project": "'my project'",
		"it's": `'it'\''s'`, "a $(b) c": "'a $(b) c'", "~/x": "'~/x'", "a==1,b%2+c@d:e=-f": "a==1,b%2+c@d:e=-f",
		"^1": "'^1'", "a\nb": "'a\nb'", "#1": "'#1'", "{layer}": "'{layer}'", "a&b|c;d<e>f": "'a&b|c;d<e>f'",
	} {
		if got := Quote(in); got != want {
			t.Errorf("Quote(%q) = %s, want %s", in, got, want)
		}
		line.WriteString(" " + Quote(in))
		words = append(words, in+"|")
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	out, err := exec.Command(sh, "-c", `printf '%s|'`+line.String()).Output()
	if want := strings.Join(words, ""); err != nil || string(out) != want {
		t.Errorf("the shell reads %q, %v, want %q", out, err, want)
	}
}
